// Names that a whole machine shares: a script's own, whatever others do there at the same time.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <string>

namespace flinch::conformance {

/// What scripts call their queues and their shared memory; nothing else is left behind to be removed.
inline constexpr const char* kMachineNames[] = {"one", "two", "three"};

/// `flinch-PID-one` for a name of ours, with the driver's number; others, meant to be refused, as they are.
inline std::string machine_name(const std::string& name) {
  const bool is_ours =
      std::find(std::begin(kMachineNames), std::end(kMachineNames), name) != std::end(kMachineNames);
  return is_ours ? "flinch-" + std::to_string(getpid()) + "-" + name : name;
}

}  // namespace flinch::conformance
