#pragma once

namespace flinch::mechanisms {

/// The calls of one file; calls.h joins them.
template <typename... Calls>
struct CallList {};

}  // namespace flinch::mechanisms
