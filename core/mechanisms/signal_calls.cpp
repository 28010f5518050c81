// sigaction(2), sigprocmask(2), kill(2), sigqueue(3), sigsuspend(2), sigwaitinfo(2) and their like.
#include <errno.h>
#include <signal.h>

#include "core/mechanisms/calls_impl.h"
#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {
namespace {

bool is_signal(int signal) { return signal >= 1 && signal <= kSignalCount; }

bool has_number(const Target& target) {
  return target.kind == Target::Kind::kProcess || target.kind == Target::Kind::kUnused;
}

}  // namespace

Calls::Start Calls::operator()(const call::Sigaction& call) {
  if (!is_signal(call.signal)) return failed(EINVAL);
  const bool is_certain = call.signal == SIGKILL || call.signal == SIGSTOP;
  if (call.action && is_certain && !MUTANT(signal_kill_can_be_handled)) return failed(EINVAL);
  ProcessSignals& signals = world.process_of(thread).signals;
  SignalAction& action = signals.action(call.signal);
  Reply reply = done(0);
  reply.numbers = {static_cast<std::int64_t>(action.handler), action.flags,
                   static_cast<std::int64_t>(action.mask)};
  if (!call.action) return reply;
  action = *call.action;
  action.mask = blockable(action.mask);
  if (!signals.ignores(call.signal) || MUTANT(signal_ignored_stays_pending)) return reply;
  signals.pending.flush(set_of(call.signal));
  for (const ThreadId other : world.threads_of(process()))
    world.threads_.at(other).signals.pending.flush(set_of(call.signal));
  return reply;
}

Calls::Start Calls::operator()(const call::Sigprocmask& call) {
  const SignalSet before = world.threads_.at(thread).signals.blocked;
  if (call.set) {
    SignalSet after = 0;
    switch (call.how) {
      case SIG_BLOCK: after = before | *call.set; break;
      case SIG_UNBLOCK: after = before & ~*call.set; break;
      case SIG_SETMASK: after = *call.set; break;
      default: return failed(EINVAL);
    }
    world.block(thread, after);
  }
  Reply reply = done(0);
  reply.numbers = {static_cast<std::int64_t>(before)};
  return reply;
}

/// Of the thread or of its process, and blocked: the others are on their way.
Calls::Start Calls::operator()(const call::Sigpending&) {
  const ThreadSignals& own = world.threads_.at(thread).signals;
  const SignalSet pending = own.pending.set() | world.process_of(thread).signals.pending.set();
  Reply reply = done(0);
  reply.numbers = {static_cast<std::int64_t>(pending & own.blocked)};
  return reply;
}

std::optional<ProcessId> Calls::process_called(const Target& target) const {
  if (target.kind != Target::Kind::kProcess) return std::nullopt;
  for (ProcessId number = 0; number < world.processes_.size(); ++number)
    if (world.processes_.contains(number) && world.processes_.at(number).family.first_thread == target.number)
      return number;
  return std::nullopt;
}

/// Precondition: the process is there; if it is dead, nothing comes of it.
Reply Calls::send_to(ProcessId number, const SignalInfo& info) {
  if (info.signal < 0 || info.signal > kSignalCount) return failed(EINVAL);
  const Family& family = world.processes_.at(number).family;
  if (info.signal == 0 || family.is_dead) return done(0);
  const int error = world.send(family.first_thread, info, World::Scope::kProcess);
  return error == 0 ? done(0) : failed(error);
}

Calls::Start Calls::operator()(const call::Kill& call) {
  const SignalInfo info{call.signal, SI_USER, static_cast<int>(shown(process())), 0};
  if (call.target.kind == Target::Kind::kOwnGroup || call.target.kind == Target::Kind::kGroup) {
    Reply reply = failed(ESRCH);
    for (ProcessId number = world.processes_.size() - 1; number >= 0; --number)
      if (world.processes_.contains(number)) reply = send_to(number, info);
    return reply;
  }
  const auto number = process_called(call.target);
  return number ? send_to(*number, info) : failed(ESRCH);
}

