// Whom System V objects obey, and what becomes of them when a process ends: ipc(7), sysvipc(7).
#include "core/mechanisms/system_v.h"

#include "core/mechanisms/calls_impl.h"
#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {

bool Calls::may(const SystemVPermission& permission, int mode) const {
  const int asked = mode >> 6 | mode >> 3 | mode;
  const bool ignores_modes =
      world.limits_.system_v.ignores_modes &&
      (world.processes_.at(process()).uses_capabilities || MUTANT(system_v_ignores_modes));
  return ignores_modes || (asked & ~(permission.mode >> 6) & 07) == 0;
}

void Calls::end_system_v() {
  end_attachments();
  auto& sets = world.system_v_.semaphores;
  for (int number = 0; number < sets.size(); ++number) {
    if (!sets.contains(number)) continue;
    sets.at(number).end_process(process());
    world.tell(sets.at(number));
  }
}

}  // namespace flinch::mechanisms
