// fork(2) and exit(2).
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

}  // namespace flinch::mechanisms
