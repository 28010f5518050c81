#include "conformance/kernel/system_v_limits.h"

#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include <cerrno>
#include <climits>
#include <fstream>

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
  msginfo messages{};
  if (msgctl(0, IPC_INFO, reinterpret_cast<msqid_ds*>(&messages)) >= 0) {
    limits.message_size = static_cast<std::size_t>(messages.msgmax);
    limits.queue_bytes = static_cast<std::size_t>(messages.msgmnb);
    limits.queues = messages.msgmni;
  }
  long nothing[2]{};
  const bool has_failed = msgrcv(INT_MAX, nothing, 0, 0, MSG_COPY | IPC_NOWAIT) < 0;
  limits.copies_messages = !has_failed || errno != ENOSYS;
  std::ifstream{"/proc/sys/kernel/shmmax"} >> limits.segment_size;
  std::ifstream{"/proc/sys/kernel/shmall"} >> limits.pages;
  std::ifstream{"/proc/sys/kernel/shmmni"} >> limits.segments;
  const int locked = shmget(IPC_PRIVATE, std::size_t{1} << 20, 0600);
  limits.locks_memory = shmctl(locked, SHM_LOCK, nullptr) == 0;
  shmctl(locked, IPC_RMID, nullptr);
  return limits;
}

}  // namespace flinch::conformance
