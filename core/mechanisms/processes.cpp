// fork(2) and exit(2), and what a process may do: capset(2), and modes of files as in open(2).
#include <fcntl.h>

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
  const ProcessId process = world.processes_.add(std::move(child));
  return done(world.threads_.add({process, std::nullopt, {}}));
}

Calls::Start Calls::operator()(const call::Exit&) {
  auto& process = world.process_of(thread);
  end_system_v();
  while (!process.descriptors.empty()) world.close(process, process.descriptors.begin()->first);
  for (const auto& [number, page] : process.pages) world.unmap(page);
  world.processes_.remove(world.threads_.at(thread).process);
  world.threads_.remove(thread);
  return done(0);
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
