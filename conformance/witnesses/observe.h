// A child that makes calls on the bare kernel while its parent watches, stops, signals and feeds it.
// Nothing here waits for time to pass: the parent waits until the kernel says that the child sleeps in a
// call, and whoever waits for ever is ended by ctest.
#pragma once

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <functional>

#include "core/common/observe.h"

namespace flinch::conformance {

/// What a child and its parent both see.
struct Shared {
  std::atomic<long> result;    // of the child's work, -errno for an error
  std::atomic<int> handled;    // signals that reached count_signal()
  std::atomic<int> milestone;  // the work counts on where it needs to
};

inline Shared* shared_of_child = nullptr;  // in the child: its own

inline void count_signal(int) { shared_of_child->handled.fetch_add(1); }

/// In the child: counts a signal from now on.
inline void handle(int signal, int flags) {
  struct sigaction action {};
  action.sa_handler = count_signal;
  action.sa_flags = flags;
  sigaction(signal, &action, nullptr);
}

class Child {
 public:
  /// `work` runs in the child and returns as a system call does: -1 and errno, or a result.
  explicit Child(const std::function<long()>& work)
      : shared_{static_cast<Shared*>(
            mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))} {
    if (shared_ == MAP_FAILED) std::abort();
    pid_ = fork();
    if (pid_ < 0) std::abort();
    if (pid_ > 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    shared_of_child = shared_;
    const long result = work();
    shared_->result = result < 0 ? -errno : result;
    _exit(0);
  }
  ~Child() {
    if (!has_ended_) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    munmap(shared_, sizeof(Shared));
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Waits until the child sleeps in this call, or in its restart. False if it ends before.
  [[nodiscard]] bool sleeps_in(long number) const {
    return becomes([&] {
      const int now = number_it_blocks_in(pid_);
      return now == number || now == SYS_restart_syscall;
    });
  }

  /// Waits until a signal has reached count_signal(). False if the child ends before.
  [[nodiscard]] bool is_handled() const {
    return becomes([&] { return shared_->handled.load() > 0; });
  }

  /// Waits until the child's work has counted so far.
  void reaches(int milestone) const {
    while (shared_->milestone < milestone) sched_yield();
  }

  void stop() const {
    kill(pid_, SIGSTOP);
    int status = 0;
    waitpid(pid_, &status, WUNTRACED);
  }
  /// The child is runnable when this returns: found asleep later, it went to sleep again.
  void go_on() const { kill(pid_, SIGCONT); }
  void stop_and_go_on() const {
    stop();
    go_on();
  }
  void send(int signal) const { kill(pid_, signal); }

  /// Waits for the end.
  long result() {
    int status = 0;
    if (!has_ended_) waitpid(pid_, &status, 0);
    has_ended_ = true;
    return status == 0 ? shared_->result.load() : -ECHILD;
  }
  [[nodiscard]] int handled() const { return shared_->handled; }

 private:
  /// Waits until something is so. False if the child ends before.
  [[nodiscard]] bool becomes(const std::function<bool()>& condition) const {
    for (;;) {
      if (condition()) return true;
      siginfo_t info{};
      if (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0) return false;
      if (info.si_pid == pid_) return condition();
      sched_yield();
    }
  }

  Shared* shared_;
  pid_t pid_ = -1;
  bool has_ended_ = false;
};

}  // namespace flinch::conformance
