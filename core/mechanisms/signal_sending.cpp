// How a signal reaches a process or a thread: what is thrown away, what is queued, who is told.
#include <errno.h>
#include <signal.h>

#include <algorithm>

#include "core/mechanisms/calls_impl.h"
#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {
namespace {

constexpr SignalSet kStops = set_of(SIGSTOP) | set_of(SIGTSTP) | set_of(SIGTTIN) | set_of(SIGTTOU);

}  // namespace

std::vector<ThreadId> World::threads_of(ProcessId process) const {
  std::vector<ThreadId> threads;
  for (ThreadId thread = 0; thread < threads_.size(); ++thread)
    if (threads_.contains(thread) && threads_.at(thread).process == process) threads.push_back(thread);
  return threads;
}

void World::send_signal(ThreadId thread, int signal) {
  send(thread, {signal, SI_USER, static_cast<int>(shown(threads_.at(thread).process)), 0}, Scope::kThread);
}

int World::send(ThreadId target, const SignalInfo& info, Scope scope) {
  const ProcessId number = threads_.at(target).process;
  Process& process = processes_.at(number);
  const int signal = info.signal;
  if (process.family.is_ending) return 0;
  if ((set_of(signal) & kStops) != 0 && !MUTANT(signal_stop_keeps_continue)) {
    process.signals.pending.flush(set_of(SIGCONT));
    for (const ThreadId thread : threads_of(number))
      threads_.at(thread).signals.pending.flush(set_of(SIGCONT));
  }
  if (signal == SIGCONT) go_on(number);
  // A blocked one may find another action when its time comes.
  const ThreadSignals& own = threads_.at(target).signals;
  const bool is_blocked = ((own.blocked | own.blocked_before_wait) & set_of(signal)) != 0;
  if (process.signals.ignores(signal) && (!is_blocked || MUTANT(signal_ignored_is_lost))) return 0;
  PendingSignals& pending =
      scope == Scope::kThread ? threads_.at(target).signals.pending : process.signals.pending;
  const bool is_standard = signal < kFirstRealTime;
  if ((is_standard || MUTANT(signal_real_time_merges)) && pending.contains(signal) &&
      !MUTANT(signal_standard_queues))
    return 0;
  const bool has_room = process.signals.queued_max > 0 || (is_standard && info.code >= 0);
  if (!has_room && !is_standard && info.code != SI_USER && !MUTANT(signal_queue_has_no_limit)) return EAGAIN;
  if (signal == SIGKILL || !has_room)
    pending.add_bare(signal);
  else
    pending.add(info);
  choose_taker(target, signal, scope);
  return 0;
}

/// SIGCONT, whatever the process makes of it: nobody is stopped any longer, nor will be by what was pending.
void World::go_on(ProcessId number) {
  Process& process = processes_.at(number);
  if (!MUTANT(signal_continue_keeps_stop)) process.signals.pending.flush(kStops);
  for (const ThreadId id : threads_of(number)) {
    Thread& thread = threads_.at(id);
    if (!MUTANT(signal_continue_keeps_stop)) thread.signals.pending.flush(kStops);
    if (!thread.is_stopped) continue;
    thread.is_stopped = false;
    rouse(id);
  }
  if (!process.family.is_stopped) return;
  process.family.is_stopped = false;
  process.family.has_continued = true;
  process.family.will_tell_continued = true;
  process.family.status = 0;
}

/// Tells the first thread that would take it; if it ends the process, all of them.
void World::choose_taker(ThreadId target, int signal, Scope scope) {
  const ProcessId number = threads_.at(target).process;
  const auto wants = [&](ThreadId id) {
    const Thread& thread = threads_.at(id);
    if ((thread.signals.blocked & set_of(signal)) != 0) return false;
    if (signal == SIGKILL) return true;
    return !thread.is_stopped && (id == current_ || !thread.signals.is_told);
  };
  std::vector<ThreadId> candidates = {target};
  if (scope == Scope::kProcess) candidates = threads_of(number);
  const auto taker = std::find_if(candidates.begin(), candidates.end(), wants);
  if (taker == candidates.end()) return;
  const bool was_wanted = (threads_.at(*taker).signals.blocked_before_wait & set_of(signal)) != 0;
  if (processes_.at(number).signals.is_fatal(signal) && !was_wanted &&
      disposition_of(signal) != Disposition::kDumpCore)
    end_all_threads(number, signal);
  else
    tell_of_signal(*taker);
}

/// Every thread of it will end as soon as it runs.
void World::end_all_threads(ProcessId number, int status) {
  Process& process = processes_.at(number);
  process.family.is_ending = true;
  process.family.status = status;
  for (const ThreadId thread : threads_of(number)) {
    threads_.at(thread).is_stopped = false;
    tell_of_signal(thread);
  }
}

/// Whoever sleeps is woken for it, in his call or between two.
void World::tell_of_signal(ThreadId thread) {
  threads_.at(thread).signals.is_told = true;
  if (thread == current_) return;
  std::erase_if(sleepers_, [thread](const Sleeper& sleeper) { return sleeper.thread == thread; });
  rouse(thread);
}

void World::look_for_signals(ThreadId id) {
  Thread& thread = threads_.at(id);
  const SignalSet pending =
      thread.signals.pending.set() | processes_.at(thread.process).signals.pending.set();
  thread.signals.is_told =
      (pending & ~thread.signals.blocked) != 0 || processes_.at(thread.process).family.is_ending;
}

void World::block(ThreadId thread, SignalSet set) {
  threads_.at(thread).signals.blocked = blockable(set);
  look_for_signals(thread);
}

}  // namespace flinch::mechanisms
