// What this machine makes of sockets.
#pragma once

#include "core/mechanisms/unix_sockets.h"

namespace flinch::conformance {

/// By reading /proc/sys, and by sending something to see what it is charged with.
mechanisms::SocketLimits socket_limits();

}  // namespace flinch::conformance
