// What scripts about signals are made of.
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>

#include "conformance/scripts/makers.h"

namespace flinch::conformance {
namespace {

namespace call = mechanisms::call;
using mechanisms::set_of;
using mechanisms::SignalAction;
using mechanisms::SignalSet;
using mechanisms::Target;
using enum Maker::Needs;

constexpr int kUsual[] = {SIGUSR1, SIGUSR2, 40, SIGCHLD, 41, SIGTERM, SIGCONT, SIGTSTP, SIGSEGV, SIGURG};
constexpr int kSeldom[] = {SIGKILL, SIGSTOP, 64, 0, 65, -1, SIGPIPE, SIGQUIT, SIGTTIN, 32, 1, SIGFPE};

/// Any signal, most of the time one of a few.
int signal(const Situation& s, std::size_t n) {
  const std::size_t number = s.numbers[n];
  if (number % 8 != 7) return kUsual[number / 8 % std::size(kUsual)];
  if (number % 64 != 63) return kSeldom[number / 64 % std::size(kSeldom)];
  return static_cast<int>(number / 64 % 65);
}

SignalSet set(const Situation& s, std::size_t n) {
  const std::size_t number = s.numbers[n];
  if (number % 16 == 15) return ~SignalSet{0};
  if (number % 16 == 14) return 0;
  SignalSet all = 0;
  for (std::size_t i = 0; i < std::size(kUsual); ++i)
    if ((number / 16 >> i & 1) != 0) all |= set_of(kUsual[i]);
  return number % 16 == 13 ? all | set_of(SIGKILL) | set_of(SIGSTOP) : all;
}

std::vector<ThreadId> alive(const Situation& s) {
  std::vector<ThreadId> threads;
  for (ThreadId thread = 0; thread < s.world.thread_count(); ++thread)
    if (s.world.is_alive(thread)) threads.push_back(thread);
  return threads;
}

/// Whoever is asleep or stopped first: there is more to see.
ThreadId someone(const Situation& s, std::size_t n) {
  std::vector<ThreadId> threads = alive(s);
  if (s.numbers[n] % 4 != 3) {
    std::vector<ThreadId> busy = threads;
    std::erase_if(busy, [&](ThreadId id) { return !s.world.is_asleep(id) && !s.world.is_stopped(id); });
    if (!busy.empty()) threads = busy;
  }
  return threads[s.numbers[n] / 4 % threads.size()];
}

Target target(const Situation& s, std::size_t n) {
  switch (s.numbers[n] % 32) {
    case 31: return {Target::Kind::kUnused, 0};
    case 30: return {Target::Kind::kOwnGroup, 0};
    case 29: return {Target::Kind::kGroup, 0};
    case 28: return {s.numbers[n] % 64 == 28 ? Target::Kind::kInvalid : Target::Kind::kUnused, 0};
    default: return {Target::Kind::kProcess, someone(s, n)};
  }
}

/// A script soon is over if everybody dies: what would end a process is seldom sent. Who is stopped is let go
/// on more often than he is stopped.
int signal_for(const Situation& s, const Target& target, std::size_t n) {
  if (target.kind != Target::Kind::kProcess && s.numbers[n] % 4 != 1)
    return s.one_of(n, {SIGURG, SIGCONT, 0, SIGCONT, 65, SIGURG, SIGUSR1});
  const int wanted = signal(s, n);
  // Parents and children that stop at the same time tell one another: who is first is not followed.
  const bool stops = wanted == SIGSTOP || wanted == SIGTSTP || wanted == SIGTTIN || wanted == SIGTTOU;
  if (target.kind != Target::Kind::kProcess && stops) return SIGCONT;
  if (target.kind != Target::Kind::kProcess || wanted <= 0 || wanted > mechanisms::kSignalCount)
    return wanted;
  if (s.world.is_stopped(target.number) && s.numbers[n] % 4 != 3) return SIGCONT;
  const SignalSet blocked = s.world.own_signals(target.number).blocked;
  const auto is_harmless = [&](int signal) {
    return !s.world.signals(target.number).is_fatal(signal) || (blocked & set_of(signal)) != 0;
  };
  if (is_harmless(wanted) || s.numbers[n] % 8 == 7) return wanted;
  const auto found = std::find_if(std::begin(kUsual), std::end(kUsual), is_harmless);
  return found == std::end(kUsual) ? SIGCONT : *found;
}

SystemCall kill_call(const Situation& s) {
  const Target to = target(s, 0);
  return call::Kill{to, signal_for(s, to, 1)};
}

SystemCall queue_call(const Situation& s) {
  const Target to = target(s, 0);
  const int wanted = s.numbers[1] % 2 == 0 ? 40 + s.numbers[1] / 2 % 2 : signal_for(s, to, 1);
  const bool is_bearable =
      to.kind == Target::Kind::kProcess &&
      (!s.world.signals(to.number).is_fatal(40) || !s.world.signals(to.number).is_fatal(41) ||
       (s.world.own_signals(to.number).blocked & set_of(40)) != 0);
  return call::Sigqueue{to, is_bearable ? wanted : signal_for(s, to, 1),
                        s.one_of(2, {SI_QUEUE, SI_QUEUE, SI_QUEUE, SI_MESGQ, SI_USER, SI_TKILL, SI_QUEUE}),
                        s.numbers[3]};
}

SystemCall thread_call(const Situation& s) {
  const Target to = target(s, 0);
  const int signal = signal_for(s, to, 1);
  if (s.numbers[2] % 4 == 0) return call::Tkill{to, signal};
  const Target of = s.numbers[2] % 16 == 1 ? target(s, 3) : to;
  return call::Tgkill{of, to, signal};
}

SystemCall action_call(const Situation& s) {
  SignalAction action;
  action.handler = s.numbers[0] % 8 == 6   ? SignalAction::Handler::kDefault
                   : s.numbers[0] % 8 == 7 ? SignalAction::Handler::kIgnore
                                           : SignalAction::Handler::kFunction;
  for (const int flag : {SA_RESTART, SA_SIGINFO})
    if (s.numbers[2] % 4 / (flag == SA_RESTART ? 2 : 1) % 2 == 1) action.flags |= flag;
  if (s.numbers[2] / 4 % 8 == 1) action.flags |= SA_NODEFER;
  if (s.numbers[2] / 4 % 8 == 2) action.flags |= static_cast<int>(SA_RESETHAND);
  if (s.numbers[2] / 4 % 8 == 3) action.flags |= SA_NOCLDSTOP;
  if (s.numbers[2] / 4 % 8 == 4) action.flags |= SA_NOCLDWAIT;
  action.mask = s.numbers[3] % 2 == 0 ? 0 : set(s, 3);
  return call::Sigaction{signal(s, 1), s.numbers[0] % 64 == 63 ? std::nullopt : std::optional{action}};
}

SystemCall mask_call(const Situation& s) {
  const int how = s.one_of(0, {SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK, SIG_BLOCK, SIG_UNBLOCK, SIG_BLOCK, 7});
  // All at once now and then, so that those who wait for each other can go on.
  if (s.numbers[0] % 16 == 15) return call::Sigprocmask{SIG_SETMASK, 0};
  return call::Sigprocmask{how, s.numbers[1] % 32 == 31 ? std::nullopt : std::optional{set(s, 1)}};
}

SystemCall waiting_call(const Situation& s) {
  switch (s.numbers[0] % 3) {
    case 0: return call::Pause{};
    case 1: return call::Sigsuspend{set(s, 1)};
    default: return call::Sigtimedwait{set(s, 1), call::Sigtimedwait::Timeout::kNone};
  }
}

/// Children first, whether they are alive or not.
Target child(const Situation& s, std::size_t n) {
  switch (s.numbers[n] % 16) {
    case 15: return {Target::Kind::kUnused};
    case 14: return {Target::Kind::kInvalid};
    case 13: return {Target::Kind::kGroup};
    case 12: return {Target::Kind::kOwnGroup};
    case 11: return {Target::Kind::kProcess, someone(s, n)};
    default: break;
  }
  const std::vector<ThreadId> children = s.world.children(s.thread);
  if (s.numbers[n] % 2 == 0 || children.empty()) return {Target::Kind::kAny};
  return {Target::Kind::kProcess, children[s.numbers[n] / 16 % children.size()]};
}

SystemCall wait4_call(const Situation& s) {
  int options = s.one_of(1, {0, WNOHANG, WUNTRACED, WUNTRACED | WCONTINUED, WNOHANG | WUNTRACED | WCONTINUED,
                             WCONTINUED, WNOHANG | __WALL, 0});
  if (s.numbers[2] % 32 == 31) options |= s.one_of(3, {WEXITED, WNOWAIT, static_cast<int>(__WCLONE), 0x40});
  return call::Wait4{child(s, 0), options};
}

SystemCall waitid_call(const Situation& s) {
  int options = s.one_of(1, {WEXITED, WEXITED | WSTOPPED, WSTOPPED, WCONTINUED,
                             WEXITED | WSTOPPED | WCONTINUED, WSTOPPED | WCONTINUED, WEXITED | __WALL, 0});
  if (s.numbers[2] % 2 == 0) options |= WNOHANG;
  if (s.numbers[2] / 2 % 3 == 0) options |= WNOWAIT;
  if (s.numbers[3] % 32 == 31) options |= s.one_of(2, {static_cast<int>(__WCLONE), 0x40});
  return call::Waitid{child(s, 0), options};
}

}  // namespace

bool is_left_out_of_interruption(const Situation& situation, const SystemCall& made) {
  if (is_left_out_of_mixture(situation, made)) return true;
  // And none of them asks whether there is memory where its semaphore should lie.
  return std::holds_alternative<call::SemWait>(made) || std::holds_alternative<call::SemInit>(made) ||
         std::holds_alternative<call::SemPost>(made) || std::holds_alternative<call::SemTrywait>(made) ||
         std::holds_alternative<call::SemGetvalue>(made);
}

std::vector<Maker> child_makers() { return {{12, kNothing, wait4_call}, {12, kNothing, waitid_call}}; }

std::vector<Maker> signal_makers() {
  return {
      {14, kNothing, action_call},
      {10, kNothing, mask_call},
      {20, kNothing, kill_call},
      {8, kNothing, queue_call},
      {6, kNothing, thread_call},
      {10, kNothing, waiting_call},
      {3, kNothing, [](const Situation&) -> SystemCall { return call::Sigpending{}; }},
      {4, kNothing,
       [](const Situation& s) -> SystemCall {
         return call::Sigtimedwait{
             set(s, 0), s.one_of(1, {call::Sigtimedwait::Timeout::kZero, call::Sigtimedwait::Timeout::kZero,
                                     call::Sigtimedwait::Timeout::kInvalid})};
       }},
      {1, kNothing,
       [](const Situation& s) -> SystemCall { return call::LimitSignals{s.numbers[0] % 2 == 1}; }},
      {5, kNothing, [](const Situation&) -> SystemCall { return call::Fork{}; }},
      {1, kNothing, [](const Situation& s) -> SystemCall { return call::Exit{s.numbers[0] % 256}; }},
  };
}

}  // namespace flinch::conformance
