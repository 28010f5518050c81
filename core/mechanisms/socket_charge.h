// What Linux charges a socket for bytes that are under way: the memory that they lie in, not their number.
#pragma once

#include <cstddef>

namespace flinch::mechanisms {

/// Sizes in bytes. Machines differ in what a small buffer takes, so that is found out by asking (SIOCOUTQ).
struct SocketCharges {
  std::size_t small_max = 192;  // the longest message that a small buffer holds
  std::size_t small = 768;      // and what it is charged with

  /// One part of a stream: what is beyond the first page lies in pages of its own.
  [[nodiscard]] std::size_t of_part(std::size_t size) const;
  /// A datagram: in one buffer as long as that is possible.
  [[nodiscard]] std::size_t of_datagram(std::size_t size) const;
  /// How much of a stream is sent at a time: so that two parts fit into `buffer`, and 32 KiB of pages at most.
  [[nodiscard]] static std::size_t part_of(std::size_t size, int buffer);

 private:
  [[nodiscard]] std::size_t of_buffer(std::size_t size) const;
};

}  // namespace flinch::mechanisms
