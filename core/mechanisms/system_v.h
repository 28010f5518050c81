// What the three System V mechanisms have in common (sysvipc(7)): keys, numbers, modes and limits.
#pragma once

#include <sys/ipc.h>

#include <cstddef>
#include <cstdint>

#include "core/mechanisms/ids.h"
#include "core/mechanisms/slots.h"
#include "core/mechanisms/system_v_queue.h"
#include "core/mechanisms/system_v_segment.h"
#include "core/mechanisms/system_v_semaphores.h"

namespace flinch::mechanisms {

/// What a machine's owner has set (/proc/sys/kernel/sem and its like), and what the caller is trusted with.
struct SystemVLimits {
  int semaphores_per_set = 32000;                                       // SEMMSL
  int semaphores = 1024000000;                                          // SEMMNS
  std::size_t operations_per_call = 500;                                // SEMOPM
  int sets = 32000;                                                     // SEMMNI
  bool ignores_modes = true;                                            // CAP_IPC_OWNER
  std::size_t message_size = 8192;                                      // MSGMAX
  std::size_t queue_bytes = 16384;                                      // MSGMNB
  int queues = 32000;                                                   // MSGMNI
  bool copies_messages = true;                                          // MSG_COPY: CONFIG_CHECKPOINT_RESTORE
  std::size_t segment_size = ~std::size_t{0} - (std::size_t{1} << 24);  // SHMMAX
  std::uint64_t pages = ~std::uint64_t{0} - (std::uint64_t{1} << 24);   // SHMALL
  int segments = 4096;                                                  // SHMMNI
  bool locks_memory = true;                                             // SHM_LOCK: CAP_IPC_LOCK
};

/// All that lives until somebody removes it: no process has to be there for it. An identifier is the number
/// of the object among all of its kind that were ever made; the kernel's own numbers are its secret.
struct SystemV {
  Slots<SystemVSemaphores> semaphores;
  Slots<SystemVQueue> queues;
  Slots<SystemVSegment> segments;
  int attachments_made = 0;
  int addresses_chosen = 0;

  /// For a segment whose place is the kernel's to choose. What it chooses is its secret too: here they are
  /// numbered, far apart from each other and from any that a caller would choose.
  Address choose_address() { return (Address{1} << 40) + (Address{1} << 32) * addresses_chosen++; }
};

/// How a process shows up in GETPID and in IPC_STAT; nobody is 0.
inline std::int64_t shown(ProcessId process) { return process + 1; }
inline constexpr ProcessId kNobody = -1;

}  // namespace flinch::mechanisms
