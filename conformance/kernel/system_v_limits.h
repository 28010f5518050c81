// What this machine and this user make of System V objects.
#pragma once

#include "core/mechanisms/system_v.h"

namespace flinch::conformance {

/// By asking and by trying: what a capability is worth depends on the user namespace as well.
mechanisms::SystemVLimits system_v_limits();

}  // namespace flinch::conformance
