// `flinch compile-plan PLAN`: for the shim, which runs it where there is no supervisor. Not for people.
#pragma once

#include <string>
#include <vector>

namespace flinch {

/// The plan's image on standard output, as it lies in memory. 125 if there is none.
int compile_plan_command(const std::vector<std::string>& arguments);

}  // namespace flinch
