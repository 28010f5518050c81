#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>

#include "core/supervisor/filter.h"
#include "core/supervisor/supervisor_impl.h"

namespace flinch {
namespace {

constexpr int kDrainEveryMs = 20;

/// One descriptor a process is ours; the program's own limits stay what they are.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= 65536) return;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 65536);
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

Supervisor::Supervisor(const RunRequest& request, std::unique_ptr<SharedMemory> memory)
    : request_{request}, plan_{request.plan}, memory_{std::move(memory)} {}

Supervisor::~Supervisor() {
  if (!signals_) return;
  sigaction(SIGCHLD, &outer_.child, nullptr);
  sigprocmask(SIG_SETMASK, &outer_.mask, nullptr);
  prctl(PR_SET_CHILD_SUBREAPER, was_subreaper_, 0, 0, 0);
}

Result<void> Supervisor::start() {
  auto filter = build_filter(plan_);
  if (!filter) return fail(filter.error().text);
  // Blocked, and read from a descriptor; the program starts with the mask that we were given.
  sigset_t ours;
  sigemptyset(&ours);
  for (const int signal : {SIGCHLD, SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGPIPE}) sigaddset(&ours, signal);
  sigprocmask(SIG_BLOCK, &ours, &outer_.mask);
  // Ignored, it would take our children's statuses away.
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  sigaction(SIGCHLD, &usual, &outer_.child);
  sigdelset(&ours, SIGPIPE);
  signals_ = Fd::moved_up(signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK));
  epoll_ = Fd::moved_up(epoll_create1(EPOLL_CLOEXEC));
  prctl(PR_GET_CHILD_SUBREAPER, &was_subreaper_, 0, 0, 0);
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  auto launched = launch(request_.program, request_.environment, *filter,
                         PTRACE_O_TRACEEXEC | PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL, outer_);
  if (!launched) return fail(launched.error().text);
  raise_descriptor_limit();
  root_ = launched->pid;
  exec_error_ = launched->exec_error;
  listener_ = std::move(launched->listener);
#ifdef SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP
  ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
#else
  // Linux 6.6; older headers do not name it. The answer wakes the program on our own core.
  ioctl(listener_.get(), _IOW('!', 4, std::uint64_t), 1UL);
#endif
  watch(listener_, 0);
  watch(signals_, 0);
  add_thread(root_, add_process(root_, "0")).is_seized = true;
  guard_at_ = Clock::now() + kGuardAfter;
  if (request_.timeout_s) {
    const auto limit = std::chrono::duration<double>(*request_.timeout_s);
    deadline_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(limit);
  }
  return {};
}

Result<RunOutcome> Supervisor::run() {
  outcome_.injected_by_rule.resize(plan_.rule_count);
  if (auto started = start(); !started) return fail(started.error().text);
  loop();
  for (std::uint32_t i = 0; i < plan_.rule_count; ++i)
    outcome_.injected_by_rule[i] = memory_->control().rule_injected[i].load();
  outcome_.remarks.assign(remarks_.begin(), remarks_.end());
  if (is_timed_out_) outcome_.end = RunOutcome::End::kTimedOut;
  if (!is_running_ && *exec_error_ != 0) {
    outcome_.end = *exec_error_ == ENOENT || *exec_error_ == ENOTDIR ? RunOutcome::End::kNotFound
                                                                     : RunOutcome::End::kNotExecutable;
    outcome_.value = *exec_error_ == ENOTDIR ? ENOENT : *exec_error_;
  }
  return outcome_;
}

void Supervisor::loop() {
  while (!processes_.empty()) {
    wait_for_something();
    if (deadline_ && Clock::now() >= *deadline_ && !is_timed_out_) {
      is_timed_out_ = true;
      log_unfinished();
      kill_everybody();
    }
    run_timers();
    if (!guard_ && Clock::now() >= guard_at_) start_guard();
    if (!unborn_.empty()) adopt_overdue();
  }
  // What the tree left to us as its subreaper.
  reap();
  if (request_.sink != nullptr) request_.sink->flush();
}

/// Has the loop told when `fd` has something to say; of a process, that it has ended.
void Supervisor::watch(const Fd& fd, pid_t tgid) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = static_cast<std::uint64_t>(fd.get()) << 32 | static_cast<std::uint32_t>(tgid);
  epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd.get(), &event);
}

