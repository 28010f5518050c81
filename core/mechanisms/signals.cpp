#include "core/mechanisms/signals.h"

#include <signal.h>

#include <algorithm>
#include <bit>

#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {
namespace {

constexpr SignalSet kUnblockable = set_of(SIGKILL) | set_of(SIGSTOP);
constexpr SignalSet kFaults =
    set_of(SIGSEGV) | set_of(SIGBUS) | set_of(SIGILL) | set_of(SIGTRAP) | set_of(SIGFPE) | set_of(SIGSYS);

}  // namespace

SignalSet blockable(SignalSet set) { return MUTANT(signal_kill_is_blocked) ? set : set & ~kUnblockable; }

Disposition disposition_of(int signal) {
  switch (signal) {
    case SIGCHLD:
    case SIGCONT:
    case SIGURG:
    case SIGWINCH: return Disposition::kIgnore;
    case SIGSTOP:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU: return Disposition::kStop;
    case SIGQUIT:
    case SIGILL:
    case SIGTRAP:
    case SIGABRT:
    case SIGFPE:
    case SIGSEGV:
    case SIGBUS:
    case SIGSYS:
    case SIGXCPU:
    case SIGXFSZ: return Disposition::kDumpCore;
    default: return Disposition::kTerminate;
  }
}

void PendingSignals::add(const SignalInfo& info) {
  queue_.push_back(info);
  set_ |= set_of(info.signal);
}

std::optional<SignalInfo> PendingSignals::take(SignalSet allowed) {
  SignalSet candidates = set_ & allowed;
  if (candidates == 0) return std::nullopt;
  if ((candidates & kFaults) != 0 && !MUTANT(signal_faults_wait)) candidates &= kFaults;
  const int signal =
      MUTANT(signal_highest_first) ? 64 - std::countl_zero(candidates) : std::countr_zero(candidates) + 1;
  const auto is_it = [signal](const SignalInfo& info) { return info.signal == signal; };
  auto found = std::find_if(queue_.begin(), queue_.end(), is_it);
  if (MUTANT(signal_youngest_first))
    for (auto it = queue_.begin(); it != queue_.end(); ++it)
      if (is_it(*it)) found = it;
  SignalInfo info{signal, SI_USER, 0, 0};  // of one that was not queued nobody knows more
  if (found != queue_.end()) {
    info = *found;
    queue_.erase(found);
  }
  if (std::none_of(queue_.begin(), queue_.end(), is_it)) set_ &= ~set_of(signal);
  return info;
}

void PendingSignals::flush(SignalSet signals) {
  std::erase_if(queue_, [signals](const SignalInfo& info) { return (set_of(info.signal) & signals) != 0; });
  set_ &= ~signals;
}

bool ProcessSignals::ignores(int signal) const {
  const SignalAction::Handler handler = action(signal).handler;
  if (handler == SignalAction::Handler::kDefault) return disposition_of(signal) == Disposition::kIgnore;
  return handler == SignalAction::Handler::kIgnore;
}

bool ProcessSignals::is_fatal(int signal) const {
  const Disposition disposition = disposition_of(signal);
  return action(signal).handler == SignalAction::Handler::kDefault &&
         (disposition == Disposition::kTerminate || disposition == Disposition::kDumpCore);
}

}  // namespace flinch::mechanisms
