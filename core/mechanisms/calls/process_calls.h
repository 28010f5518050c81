// Births and deaths.
#pragma once

#include "core/mechanisms/calls/call_list.h"

namespace flinch::mechanisms {
namespace call {

/// Answers with the number of the child's thread.
struct Fork {
  static constexpr const char* kName = "fork";
};
/// Never answers.
struct Exit {
  static constexpr const char* kName = "exit_group";
  int status;
};

}  // namespace call

using ProcessCalls = CallList<call::Fork, call::Exit>;

}  // namespace flinch::mechanisms
