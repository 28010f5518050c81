// Which of the rules of epoll(7) that Linux has changed this kernel follows.
#pragma once

#include "core/mechanisms/world.h"

namespace flinch::conformance {

/// By trying: stable kernels have got some of the changes as well.
void find_epoll_rules(mechanisms::Limits& limits);

}  // namespace flinch::conformance
