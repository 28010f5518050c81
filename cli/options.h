// What the user asked of `run` and `trace`, checked: whatever is wrong is said before anything starts.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/common/result.h"
#include "core/plan/plan.h"

namespace flinch {

struct RunOptions {
  Plan plan;  // the file's rules, then those of --inject
  std::optional<double> timeout_s;
  std::string log_path;  // empty without --log; "-" is standard output
  bool quiet = false;
  bool hostile = false;
  std::vector<std::string> environment;  // NAME=VALUE
  std::vector<std::string> program;      // never empty
  bool is_trace = false;
};

enum class RunKind : std::uint8_t { kRun, kTrace };

/// Reads the arguments behind `run` or `trace`. Options end at `--` or at the first word that is
/// neither an option nor an option's value: that word is the program. Without a program on the command
/// line the plan's is taken. Nothing is answered when help was asked for.
Result<std::optional<RunOptions>> parse_run_options(RunKind kind, const std::vector<std::string>& arguments);

}  // namespace flinch
