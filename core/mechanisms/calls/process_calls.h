// Births and deaths.
#pragma once

#include "core/mechanisms/calls/call_list.h"
#include "core/mechanisms/calls/signal_calls.h"

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
/// Answers with the number of the child's process; told is its status. `whom` is kAny for -1, or as for kill(2).
struct Wait4 {
  static constexpr const char* kName = "wait4";
  Target whom;
  int options;
};
/// Told are si_code, si_pid and si_status, or zeros.
struct Waitid {
  static constexpr const char* kName = "waitid";
  Target whom;  // kAny for P_ALL, kOwnGroup for P_PGID with 0, kInvalid for a P_PID that is none
  int options;
};
/// capset(2): whether the caller uses what it may have of CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_IPC_OWNER
/// and CAP_SYS_RESOURCE, or does without them like a user who is not root.
struct Capset {
  static constexpr const char* kName = "capset";
  bool uses_them;
};

}  // namespace call

using ProcessCalls = CallList<call::Fork, call::Exit, call::Wait4, call::Waitid, call::Capset>;

}  // namespace flinch::mechanisms
