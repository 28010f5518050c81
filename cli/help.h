// The texts of --help.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace flinch {

/// Help on a command of this version, or the overview for an empty name. Empty for any other name.
std::string help_on(std::string_view command);

/// The commands of this version, and those of contract.md that it leaves out.
std::vector<std::string> commands_of_this_version();
std::vector<std::string> commands_of_later_versions();

}  // namespace flinch
