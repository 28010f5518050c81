// `flinch run` and `flinch trace`.
#pragma once

#include "cli/options.h"

namespace flinch {

/// Runs the program; the answer is flinch's exit status (contract.md, "Exit statuses").
int run_command(const RunOptions& options);

}  // namespace flinch
