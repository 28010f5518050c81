// How long a call may wait, as far as that is no clock's affair.
#pragma once

#include <cstdint>

namespace flinch::mechanisms {

/// A point in time, or a timeout: none, one that is over (a timeout of 0), or one that is no time at all
/// (EINVAL): it is negative, or has more than 999,999,999 nanoseconds.
enum class Deadline : std::uint8_t { kNone, kPast, kInvalid, kTooManyNanoseconds };
inline constexpr bool is_invalid(Deadline deadline) {
  return deadline == Deadline::kInvalid || deadline == Deadline::kTooManyNanoseconds;
}

}  // namespace flinch::mechanisms
