// System V semaphores, message queues and shared memory. Identifiers are those of a world: the n-th object of
// its kind has the number n. Keys are small numbers; 0 is IPC_PRIVATE.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/mechanisms/answer.h"
#include "core/mechanisms/calls/call_list.h"
#include "core/mechanisms/system_v_segment.h"
#include "core/mechanisms/system_v_semaphores.h"

namespace flinch::mechanisms {
namespace call {

struct Semget {
  static constexpr const char* kName = "semget";
  int key;
  int count;
  int flags;
};
/// semop(2) without a timeout. One of 0 has expired at once; longer ones wait for ever.
struct Semtimedop {
  static constexpr const char* kName = "semtimedop";
  struct Timeout {
    std::int64_t seconds;
    std::int64_t nanoseconds;
  };
  int id;
  std::vector<SemaphoreOperation> operations;
  std::optional<Timeout> timeout;
};
struct Semctl {
  static constexpr const char* kName = "semctl";
  int id;
  int number;
  int command;
  int value;                          // of SETVAL; the mode of IPC_SET
  std::vector<std::uint16_t> values;  // of SETALL, one a semaphore
};

struct Msgget {
  static constexpr const char* kName = "msgget";
  int key;
  int flags;
};
struct Msgsnd {
  static constexpr const char* kName = "msgsnd";
  int id;
  std::int64_t type;
  Bytes text;
  int flags;
};
/// Answers with the text, and its type as a number.
struct Msgrcv {
  static constexpr const char* kName = "msgrcv";
  int id;
  std::int64_t size;
  std::int64_t type;
  int flags;
};
struct Msgctl {
  static constexpr const char* kName = "msgctl";
  int id;
  int command;
  int mode;           // of IPC_SET
  std::size_t bytes;  // of IPC_SET: msg_qbytes
};

struct Shmget {
  static constexpr const char* kName = "shmget";
  int key;
  std::size_t size;
  int flags;
};
struct Shmat {
  static constexpr const char* kName = "shmat";
  int id;
  Address address;
  int flags;
};
struct Shmdt {
  static constexpr const char* kName = "shmdt";
  Address address;
};
/// munmap(2) of what is attached.
struct ShmUnmap {
  static constexpr const char* kName = "munmap";
  Address address;
  std::size_t size;
};
struct Shmctl {
  static constexpr const char* kName = "shmctl";
  int id;
  int command;
  int mode;  // of IPC_SET
};
/// What programs do without a call: they look at memory, and write to it.
struct Peek {
  static constexpr const char* kName = "process_vm_readv";
  Address address;
  std::size_t size;
};
struct Poke {
  static constexpr const char* kName = "process_vm_writev";
  Address address;
  Bytes bytes;
};

}  // namespace call

using SystemVCalls = CallList<call::Semget, call::Semtimedop, call::Semctl, call::Msgget, call::Msgsnd,
                              call::Msgrcv, call::Msgctl, call::Shmget, call::Shmat, call::Shmdt,
                              call::ShmUnmap, call::Shmctl, call::Peek, call::Poke>;

}  // namespace flinch::mechanisms