int Supervisor::poll_timeout_ms() const {
  std::optional<Clock::time_point> next = is_timed_out_ ? std::nullopt : deadline_;
  if (!guard_ && !is_timed_out_ && (!next || guard_at_ < *next)) next = guard_at_;
  if (!timers_.empty() && (!next || timers_.begin()->first < *next)) next = timers_.begin()->first;
  int timeout = plan_.logs_calls != 0 ? kDrainEveryMs : -1;
  if (!unborn_.empty() && timeout < 0) timeout = kAdoptAfterMs;
  if (next) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(*next - Clock::now()).count() + 1;
    const int wait = static_cast<int>(std::clamp<long>(left, 0, 60'000));
    timeout = timeout < 0 ? wait : std::min(timeout, wait);
  }
  return timeout;
}

void Supervisor::wait_for_something() {
  epoll_event events[16];
  const int count = epoll_wait(epoll_.get(), events, 16, poll_timeout_ms());
  if (count == 0 && plan_.logs_calls != 0) {
    drain_everybody();
    request_.sink->flush();
  }
  for (int i = 0; i < count; ++i) {
    const auto fd = static_cast<int>(events[i].data.u64 >> 32);
    const auto tgid = static_cast<pid_t>(events[i].data.u64);
    if (fd == listener_.get()) {
      // Without a process left that the filter is for, it hangs up, and has nothing more to say.
      if ((events[i].events & EPOLLIN) != 0)
        take_notifications();
      else
        epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
    } else if (fd == signals_.get()) {
      signalfd_siginfo info{};
      while (read(signals_.get(), &info, sizeof info) == sizeof info)
        if (info.ssi_signo != SIGCHLD) forward(static_cast<int>(info.ssi_signo));
      reap();
    } else {
      // A process has ended, all of its threads with it. What was our child is reaped first: its
      // status must not get lost.
      reap();
      const auto process = processes_.find(tgid);
      if (process != processes_.end() && process->second->pidfd.get() == fd) remove_process(tgid);
    }
  }
}

void Supervisor::take_notifications() {
  // One at a time: the next one's thread may be waiting for what this one brings about.
  seccomp_notif notification{};
  if (ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_RECV, &notification) == 0) {
    on_notification(notification);
  } else if (errno != ENOENT && errno != EINTR) {
    epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listener_.get(), nullptr);
  }
}

/// The program itself dies with us by its death signal (launch.h); this is for everybody else, and for when
/// the kernel has forgotten that signal. Short runs of one process do without.
void Supervisor::start_guard() {
  if (guard_) return;
  // It is to be nobody's child, and so not ours as the subreaper's. Nobody is orphaned meanwhile: the program
  // is alone, or stopped.
  prctl(PR_SET_CHILD_SUBREAPER, was_subreaper_, 0, 0, 0);
  auto guard = Guard::start();
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  guard_at_ = Clock::now() + kGuardAfter;
  if (!guard) {
    remark("should flinch be killed, processes of the program may live on: " + guard.error().text);
    return;
  }
  guard_.emplace(std::move(*guard));
  for (const auto& [tgid, process] : processes_) process->guard_place = guard_->add(tgid);
}

void Supervisor::reap() {
  for (;;) {
    int status = 0;
    const pid_t pid = waitpid(-1, &status, WNOHANG | __WALL);
    if (pid <= 0) return;
    on_status(pid, status);
  }
}

void Supervisor::run_timers() {
  while (!timers_.empty() && timers_.begin()->first <= Clock::now()) {
    Timer timer = timers_.begin()->second;
    timers_.erase(timers_.begin());
    Thread* thread = find(timer.tid);
    if (thread == nullptr) continue;
    if (timer.notification == 0) {
      retry_cut(*thread);
    } else if (timer.row == Row::kCount) {
      on_notification(timer.delayed);
    } else {
      timer.decision.fault.carrier = Carrier::kNone;  // it has been carried out
      RemoteWorld world = world_of(*thread);
      carry_out(*thread, timer.delayed, timer.decision, timer.row, world);
    }
  }
}

void Supervisor::kill_everybody() {
  // Nobody can be born behind our back: every fork waits for our answer.
  for (const auto& [tgid, process] : processes_)
    syscall(SYS_pidfd_send_signal, process->pidfd.get(), SIGKILL, nullptr, 0);
}

void Supervisor::forward(int signal) {
  // The terminal sends INT and QUIT to the program itself.
  const auto root = processes_.find(root_);
  if ((signal == SIGTERM || signal == SIGHUP) && root != processes_.end())
    syscall(SYS_pidfd_send_signal, root->second->pidfd.get(), signal, nullptr, 0);
}

void Supervisor::remark(const std::string& text) { remarks_.insert(text); }

Result<RunOutcome> run(const RunRequest& request) {
  auto memory = SharedMemory::create(request.plan);
  if (!memory) return fail(memory.error().text);
  Supervisor supervisor{request, std::move(*memory)};
  return supervisor.run();
}

}  // namespace flinch
