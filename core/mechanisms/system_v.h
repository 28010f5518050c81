// What the three System V mechanisms have in common (sysvipc(7)): keys, numbers, modes and limits.
#pragma once

#include <sys/ipc.h>

#include <cstddef>
#include <cstdint>

#include "core/mechanisms/ids.h"
#include "core/mechanisms/slots.h"
#include "core/mechanisms/system_v_semaphores.h"

namespace flinch::mechanisms {

/// What a machine's owner has set (/proc/sys/kernel/sem and its like), and what the caller is trusted with.
struct SystemVLimits {
  int semaphores_per_set = 32000;         // SEMMSL
  int semaphores = 1024000000;            // SEMMNS
  std::size_t operations_per_call = 500;  // SEMOPM
  int sets = 32000;                       // SEMMNI
  bool ignores_modes = true;              // CAP_IPC_OWNER
};

/// All that lives until somebody removes it: no process has to be there for it. An identifier is the number
/// of the object among all of its kind that were ever made; the kernel's own numbers are its secret.
struct SystemV {
  Slots<SystemVSemaphores> semaphores;
};

/// How a process shows up in GETPID and in IPC_STAT; nobody is 0.
inline std::int64_t shown(ProcessId process) { return process + 1; }
inline constexpr ProcessId kNobody = -1;

}  // namespace flinch::mechanisms
