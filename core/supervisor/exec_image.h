// Puts the shim into a new program image, at the stop after execve and before its first instruction.
//
// LD_PRELOAD is written into the new image's own stack, and the shim's constructor takes it out again,
// so that neither the program nor what it passes on to its children ever shows it. A static program is
// left alone: the image tells whether it has a loader.
#pragma once

#include <sys/types.h>

#include <string>

namespace flinch {

enum class PreloadOutcome { kPreloaded, kStatic, kSecure, kNotNative, kUnreachable };

/// The tracee `tid` must be in its exec stop. `library` is the shim's path as the program sees it.
PreloadOutcome preload(pid_t tid, const std::string& library);

}  // namespace flinch
