// Signals: sending, waiting, handling. A process is called by the number of its first thread.
#pragma once

#include <cstdint>
#include <optional>

#include "core/mechanisms/calls/call_list.h"
#include "core/mechanisms/signals.h"

namespace flinch::mechanisms {

/// Whom kill(2) and its like name. Some names no process can have.
struct Target {
  enum class Kind : std::uint8_t {
    kProcess,
    kOwnGroup,  // 0
    kGroup,     // all processes of a world are in one group, by its number
    kUnused,    // a number above all that there are
    kInvalid,   // INT_MIN
    kAny,       // of wait(2)
  };
  Kind kind;
  ThreadId number = 0;  // of kProcess
};

namespace call {

/// Told are the handler, flags and mask of before.
struct Sigaction {
  static constexpr const char* kName = "rt_sigaction";
  int signal;
  std::optional<SignalAction> action;
};
/// Told is the mask of before.
struct Sigprocmask {
  static constexpr const char* kName = "rt_sigprocmask";
  int how;
  std::optional<SignalSet> set;
};
/// Told is the set.
struct Sigpending {
  static constexpr const char* kName = "rt_sigpending";
};
struct Kill {
  static constexpr const char* kName = "kill";
  Target target;
  int signal;
};
/// sigqueue(3): si_value is `value`, si_pid whatever the caller says, here the caller itself.
struct Sigqueue {
  static constexpr const char* kName = "rt_sigqueueinfo";
  Target target;
  int signal;
  int code;
  std::int64_t value;
};
struct Tkill {
  static constexpr const char* kName = "tkill";
  Target thread;
  int signal;
};
struct Tgkill {
  static constexpr const char* kName = "tgkill";
  Target process;
  Target thread;
  int signal;
};
struct Pause {
  static constexpr const char* kName = "pause";
};
struct Sigsuspend {
  static constexpr const char* kName = "rt_sigsuspend";
  SignalSet mask;
};
/// A timeout of 0, an invalid one, or none. Told are si_code, si_pid and si_value.
struct Sigtimedwait {
  static constexpr const char* kName = "rt_sigtimedwait";
  enum class Timeout : std::uint8_t { kNone, kZero, kInvalid };
  SignalSet set;
  Timeout timeout;
};
/// prlimit(2) of the caller's RLIMIT_SIGPENDING: as it began, or 0, which leaves no room in any queue.
struct LimitSignals {
  static constexpr const char* kName = "prlimit64";
  bool is_zero;
};

}  // namespace call

using SignalCalls =
    CallList<call::Sigaction, call::Sigprocmask, call::Sigpending, call::Kill, call::Sigqueue, call::Tkill,
             call::Tgkill, call::Pause, call::Sigsuspend, call::Sigtimedwait, call::LimitSignals>;

}  // namespace flinch::mechanisms
