// `flinch faults`: what the injectors' own code says about each fault.
#pragma once

#include <string>
#include <vector>

namespace flinch {

/// Both are computed from the injectors, so they cannot fall behind.
std::string faults_as_json();
std::string faults_as_text();

/// Reads the arguments behind `faults`; the answer is flinch's exit status.
int faults_command(const std::vector<std::string>& arguments);

}  // namespace flinch
