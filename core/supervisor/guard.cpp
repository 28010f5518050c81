#include "core/supervisor/guard.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <atomic>
#include <string>
#include <utility>

#include "core/abi/x86_64/system_call.h"

namespace flinch {

namespace {

constexpr std::uint32_t kPlaces = 32768;
constexpr std::size_t kStackSize = 16384;

}  // namespace

/// What the guard and we share. Places behind `used` were never taken, so that looking through the list does
/// not touch memory for nothing.
struct GuardBoard {
  char stack[kStackSize];
  char stack_of_middle[kStackSize];
  int gate;
  pid_t pid;
  std::atomic<std::uint32_t> used;
  std::atomic<pid_t> places[kPlaces];
};

namespace {

/// The guard's whole life. It runs on our memory with a stack of its own, so it makes system calls without
/// libc: errno and everything else there is the supervisor's.
FLINCH_NO_SANITIZE int watch(void* argument) {
  const GuardBoard& board = *static_cast<const GuardBoard*>(argument);
  system_call(SYS_setsid);
  system_call(SYS_prctl, PR_SET_NAME, reinterpret_cast<unsigned long>("flinch-guard"));
  // Holds nothing of its parent's: not its standard streams, whose readers wait for their end.
  system_call(SYS_dup2, static_cast<unsigned long>(board.gate), 0);
  system_call(SYS_close_range, 1, ~0U, 0);
  constexpr unsigned long kAll = ~0UL;
  system_call(SYS_rt_sigprocmask, SIG_SETMASK, reinterpret_cast<unsigned long>(&kAll), 0, sizeof kAll);
  char nothing = 0;
  while (system_call(SYS_read, 0, reinterpret_cast<unsigned long>(&nothing), 1) == -EINTR) continue;
  for (std::uint32_t i = 0; i < board.used.load(); ++i)
    if (const pid_t pid = board.places[i].load(); pid > 0)
      system_call(SYS_kill, static_cast<unsigned long>(pid), SIGKILL);
  system_call(SYS_exit_group, 0);
  return 0;
}

FLINCH_NO_SANITIZE int give_birth(void* argument) {
  auto& board = *static_cast<GuardBoard*>(argument);
  board.pid = clone(watch, board.stack + kStackSize, CLONE_VM, argument);
  system_call(SYS_exit, 0);
  return 0;
}

}  // namespace

Result<Guard> Guard::start() {
  Guard guard;
  void* memory = mmap(nullptr, sizeof(GuardBoard), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  int ends[2];
  if (memory == MAP_FAILED || pipe2(ends, O_CLOEXEC) != 0) return fail("no memory for the guard");
  guard.board_ = static_cast<GuardBoard*>(memory);
  guard.board_->gate = ends[0];
  // Twice, so that the guard is nobody's child: the program's parent has one child only.
  const pid_t middle =
      clone(give_birth, guard.board_->stack_of_middle + kStackSize, CLONE_VM | CLONE_VFORK | SIGCHLD, memory);
  if (middle < 0) return fail(std::string("clone: ") + strerror(errno));
  while (waitpid(middle, nullptr, 0) < 0 && errno == EINTR) continue;
  guard.alive_ = Fd::moved_up(ends[1]);
  // It has the descriptor in a table of its own.
  close(ends[0]);
  guard.pid_ = guard.board_->pid;
  if (guard.pid_ <= 0) return fail("can't start the guard");
  guard.pidfd_ = Fd::moved_up(static_cast<int>(syscall(SYS_pidfd_open, guard.pid_, 0)));
  if (!guard.pidfd_) return fail(std::string("pidfd_open: ") + strerror(errno));
  return guard;
}

Guard::Guard(Guard&& other) noexcept
    : board_{std::exchange(other.board_, nullptr)},
      free_{std::move(other.free_)},
      alive_{std::move(other.alive_)},
      pidfd_{std::move(other.pidfd_)},
      pid_{std::exchange(other.pid_, 0)} {}

Guard::~Guard() {
  if (pid_ <= 0) return;
  alive_.reset();
  if (!pidfd_) return;  // nothing tells when it is gone: the memory stays
  // It is gone before we are, so that whoever looks finds nothing left of us.
  struct pollfd gone = {pidfd_.get(), POLLIN, 0};
  while (poll(&gone, 1, -1) < 0 && errno == EINTR) continue;
  munmap(board_, sizeof *board_);
}

std::uint32_t Guard::add(pid_t tgid) {
  if (free_.empty() && board_->used.load() == kPlaces) return kPlaces;  // EXITKILL has to do
  std::uint32_t place = 0;
  if (free_.empty()) {
    place = board_->used.load();
  } else {
    place = free_.back();
    free_.pop_back();
  }
  board_->places[place].store(tgid);
  if (place == board_->used.load()) board_->used.store(place + 1);
  return place;
}

void Guard::remove(std::uint32_t place) {
  if (place >= kPlaces) return;
  board_->places[place].store(0);
  free_.push_back(place);
}

}  // namespace flinch
