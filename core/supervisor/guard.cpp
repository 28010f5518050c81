#include "core/supervisor/guard.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <string>

namespace flinch {

Result<Guard> Guard::start() {
  Guard guard;
  void* shared = mmap(nullptr, kPlaces * sizeof(pid_t), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  int ends[2];
  if (shared == MAP_FAILED || pipe2(ends, O_CLOEXEC) != 0) return fail("no memory for the guard");
  guard.places_ = static_cast<std::atomic<pid_t>*>(shared);
  // Twice, so that the guard is nobody's child: the program's parent has one child only.
  const pid_t middle = fork();
  if (middle < 0) return fail(std::string("fork: ") + strerror(errno));
  if (middle == 0) {
    const pid_t pid = fork();
    if (pid == 0) guard.watch(ends[0]);
    guard.places_[kPlaces - 1].store(pid);
    _exit(0);
  }
  while (waitpid(middle, nullptr, 0) < 0 && errno == EINTR) continue;
  guard.pid_ = guard.places_[kPlaces - 1].exchange(0);
  if (guard.pid_ <= 0) return fail("can't start the guard");
  guard.pidfd_ = Fd::moved_up(static_cast<int>(syscall(SYS_pidfd_open, guard.pid_, 0)));
  close(ends[0]);
  guard.alive_ = Fd::moved_up(ends[1]);
  return guard;
}

/// The guard's whole life.
void Guard::watch(int gate) {
  setsid();
  prctl(PR_SET_NAME, "flinch-guard");
  // Holds nothing of its parent's: not its standard streams, whose readers wait for their end.
  if (dup2(gate, 0) < 0 || close_range(1, ~0U, 0) != 0) _exit(1);
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  char nothing = 0;
  while (read(0, &nothing, 1) < 0 && errno == EINTR) continue;
  for (std::uint32_t i = 0; i < kPlaces; ++i)
    if (const pid_t pid = places_[i].load(); pid > 0) kill(pid, SIGKILL);
  _exit(0);
}

Guard::Guard(Guard&& other) noexcept
    : places_{std::exchange(other.places_, nullptr)},
      alive_{std::move(other.alive_)},
      pidfd_{std::move(other.pidfd_)},
      pid_{std::exchange(other.pid_, 0)} {}

Guard::~Guard() {
  if (pid_ <= 0) return;
  alive_.reset();
  // It is gone before we are, so that whoever looks finds nothing left of us.
  struct pollfd gone = {pidfd_.get(), POLLIN, 0};
  while (poll(&gone, 1, 1000) < 0 && errno == EINTR) continue;
  munmap(places_, kPlaces * sizeof(pid_t));
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
