// One thread of a script in a real process: it waits for a call, makes it, and says what came of it. The
// driver (kernel.h) puts pointers into the call's arguments itself, for all share one mapping at one address.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace flinch::conformance {

inline constexpr std::size_t kArenaSize = std::size_t{1} << 20;
inline constexpr std::size_t kLentSize = std::size_t{16} << 20;
inline constexpr int kSlotCount = 12;

class SystemVNames;

/// What kSemaphore does, the first of its arguments; then the sem_t, and a number or what belongs to it.
enum class SemaphoreOperation : long { kInit, kPost, kTimedwait, kTrywait, kGetvalue };

/// What kSigaction does: a handler of ours, one of the kernel's two, or nothing (to ask only).
struct WantedAction {
  enum class Handler : long { kDefault, kIgnore, kFunction };
  Handler handler;
  int flags;
  std::uint64_t mask;
};

/// A signal whose handler has run.
struct NotedSignal {
  int signal;
  int code;  // this and the rest only with SA_SIGINFO
  pid_t pid;
  long value;
};

/// What driver and actor share for one thread. `asked` counts calls, `answered` those that have ended; both
/// are futex words. Everything else belongs to the driver while they are equal, and to the actor otherwise.
struct Slot {
  enum class Kind : std::uint32_t { kSystemCall, kFork, kExit, kSemaphore, kSigaction };

  std::atomic<std::uint32_t> asked;
  std::atomic<std::uint32_t> answered;
  Kind kind;
  int child_slot;    // of kFork
  bool has_expired;  // its timeout: the call may be seen to sleep, but not for long
  long number;
  long arguments[6];
  // Arguments, as bits, that are numbers of slots: the actor makes process numbers of them, and negates some.
  unsigned process_arguments;
  unsigned group_arguments;
  long result;  // as the kernel gives it: -errno for an error
  pid_t pid;
  std::atomic<std::uint32_t> signal_count;
  NotedSignal signals[256];
  std::size_t lent_size;
  SystemVNames* names;                   // the driver's memory, and only his to look at
  alignas(4096) char arena[kArenaSize];  // the call's memory, for as long as the call
  alignas(4096) char lent[kLentSize];    // vmsplice(2)'s: pipes keep pages of it, so none is used twice
};

/// As a world's first process begins: with a handler for SIGPIPE.
void begin_handling();

/// Serves the slot until it is told to exit; never returns.
[[noreturn]] void act(Slot* slots, int slot);

}  // namespace flinch::conformance
