#include "core/mechanisms/socket_charge.h"

#include <algorithm>
#include <bit>

namespace flinch::mechanisms {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kOverhead = 320;  // struct skb_shared_info, behind the bytes
constexpr std::size_t kHead = 256;      // struct sk_buff
constexpr std::size_t kPartHead = kPage - kOverhead;
constexpr std::size_t kPartPages = 32768;
constexpr std::size_t kDatagramHead = 4 * kPage - kOverhead;
constexpr std::size_t kDatagramPages = 17 * kPage;  // MAX_SKB_FRAGS

constexpr std::size_t round_up(std::size_t size, std::size_t to) { return (size + to - 1) / to * to; }

}  // namespace

std::size_t SocketCharges::of_buffer(std::size_t size) const {
  return size <= small_max ? small : kHead + std::bit_ceil(round_up(size, 64) + kOverhead);
}

std::size_t SocketCharges::of_part(std::size_t size) const {
  const std::size_t beyond = size > kPartHead ? round_up(size - kPartHead, kPage) : 0;
  const std::size_t in_pages = std::min(size, beyond);
  return of_buffer(size - in_pages) + round_up(in_pages, kPage);
}

std::size_t SocketCharges::of_datagram(std::size_t size) const {
  const std::size_t beyond = size > kDatagramHead ? size - kDatagramHead : 0;
  const std::size_t in_pages = round_up(std::min(beyond, kDatagramPages), kPage);
  return of_buffer(size - in_pages) + in_pages;
}

std::size_t SocketCharges::part_of(std::size_t size, int buffer) {
  return std::min({size, static_cast<std::size_t>(buffer / 2 - 64), kPartHead + kPartPages});
}

}  // namespace flinch::mechanisms
