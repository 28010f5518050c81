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
/// capset(2): whether the caller uses what it may have of CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_IPC_OWNER
/// and CAP_SYS_RESOURCE, or does without them like a user who is not root.
struct Capset {
  static constexpr const char* kName = "capset";
  bool uses_them;
};

}  // namespace call

using ProcessCalls = CallList<call::Fork, call::Exit, call::Capset>;

}  // namespace flinch::mechanisms
