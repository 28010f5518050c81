// The seccomp filter: which calls go to tier 0, and which pass because they came through the gateway.
#pragma once

#include <linux/filter.h>

#include <vector>

#include "core/abi/plan_image.h"
#include "core/common/result.h"

namespace flinch {

/// Builds the filter of a plan with libseccomp and adds the gateway test behind the number test:
/// libseccomp can't compare the instruction pointer, and testing it first would spoil the kernel's
/// cache of calls that are always allowed. 32-bit calls pass: nothing there is known to flinch.
Result<std::vector<sock_filter>> build_filter(const PlanImage& plan);

}  // namespace flinch
