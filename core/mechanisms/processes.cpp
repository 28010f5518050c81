// fork(2) and exit(2), and what a process may do: capset(2), and modes of files as in open(2).
#include <fcntl.h>
#include <signal.h>

#include "core/mechanisms/calls_impl.h"
#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {

/// The value is the child's thread: numbers of processes are the driver's affair.
Calls::Start Calls::operator()(const call::Fork&) {
  auto child = world.process_of(thread);
  for (auto it = child.descriptors.begin(); it != child.descriptors.end();) {
    // Another thread's open(2) that still waits is not the child's.
    if (it->second.description == World::kReserved) {
      it = child.descriptors.erase(it);
      continue;
    }
    world.hold(it->second.description);
    ++it;
  }
  inherit_attachments();
  if (MUTANT(memory_is_not_inherited)) child.attachments.clear();
  if (MUTANT(shm_fork_copies)) child.pages.clear();
  for (const auto& [number, page] : child.pages) world.map(page);
  child.family = {.parent = process()};
  if (!MUTANT(signal_fork_keeps_pending)) child.signals.pending = {};
  World::Thread first{world.processes_.add(std::move(child))};
  first.signals.blocked = world.threads_.at(thread).signals.blocked;
  if (MUTANT(signal_fork_unblocks)) first.signals.blocked = 0;
  const ProcessId number = first.process;
  const ThreadId number_of_first = world.threads_.add(std::move(first));
  world.processes_.at(number).family.first_thread = number_of_first;
  return done(number_of_first);
}

Calls::Start Calls::operator()(const call::Exit& call) {
  world.end_all_threads(process(), (call.status & 0xff) << 8);
  return done(0);
}

/// What the process of a thread has open, attached and mapped.
void World::give_up_all(ThreadId thread) {
  Process& process = process_of(thread);
  Calls{*this, thread}.end_system_v();
  while (!process.descriptors.empty()) close(process, process.descriptors.begin()->first);
  for (const auto& [address, page] : process.pages) unmap(page);
  process.pages.clear();
}

/// Its last thread goes. Its children are the driver's from now on, who waits for those that are dead.
void World::end_process(ThreadId thread) {
  const ProcessId number = threads_.at(thread).process;
  std::erase(runnable_, thread);
  threads_.remove(thread);
  for (ProcessId child = 0; child < processes_.size(); ++child) {
    if (!processes_.contains(child) || processes_.at(child).family.parent != number) continue;
    processes_.at(child).family.parent = kNobody;
    if (processes_.at(child).family.is_dead) processes_.remove(child);
  }
  processes_.at(number).family.is_dead = true;
  bury(number);
}

/// Tells the parent, who keeps what is left until it has waited for it, unless it does not want to.
void World::bury(ProcessId number) {
  const Family& family = processes_.at(number).family;
  if (family.parent == kNobody) {
    processes_.remove(number);
    return;
  }
  Process& parent = processes_.at(family.parent);
  const SignalAction action = parent.signals.action(SIGCHLD);
  const bool ignores = action.handler == SignalAction::Handler::kIgnore;
  const int signal = family.status & 0x7f;
  const SignalInfo info{SIGCHLD, signal == 0 ? CLD_EXITED : CLD_KILLED, static_cast<int>(shown(number)),
                        signal == 0 ? family.status >> 8 : signal};
  if (!ignores) send(parent.family.first_thread, info, Scope::kProcess);
  const ProcessId waiting = family.parent;
  if (ignores || ((action.flags & SA_NOCLDWAIT) != 0 && !MUTANT(wait_despite_nocldwait)))
    processes_.remove(number);
  wake_waiting_parent(waiting);
}

Calls::Start Calls::operator()(const call::Capset& call) {
  if (!MUTANT(capset_is_ignored)) world.process_of(thread).uses_capabilities = call.uses_them;
  return done(0);
}

bool Calls::is_privileged() const {
  return world.limits_.is_privileged && world.processes_.at(process()).uses_capabilities;
}

/// All callers are the owner.
bool Calls::may_open(int mode, int flags) const {
  if (MUTANT(file_modes_are_ignored)) return true;
  if (world.limits_.ignores_file_modes && world.processes_.at(process()).uses_capabilities) return true;
  const int access = flags & O_ACCMODE;
  const bool reads = access != O_WRONLY;
  const bool writes = access != O_RDONLY || (flags & O_TRUNC) != 0;
  return (!reads || (mode & S_IRUSR) != 0) && (!writes || (mode & S_IWUSR) != 0);
}

}  // namespace flinch::mechanisms
