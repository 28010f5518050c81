// One run of a program under a plan, from the outside: what `run` and `trace` do, and what an explorer
// will do many times.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/plan/plan.h"
#include "core/supervisor/supervisor.h"

namespace flinch {

/// Where libflinch_preload.so lies: beside the installed command or in the build tree. Empty if nowhere.
std::string find_shim();

struct SessionRequest {
  Plan plan;
  std::vector<std::string> program;      // argv
  std::vector<std::string> environment;  // NAME=VALUE, on top of our own
  std::optional<double> timeout_s;
  std::string shim = find_shim();  // empty: tier 0 alone
  std::string log_path;            // JSON Lines; empty: none; "-": standard output
  bool traces = false;             // lines for people on standard error
  Colour colour = Colour::kNever;
};

struct SessionOutcome {
  RunOutcome run;
  std::string log_error;  // the log could not be written to its end
};

/// Runs to the end. The error is our own failure, before or while the program ran.
Result<SessionOutcome> run_session(const SessionRequest& request);

}  // namespace flinch
