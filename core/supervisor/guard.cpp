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

#include <string>

#include "core/abi/x86_64/system_call.h"

namespace flinch {

namespace {

constexpr std::size_t kStackSize = 16384;

}  // namespace

struct GuardBirth {
  std::atomic<pid_t>* places;
  std::uint32_t count;
  int gate;
  char* stack;
  pid_t pid;
};

namespace {

using Birth = GuardBirth;

/// The guard's whole life. It runs on our memory with a stack of its own, so it makes system calls without
/// libc: errno and everything else there is the supervisor's.
int watch(void* argument) {
  const Birth mine = *static_cast<const Birth*>(argument);
  system_call(SYS_setsid);
  system_call(SYS_prctl, PR_SET_NAME, reinterpret_cast<unsigned long>("flinch-guard"));
  // Holds nothing of its parent's: not its standard streams, whose readers wait for their end.
  system_call(SYS_dup2, static_cast<unsigned long>(mine.gate), 0);
  system_call(SYS_close_range, 1, ~0U, 0);
  constexpr unsigned long kAll = ~0UL;
  system_call(SYS_rt_sigprocmask, SIG_SETMASK, reinterpret_cast<unsigned long>(&kAll), 0, sizeof kAll);
  char nothing = 0;
  while (system_call(SYS_read, 0, reinterpret_cast<unsigned long>(&nothing), 1) == -EINTR) continue;
  for (std::uint32_t i = 0; i < mine.count; ++i)
    if (const pid_t pid = mine.places[i].load(); pid > 0)
      system_call(SYS_kill, static_cast<unsigned long>(pid), SIGKILL);
  system_call(SYS_exit_group, 0);
  return 0;
}

int give_birth(void* argument) {
  auto& birth = *static_cast<Birth*>(argument);
  birth.pid = clone(watch, birth.stack + kStackSize, CLONE_VM, argument);
  system_call(SYS_exit, 0);
  return 0;
}

}  // namespace

Result<Guard> Guard::start() {
  Guard guard;
  constexpr std::size_t kSize = kPlaces * sizeof(pid_t);
  void* memory = mmap(nullptr, kSize + 2 * kStackSize, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  int ends[2];
  if (memory == MAP_FAILED || pipe2(ends, O_CLOEXEC) != 0) return fail("no memory for the guard");
  guard.places_ = static_cast<std::atomic<pid_t>*>(memory);
  guard.birth_ = std::make_unique<GuardBirth>();
  // Twice, so that the guard is nobody's child: the program's parent has one child only.
  Birth& birth = *guard.birth_ = {guard.places_, kPlaces, ends[0], static_cast<char*>(memory) + kSize, 0};
  const pid_t middle =
      clone(give_birth, birth.stack + 2 * kStackSize, CLONE_VM | CLONE_VFORK | SIGCHLD, &birth);
  if (middle < 0) return fail(std::string("clone: ") + strerror(errno));
  while (waitpid(middle, nullptr, 0) < 0 && errno == EINTR) continue;
  close(ends[0]);
  guard.alive_ = Fd::moved_up(ends[1]);
  guard.pid_ = birth.pid;
  if (guard.pid_ <= 0) return fail("can't start the guard");
  guard.pidfd_ = Fd::moved_up(static_cast<int>(syscall(SYS_pidfd_open, guard.pid_, 0)));
  if (!guard.pidfd_) return fail(std::string("pidfd_open: ") + strerror(errno));
  return guard;
}

Guard::Guard(Guard&& other) noexcept
    : places_{std::exchange(other.places_, nullptr)},
      birth_{std::move(other.birth_)},
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
  munmap(places_, kPlaces * sizeof(pid_t) + 2 * kStackSize);
}

void Guard::add(pid_t tgid) {
  for (std::uint32_t i = 0; i < kPlaces; ++i) {
    pid_t nobody = 0;
    std::atomic<pid_t>& place = places_[(static_cast<std::uint32_t>(tgid) + i) % kPlaces];
    if (place.compare_exchange_strong(nobody, tgid)) return;
  }
}

void Guard::remove(pid_t tgid) {
  for (std::uint32_t i = 0; i < kPlaces; ++i) {
    pid_t expected = tgid;
    std::atomic<pid_t>& place = places_[(static_cast<std::uint32_t>(tgid) + i) % kPlaces];
    if (place.compare_exchange_strong(expected, 0)) return;
  }
}

}  // namespace flinch
