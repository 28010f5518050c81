// Signals (signal(7)) as values: what is pending, what a process does about each, and what Linux would do.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/mechanisms/ids.h"

namespace flinch::mechanisms {

/// Signal n is bit n - 1, as in the kernel's sigset_t.
using SignalSet = std::uint64_t;
inline constexpr int kSignalCount = 64;
inline constexpr int kFirstRealTime = 32;  // the kernel's SIGRTMIN; the C library keeps two for itself
constexpr SignalSet set_of(int signal) { return SignalSet{1} << (signal - 1); }
/// What is still a signal that can be blocked: SIGKILL and SIGSTOP cannot.
SignalSet blockable(SignalSet set);

/// siginfo_t of sigaction(2): what a handler with SA_SIGINFO is told.
struct SignalInfo {
  int signal = 0;
  int code = 0;            // si_code
  int sender = 0;          // si_pid: 0 for nobody, else one more than the number of the process
  std::int64_t value = 0;  // si_value of a queued one, si_status of SIGCHLD
  friend bool operator==(const SignalInfo&, const SignalInfo&) = default;
};

/// What a process has asked for, sigaction(2).
struct SignalAction {
  enum class Handler : std::uint8_t { kDefault, kIgnore, kFunction };
  Handler handler = Handler::kDefault;
  int flags = 0;  // SA_RESTART and its like
  SignalSet mask = 0;
  friend bool operator==(const SignalAction&, const SignalAction&) = default;
};

/// "Standard signals", signal(7): what happens to a process that has not asked for anything.
enum class Disposition : std::uint8_t { kTerminate, kDumpCore, kIgnore, kStop };
Disposition disposition_of(int signal);

/// Signals that were sent and not taken yet, of a thread or of a process.
class PendingSignals {
 public:
  /// At the end of its queue, with what is known of it.
  void add(const SignalInfo& info);
  /// Only that it is there: SIGKILL, or one that the queue had no room for.
  void add_bare(int signal) { set_ |= set_of(signal); }
  [[nodiscard]] bool contains(int signal) const { return (set_ & set_of(signal)) != 0; }
  [[nodiscard]] SignalSet set() const { return set_; }
  /// The lowest of those `allowed`, faults before others; of equal ones the oldest.
  std::optional<SignalInfo> take(SignalSet allowed);
  void flush(SignalSet signals);

 private:
  std::vector<SignalInfo> queue_;  // by arrival
  SignalSet set_ = 0;
};

/// What all threads of a process share.
struct ProcessSignals {
  SignalAction actions[kSignalCount];
  PendingSignals pending;
  std::uint64_t queued_max = ~std::uint64_t{0};  // RLIMIT_SIGPENDING

  [[nodiscard]] SignalAction& action(int signal) { return actions[signal - 1]; }
  [[nodiscard]] const SignalAction& action(int signal) const { return actions[signal - 1]; }
  /// Whether nothing comes of it, by choice or by default.
  [[nodiscard]] bool ignores(int signal) const;
  /// Whether it ends the process.
  [[nodiscard]] bool is_fatal(int signal) const;
};

/// A handler that has been called and has not begun: signals that come together stack up, and the last of
/// them runs first.
struct SignalFrame {
  SignalInfo info;
  SignalSet blocked_before;
};

/// What a thread has of its own.
struct ThreadSignals {
  SignalSet blocked = 0;
  SignalSet blocked_before_wait = 0;       // while it is in sigtimedwait(2)
  std::optional<SignalSet> blocked_after;  // what sigsuspend(2) will put back
  PendingSignals pending;
  bool is_told = false;  // TIF_SIGPENDING: it looks for signals before it goes on, and does not sleep
  std::vector<SignalFrame> frames;
};

}  // namespace flinch::mechanisms
