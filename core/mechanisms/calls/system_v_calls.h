// System V semaphores, message queues and shared memory. Identifiers are those of a world: the n-th object of
// its kind has the number n. Keys are small numbers; 0 is IPC_PRIVATE.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/mechanisms/calls/call_list.h"
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

}  // namespace call

using SystemVCalls = CallList<call::Semget, call::Semtimedop, call::Semctl>;

}  // namespace flinch::mechanisms
