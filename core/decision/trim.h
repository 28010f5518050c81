// Shortens an iovec, for calls that are to move fewer bytes. Freestanding.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>

namespace flinch {

inline constexpr std::size_t kTrimmedMax = 64;

/// Copies the leading parts of the iovec at `address` that hold `amount` bytes into `into`, the last one
/// cut. At most kTrimmedMax parts: then fewer bytes. Returns how many parts, 0 if memory can't be read.
template <typename Memory>
std::size_t trim_iovec(Memory&& memory, std::uint64_t address, std::uint64_t count, std::uint64_t amount,
                       struct iovec* into) {
  std::size_t parts = 0;
  for (std::uint64_t i = 0; i < count && parts < kTrimmedMax && amount > 0; ++i) {
    if (!memory.read(address + i * sizeof(struct iovec), &into[parts], sizeof(struct iovec))) return 0;
    if (into[parts].iov_len > amount) into[parts].iov_len = amount;
    amount -= into[parts].iov_len;
    ++parts;
  }
  return parts;
}

/// Copies what is left of an iovec behind its first `done` bytes. 0 if that is more than kTrimmedMax parts, or
/// nothing, or if memory can't be read.
template <typename Memory>
std::size_t skip_iovec(Memory&& memory, std::uint64_t address, std::uint64_t count, std::uint64_t done,
                       struct iovec* into) {
  std::size_t parts = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    struct iovec part;
    if (parts == kTrimmedMax || !memory.read(address + i * sizeof part, &part, sizeof part)) return 0;
    const std::uint64_t skipped = part.iov_len < done ? part.iov_len : done;
    done -= skipped;
    if (skipped == part.iov_len) continue;
    part.iov_base = static_cast<char*>(part.iov_base) + skipped;
    part.iov_len -= skipped;
    into[parts++] = part;
  }
  return parts;
}

}  // namespace flinch
