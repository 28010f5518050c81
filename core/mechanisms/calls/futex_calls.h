// Futexes, and the POSIX semaphores that the C library makes of them.
#pragma once

#include <cstdint>

#include "core/mechanisms/calls/call_list.h"
#include "core/mechanisms/calls/memory_calls.h"
#include "core/mechanisms/calls/posix_queue_calls.h"

namespace flinch::mechanisms {
namespace call {

/// futex(2) with its arguments as they are named there. FUTEX_WAIT and FUTEX_WAIT_BITSET look at `deadline`,
/// the others at `count2` (val2), which is the same register.
struct Futex {
  static constexpr const char* kName = "futex";
  Address address;
  int operation;  // FUTEX_PRIVATE_FLAG or not
  std::uint32_t value;
  Deadline deadline;
  int count2;
  Address address2;
  std::uint32_t value3;
};

// Not system calls but the library's functions, on a sem_t at `address` that can be read and written: what
// is not so would end the process. All are shared between processes.
struct SemInit {
  static constexpr const char* kName = "sem_init";
  Address address;
  unsigned value;
};
struct SemPost {
  static constexpr const char* kName = "sem_post";
  Address address;
};
struct SemWait {
  static constexpr const char* kName = "sem_timedwait";
  Address address;
  Deadline deadline;
};
struct SemTrywait {
  static constexpr const char* kName = "sem_trywait";
  Address address;
};
/// Told is the value.
struct SemGetvalue {
  static constexpr const char* kName = "sem_getvalue";
  Address address;
};

}  // namespace call

using FutexCalls =
    CallList<call::Futex, call::SemInit, call::SemPost, call::SemWait, call::SemTrywait, call::SemGetvalue>;

}  // namespace flinch::mechanisms
