// Starts the program: a child that is traced before it does anything, with the filter in place.
#pragma once

#include <linux/filter.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "core/common/fd.h"
#include "core/common/result.h"

namespace flinch {

struct Launched {
  pid_t pid = 0;
  Fd listener;
  /// Written by the child when execve fails; shared memory, never freed before exit.
  const volatile int* exec_error = nullptr;
};

/// Forks, seizes the child with `options`, lets it install `filter`, and returns while the child is
/// about to exec. The child's signal dispositions and mask are the caller's, as they were at `mask`.
Result<Launched> launch(const std::vector<std::string>& program, const std::vector<std::string>& environment,
                        const std::vector<sock_filter>& filter, unsigned long options, const sigset_t& mask);

}  // namespace flinch
