// What /proc says of a thread of a real process.
#pragma once

#include <sys/types.h>

#include "core/common/fd.h"

namespace flinch::conformance {

/// Keeps the files open, so that a look costs two reads.
class ProcessState {
 public:
  explicit ProcessState(pid_t pid);

  enum class Kind {
    kMoving,   // runs, or could; or waits for a disk or a lock inside the kernel, which is not to be asleep
    kAsleep,   // in a system call, until something happens
    kStopped,  // by a signal
    kDead,     // ended, whether somebody has waited for it or not; all that it had open is closed
  };
  struct Seen {
    Kind kind;
    long call = -1;  // number of the system call, of kAsleep
  };
  [[nodiscard]] Seen look() const;

 private:
  Fd syscall_file_;
  Fd stat_file_;
};

/// How often the caller has been taken off its processor: if that is the same before and after something,
/// nobody else has run there meanwhile.
long switches_so_far();

}  // namespace flinch::conformance
