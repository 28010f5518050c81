// `flinch conformance`: the running kernel against the reference mechanisms.
#pragma once

#include <string>
#include <vector>

namespace flinch {

/// Reads the arguments behind `conformance` and runs the scripts; the answer is flinch's exit status.
int conformance_command(const std::vector<std::string>& arguments, const std::string& version);

}  // namespace flinch
