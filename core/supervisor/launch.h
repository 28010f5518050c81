// Starts the program: a child that is traced before it does anything, with the filter in place.
#pragma once

#include <linux/filter.h>
#include <signal.h>
#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "core/common/fd.h"
#include "core/common/result.h"

namespace flinch {

/// How signals stood when flinch began: the program gets them so.
struct OuterSignals {
  sigset_t mask{};
  struct sigaction child {};  // of SIGCHLD
};

struct Launched {
  pid_t pid = 0;
  Fd listener;
  /// Set by the child when execve fails. Keeps what the child stands on, and so has to outlive its exec.
  std::shared_ptr<const volatile int> exec_error;
};

/// The program's death signal (PR_SET_PDEATHSIG) is SIGKILL from here on.
///
/// Makes a child, seizes it with `options`, lets it install `filter`, and returns while the child is
/// about to exec.
Result<Launched> launch(const std::vector<std::string>& program, const std::vector<std::string>& environment,
                        const std::vector<sock_filter>& filter, unsigned long options,
                        const OuterSignals& outer);

}  // namespace flinch
