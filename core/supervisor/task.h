// Processes and threads of the tree, as the supervisor knows them.
#pragma once

#include <sys/types.h>
#include <sys/user.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/abi/control_block.h"
#include "core/common/fd.h"
#include "core/decision/decide.h"

namespace flinch {

/// What a process did with its signals, bit n-1 for signal n. Shared by CLONE_SIGHAND.
struct SignalTable {
  std::uint64_t handled = 0;
  std::uint64_t restarting = 0;
};

/// Memory of ours in a process, for copies of iovecs and message headers; shared where memory is (vfork).
struct Scratch {
  static constexpr std::size_t kParts = 16;
  std::uint64_t address = 0;  // 0: none yet
  std::array<bool, kParts> is_lent{};
};

struct Process {
  std::string path;  // "0.1"
  pid_t tgid = 0;
  Fd pidfd;
  std::uint32_t guard_place = ~0U;  // none
  std::uint32_t children = 0;       // born so far: the next one's number
  std::uint32_t threads_born = 0;   // the next thread's ordinal
  std::shared_ptr<SignalTable> signals = std::make_shared<SignalTable>();
  std::shared_ptr<Scratch> scratch = std::make_shared<Scratch>();
  pid_t executing = 0;         // a thread of several that was let into execve(2) and has not come out of it
  bool traces_itself = false;  // a child of its own may attach to it, as LeakSanitizer's does
  bool is_sandboxed = false;   // it, or who made it, installed a seccomp filter of its own
};

/// A call that tier 0 makes the thread do under its eyes.
struct Step {
  enum class Phase : std::uint8_t {
    kStop,       // the notification was answered; the thread is about to stop
    kEntry,      // resumed towards the call again, with our arguments
    kNotify,     // the call is being notified a second time
    kExit,       // running; its result comes at the exit stop
    kRestart,    // interrupted; goes on through restart_syscall(2)
    kCut,        // running with an interruption pending, which ends it where it would wait
    kInterrupt,  // running with a signal pending
  };
  Phase phase = Phase::kStop;
  Call call{};
  int number = 0;
  std::uint64_t pointer = 0;  // of the instruction behind the call
  Decision decision;
  user_regs_struct original{};
  std::uint64_t mask = 0;
  Event event{};
  std::uint32_t attempts = 0;
  bool in_restart_call = false;
  bool was_interrupted = false;
  bool stands_back = false;  // nothing is to be done but to let go of the thread before the call
  std::shared_ptr<const std::uint64_t> scratch;  // address of the part that is ours until the step ends
};

/// A transfer that is made again for its rest.
struct Resume {
  user_regs_struct original;  // as the call returned
  std::uint64_t done;         // bytes so far
  bool is_entered;
  std::shared_ptr<const std::uint64_t> scratch;
};

/// A call as the filter notified it.
struct Notified {
  int number = -1;
  std::uint64_t pointer = 0;  // of the instruction behind the call
  std::array<std::uint64_t, 6> args{};
  bool operator==(const Notified&) const = default;
};

/// A call that a signal or a stop interrupted and that the kernel makes again by itself: it is notified
/// a second time and is still the same call.
struct Restarted {
  Notified call;
  std::optional<Step> step;  // how to go on with it; without: just let it go on
};

struct Thread {
  pid_t tid = 0;
  std::shared_ptr<Process> process;
  std::uint32_t ordinal = 0;
  std::uint32_t slot_index = kNoSlot;
  ThreadSlot* slot = nullptr;            // in the control block, or `own_slot`
  std::unique_ptr<ThreadSlot> own_slot;  // when the control block is full
  std::uint64_t tls = 0;                 // the shim finds its slot by this
  Fd pidfd;
  bool is_seized = false;
  bool is_in_group_stop = false;
  std::array<Notified, 4> last;  // calls that were let go on and that a signal may interrupt
  std::uint32_t last_count = 0;
  std::optional<Step> step;
  std::optional<Restarted> restarted;
  std::optional<Resume> resume;
};

}  // namespace flinch
