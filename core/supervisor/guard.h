// If the supervisor dies, the tree dies: a small process of its own that outlives it by the time it takes
// to kill everybody on a list.
//
// It starts when there is more than the program's first process, which dies by its death signal (launch.h).
// When the supervisor is gone, its listener is closed and the kernel answers ENOSYS to every fork of
// the tree, so the list is complete; a child whose birth was not yet written down is still traced, and
// PTRACE_O_EXITKILL takes it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "core/common/fd.h"
#include "core/common/result.h"

namespace flinch {

struct GuardBoard;

class Guard {
 public:
  /// Starts the guard. It shares our memory (a fork would cost a millisecond a run) and nothing else.
  static Result<Guard> start();
  Guard(Guard&& other) noexcept;
  Guard& operator=(Guard&&) = delete;
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;
  /// Sends the guard home and waits until it is gone.
  ~Guard();

  /// Puts a process on the list; gives the place where it stands.
  std::uint32_t add(pid_t tgid);
  /// Takes it off again, once its end is known.
  void remove(std::uint32_t place);

 private:
  Guard() = default;
  GuardBoard* board_ = nullptr;  // read by the guard, which runs on our memory
  std::vector<std::uint32_t> free_;
  Fd alive_;  // its closing wakes the guard
  Fd pidfd_;
  pid_t pid_ = 0;
};

}  // namespace flinch
