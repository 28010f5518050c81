#include "conformance/kernel/system_v_limits.h"

#include <sys/ipc.h>
#include <sys/sem.h>

#include <cerrno>

namespace flinch::conformance {

mechanisms::SystemVLimits system_v_limits() {
  mechanisms::SystemVLimits limits;
  seminfo semaphores{};
  if (semctl(0, 0, IPC_INFO, &semaphores) >= 0) {
    limits.semaphores_per_set = semaphores.semmsl;
    limits.semaphores = semaphores.semmns;
    limits.sets = semaphores.semmni;
    limits.operations_per_call = static_cast<std::size_t>(semaphores.semopm);
  }
  const int forbidden = semget(IPC_PRIVATE, 1, 0);
  limits.ignores_modes = semctl(forbidden, 0, GETVAL) == 0;
  semctl(forbidden, 0, IPC_RMID);
  return limits;
}

}  // namespace flinch::conformance
