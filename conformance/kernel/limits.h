// What this machine and this user make of a world's limits.
#pragma once

#include "core/mechanisms/world.h"

namespace flinch::conformance {

/// By asking and by trying. Ends the program if no pipe can be made.
mechanisms::Limits limits_here();

}  // namespace flinch::conformance