Calls::Start Calls::operator()(const call::Sigqueue& call) {
  const SignalInfo info{call.signal, call.code, static_cast<int>(shown(process())), call.value};
  const auto number = process_called(call.target);
  // Only to itself may a process tell what others can only learn from the kernel.
  const bool pretends = call.code >= 0 || call.code == SI_TKILL;
  if (pretends && number != process() && !MUTANT(signal_anybody_pretends)) return failed(EPERM);
  return number ? send_to(*number, info) : failed(ESRCH);
}

Calls::Start Calls::operator()(const call::Tkill& call) {
  return send_to_thread(std::nullopt, call.thread, call.signal);
}

Calls::Start Calls::operator()(const call::Tgkill& call) {
  return send_to_thread(call.process, call.thread, call.signal);
}

Reply Calls::send_to_thread(const std::optional<Target>& of, const Target& target, int signal) {
  if (!has_number(target) || (of && !has_number(*of))) return failed(EINVAL);
  const bool is_alive = target.kind == Target::Kind::kProcess && world.threads_.contains(target.number);
  // A dead process can still be found by its first thread's number until somebody has waited for it.
  const auto number =
      is_alive ? std::optional{world.threads_.at(target.number).process} : process_called(target);
  if (!number || (of && process_called(*of) != number)) return failed(ESRCH);
  if (signal < 0 || signal > kSignalCount) return failed(EINVAL);
  if (signal == 0 || !is_alive) return done(0);
  const int code = MUTANT(signal_tkill_is_kill) ? SI_USER : SI_TKILL;
  const int error =
      world.send(target.number, {signal, code, static_cast<int>(shown(process())), 0}, World::Scope::kThread);
  return error == 0 ? done(0) : failed(error);
}

Calls::Start Calls::operator()(const call::Pause&) {
  return World::Attempt{[me = thread](World& now, Occasion) -> Outcome {
    if (now.is_interrupted(me)) return World::Restart::kWithoutHandler;
    return Sleep{};
  }};
}

/// The mask of before comes back once a handler has run, or nothing has come of the signal.
Calls::Start Calls::operator()(const call::Sigsuspend& call) {
  return World::Attempt{[mask = call.mask, me = thread](World& now, Occasion occasion) -> Outcome {
    if (occasion == Occasion::kMade) {
      ThreadSignals& own = now.threads_.at(me).signals;
      own.blocked_after = own.blocked;
      now.block(me, mask);
    }
    if (now.is_interrupted(me)) return World::Restart::kWithoutHandler;
    return Sleep{};
  }};
}

/// While it waits, what it waits for is not blocked, so that it is woken; nobody else gets it.
Calls::Start Calls::operator()(const call::Sigtimedwait& call) {
  using Timeout = call::Sigtimedwait::Timeout;
  if (call.timeout == Timeout::kInvalid) return failed(EINVAL);
  return World::Attempt{[call, me = thread](World& now, Occasion occasion) -> Outcome {
    const SignalSet unwanted = ~blockable(call.set);
    ThreadSignals& own = now.threads_.at(me).signals;
    if (occasion == Occasion::kWoken) {
      const SignalSet before = std::exchange(own.blocked_before_wait, 0);
      now.block(me, before);
    }
    if (const auto info = now.dequeue_signal(me, unwanted)) {
      Reply reply = done(info->signal);
      reply.numbers = {info->code, info->sender, info->value};
      return reply;
    }
    if (occasion == Occasion::kWoken) return failed(EINTR);
    if (call.timeout == Timeout::kZero) return failed(EAGAIN);
    own.blocked_before_wait = own.blocked;
    now.block(me, own.blocked & unwanted);
    if (!now.is_interrupted(me)) return Sleep{};
    const SignalSet before = std::exchange(own.blocked_before_wait, 0);
    now.block(me, before);
    return failed(EINTR);
  }};
}

Calls::Start Calls::operator()(const call::LimitSignals& call) {
  world.process_of(thread).signals.queued_max = call.is_zero ? 0 : ~std::uint64_t{0};
  return done(0);
}

}  // namespace flinch::mechanisms
