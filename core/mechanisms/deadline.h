// How long a call may wait, as far as that is no clock's affair.
#pragma once

#include <cstdint>

namespace flinch::mechanisms {

/// A point in time, or a timeout: none, one that is over (a timeout of 0), or one that is no time at all (EINVAL).
enum class Deadline : std::uint8_t { kNone, kPast, kInvalid };

}  // namespace flinch::mechanisms
