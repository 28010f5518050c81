// What becomes of a thread on its way back to its program: handlers, stops, and the end (signal(7)).
#include <errno.h>
#include <signal.h>

#include "core/mechanisms/calls_impl.h"
#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {

/// All that is pending first, then the handlers, the last that was called before the others; then the call
/// that a signal interrupted, or its reply.
void World::return_to_program(ThreadId id) {
  for (;;) {
    const Delivery delivery = take_signal(id);
    if (delivery == Delivery::kGone || delivery == Delivery::kStopped) return;
    if (delivery == Delivery::kLater) {
      rouse(id);
      return;
    }
    if (delivery == Delivery::kTaken) continue;
    if (threads_.at(id).signals.frames.empty()) break;
    run_handler(id);
  }
  Thread& thread = threads_.at(id);
  const auto ending = std::exchange(thread.ending, std::monostate{});
  if (const Reply* reply = std::get_if<Reply>(&ending)) {
    thread.call.reset();
    replies_.emplace_back(id, *reply);
  } else if (std::holds_alternative<Restart>(ending)) {
    const ThreadId before = std::exchange(current_, id);
    start(id);
    current_ = before;
  }
}

/// One signal at most.
World::Delivery World::take_signal(ThreadId id) {
  const ProcessId number = threads_.at(id).process;
  Process& process = processes_.at(number);
  if (std::exchange(process.family.will_tell_continued, false)) {
    tell_parent_of_stop(number, CLD_CONTINUED);
    if (!runnable_.empty()) return Delivery::kLater;
  }
  if (process.family.is_ending) return go_away(id);
  const auto info = dequeue_signal(id, threads_.at(id).signals.blocked);
  Thread& thread = threads_.at(id);
  if (!info) {
    if (std::holds_alternative<Restart>(thread.ending)) thread.ending = Restart::kAlways;
    if (!thread.signals.blocked_after) return Delivery::kNone;
    block(id, *std::exchange(thread.signals.blocked_after, std::nullopt));
    return thread.signals.is_told ? Delivery::kTaken : Delivery::kNone;
  }
  const SignalAction action = process.signals.action(info->signal);
  if (action.handler == SignalAction::Handler::kFunction) {
    call_handler(id, *info);
    return Delivery::kTaken;
  }
  if (process.signals.ignores(info->signal)) return Delivery::kTaken;
  if (disposition_of(info->signal) == Disposition::kStop) {
    stop(id, info->signal);
    return Delivery::kStopped;
  }
  end_all_threads(number, info->signal);
  return Delivery::kTaken;
}

/// Those who are woken by what it closes may run before its parent is told.
World::Delivery World::go_away(ThreadId id) {
  Family& family = processes_.at(threads_.at(id).process).family;
  if (!std::exchange(family.has_closed_all, true)) {
    give_up_all(id);
    if (!runnable_.empty()) return Delivery::kLater;
  }
  end_process(id);
  return Delivery::kGone;
}

std::optional<SignalInfo> World::dequeue_signal(ThreadId id, SignalSet blocked) {
  Thread& thread = threads_.at(id);
  PendingSignals& shared = processes_.at(thread.process).signals.pending;
  PendingSignals* first = &thread.signals.pending;
  PendingSignals* second = &shared;
  if (MUTANT(signal_process_before_thread)) std::swap(first, second);
  auto info = first->take(~blocked);
  if (!info) info = second->take(~blocked);
  look_for_signals(id);
  return info;
}

/// The interrupted call is decided by the first handler alone.
void World::call_handler(ThreadId id, const SignalInfo& info) {
  Thread& thread = threads_.at(id);
  SignalAction& action = processes_.at(thread.process).signals.action(info.signal);
  if (const Restart* restart = std::get_if<Restart>(&thread.ending)) {
    const bool goes_on = *restart == Restart::kAlways ||
                         (*restart == Restart::kWithFlag &&
                          ((action.flags & SA_RESTART) != 0) != MUTANT(signal_always_restarts)) ||
                         MUTANT(signal_never_interrupts_pause);
    if (goes_on)
      thread.ending = Restart::kAlways;
    else
      thread.ending = failed(EINTR);
  }
  const bool is_told = (action.flags & SA_SIGINFO) != 0;
  const SignalSet before = thread.signals.blocked_after.value_or(thread.signals.blocked);
  thread.signals.blocked_after.reset();
  thread.signals.frames.push_back({is_told ? info : SignalInfo{info.signal, 0, 0, 0}, before});
  SignalSet more = MUTANT(signal_mask_is_forgotten) ? 0 : action.mask;
  if ((action.flags & SA_NODEFER) == 0) more |= set_of(info.signal);
  if ((action.flags & SA_RESETHAND) != 0 && !MUTANT(signal_resethand_is_ignored))
    action.handler = SignalAction::Handler::kDefault;
  block(id, thread.signals.blocked | more);
}

void World::run_handler(ThreadId id) {
  ThreadSignals& own = threads_.at(id).signals;
  const SignalFrame frame = own.frames.back();
  own.frames.pop_back();
  handled_.emplace_back(id, frame.info);
  block(id, frame.blocked_before);
}

void World::stop(ThreadId id, int signal) {
  Thread& thread = threads_.at(id);
  Family& family = processes_.at(thread.process).family;
  thread.is_stopped = true;
  family.is_stopped = true;
  family.has_continued = false;
  family.status = signal;
  tell_parent_of_stop(thread.process, CLD_STOPPED);
}

/// CLD_STOPPED or CLD_CONTINUED, unless SA_NOCLDSTOP.
void World::tell_parent_of_stop(ProcessId number, int code) {
  const Family& family = processes_.at(number).family;
  if (family.parent == kNobody) return;
  Process& parent = processes_.at(family.parent);
  const SignalAction& action = parent.signals.action(SIGCHLD);
  if (action.handler != SignalAction::Handler::kIgnore &&
      ((action.flags & SA_NOCLDSTOP) == 0 || MUTANT(signal_nocldstop_is_ignored)))
    send(parent.family.first_thread,
         {SIGCHLD, code, static_cast<int>(shown(number)), code == CLD_CONTINUED ? SIGCONT : family.status},
         Scope::kProcess);
  wake_waiting_parent(family.parent);
}

}  // namespace flinch::mechanisms
