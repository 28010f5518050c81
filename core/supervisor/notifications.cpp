// seccomp: calls that wait for an answer.
#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include "core/supervisor/supervisor_impl.h"

namespace flinch {
namespace {

Call call_of(const seccomp_notif& notification, Row row) {
  Call call{row, {}};
  for (int i = 0; i < 6; ++i) call.args[i] = notification.data.args[i];
  return call;
}

Notified notified(const seccomp_notif& notification) {
  Notified call{notification.data.nr, notification.data.instruction_pointer, {}};
  for (std::size_t i = 0; i < 6; ++i) call.args[i] = notification.data.args[i];
  return call;
}

bool makes_a_child(Row row) {
  return row == Row::fork || row == Row::vfork || row == Row::clone || row == Row::clone3;
}

bool is_untraced(const RemoteMemory& memory, const seccomp_notif& notification) {
  std::uint64_t flags = notification.data.nr == SYS_clone ? notification.data.args[0] : 0;
  if (notification.data.nr == SYS_clone3) memory.read(notification.data.args[0], &flags, sizeof flags);
  return (flags & CLONE_UNTRACED) != 0;
}

bool is_exec(Row row) { return row == Row::execve || row == Row::execveat; }

bool is_exit(Row row) { return row == Row::exit || row == Row::exit_group; }

}  // namespace

bool Supervisor::answer(std::uint64_t id, std::int64_t value, int error) {
  seccomp_notif_resp response{};
  response.id = id;
  response.val = value;
  response.error = error;
  return ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_SEND, &response) == 0;
}

/// Lets the kernel carry the call out as it stands.
void Supervisor::let_go(const seccomp_notif& notification) {
  seccomp_notif_resp response{};
  response.id = notification.id;
  response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_SEND, &response);
}

/// The same, for a call that may be interrupted and made again.
void Supervisor::go_on(Thread& thread, const seccomp_notif& notification) {
  const Row row = row_of_number(notification.data.nr);
  if (row != Row::kCount && descriptor(row).restart != Restart::kNotBlocking) {
    thread.last[thread.last_count % thread.last.size()] = notified(notification);
    ++thread.last_count;
  }
  let_go(notification);
}

int Supervisor::pidfd_of(Thread& thread) {
  // A thread's own view of its descriptors (Linux 6.9), or else the process'.
  constexpr unsigned int kPidfdThread = O_EXCL;
  if (thread.tid == thread.process->tgid) return thread.process->pidfd.get();
  if (!thread.pidfd)
    thread.pidfd = Fd::moved_up(static_cast<int>(syscall(SYS_pidfd_open, thread.tid, kPidfdThread)));
  return thread.pidfd ? thread.pidfd.get() : thread.process->pidfd.get();
}

void Supervisor::on_notification(const seccomp_notif& notification) {
  const auto tid = static_cast<pid_t>(notification.pid);
  // Whoever stopped before it called has to be known by its name first.
  if (find(tid) == nullptr) {
    reap();
    // Killed meanwhile: nobody to be named any more.
    if (find(tid) == nullptr && ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_ID_VALID, &notification.id) != 0)
      return;
  }
  Thread* const caller = find_or_adopt(tid);
  if (caller == nullptr) return;  // it has been killed meanwhile
  Thread& thread = *caller;
  const int number = notification.data.nr;
  const bool executes = is_exec(row_of_number(number));
  if (thread.process->executing == tid) thread.process->executing = 0;  // the exec before has failed
  if (executes && thread.process->threads_born > 1) thread.process->executing = tid;
  if (number == kHelloNumber) {
    on_hello(thread, notification);
    return;
  }
  const std::uint64_t option = notification.data.args[0];
  if (number == SYS_prctl && (option == PR_SET_PDEATHSIG || option == PR_GET_PDEATHSIG)) {
    on_death_signal(thread, notification);
    return;
  }
  if (number == SYS_seccomp || number == SYS_prctl) {
    on_sandbox(thread, notification);
    return;
  }
  const Row row = row_of_number(number);
  if (thread.resume) {  // the rest of a call that was seen before
    let_go(notification);
    return;
  }
  if (thread.step && thread.step->phase == Step::Phase::kNotify && number == thread.step->number) {
    thread.step->phase = Step::Phase::kExit;
    go_on(thread, notification);
    return;
  }
  if (thread.step && thread.step->phase == Step::Phase::kRestart)
    thread.restarted = Restarted{notified(notification), std::move(thread.step)};
  // Any other thread that was to be stepped has gone another way (a handler that never came back).
  thread.step.reset();
  if (!is_running_ || row == Row::kCount) {
    go_on(thread, notification);
    return;
  }
  if (makes_a_child(row) && is_untraced(RemoteMemory{tid}, notification)) {
    if (!stand_back(thread, notification)) return;
  } else if (executes || makes_a_child(row)) {
    seize(thread);
  }
  on_call(thread, notification, row);
}

/// A child that nobody is to trace may trace its parent, as LeakSanitizer's does: nobody else may be attached
/// to it then. False if somebody still is: the call comes again once that is over.
bool Supervisor::stand_back(Thread& thread, const seccomp_notif& notification) {
  thread.process->traces_itself = true;
  bool is_attached = false;
  for (const auto& [tid, other] : threads_) {
    if (other->process != thread.process || !other->is_seized) continue;
    is_attached = true;
    if (!other->step) ptrace(PTRACE_INTERRUPT, tid, nullptr, nullptr);
  }
  if (!is_attached) return true;
  if (thread.is_seized) {
    Step step;
    step.number = notification.data.nr;
    step.stands_back = true;
    thread.step = step;
    answer(notification.id, 0, -ENOSYS);
  } else {
    constexpr auto kAgain = std::chrono::milliseconds(1);
    timers_.emplace(Clock::now() + kAgain, Timer{thread.tid, notification.id, notification, {}, Row::kCount});
  }
  return false;
}

void Supervisor::on_hello(Thread& thread, const seccomp_notif& notification) {
  const auto add = [&](int fd) {
    seccomp_notif_addfd request{};
    request.id = notification.id;
    request.flags = SECCOMP_ADDFD_FLAG_SEND;
    request.srcfd = static_cast<std::uint32_t>(fd);
    request.newfd_flags = O_CLOEXEC;
    if (ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_ADDFD, &request) < 0) answer(notification.id, 0, -EMFILE);
  };
  switch (static_cast<Hello>(notification.data.args[0])) {
    case Hello::kMapPlan: add(memory_->plan_fd()); return;
    case Hello::kMapControl: add(memory_->control_fd()); return;
    case Hello::kWhoAmI: {
      thread.tls = notification.data.args[1];
      const bool has_slot = thread.slot_index != kNoSlot;
      answer(notification.id, has_slot ? thread.slot_index : 0, has_slot ? 0 : -ENOMEM);
      return;
    }
    case Hello::kFlush:
      drain(thread);
      answer(notification.id, 0, 0);
      return;
    case Hello::kEvent:
      add_event(thread, notification.data.args[1]);
      answer(notification.id, 0, 0);
      return;
    case Hello::kOweEdge: {
      RemoteWorld world = world_of(thread);
      const std::uint64_t watchers = memory_->control().edge_watchers.load();
      owe_edge(world, thread.process->tgid, static_cast<int>(notification.data.args[1]), watchers);
      world.forget();
      answer(notification.id, 0, 0);
      return;
    }
  }
  answer(notification.id, 0, -ENOSYS);
}

/// The program's death signal is ours (launch.h), until it asks for another: it is not to see that.
void Supervisor::on_death_signal(Thread& thread, const seccomp_notif& notification) {
  constexpr std::uint64_t kLastSignal = 64;  // beyond it the kernel says EINVAL
  const auto& args = notification.data.args;
  if (thread.tid == root_ && args[0] == PR_SET_PDEATHSIG && args[1] <= kLastSignal) {
    start_guard();
    has_death_signal_ = true;
  }
  if (thread.tid != root_ || has_death_signal_ || args[0] == PR_SET_PDEATHSIG) {
    let_go(notification);
    return;
  }
  constexpr int kNone = 0;
  const bool is_told = RemoteMemory{thread.tid}.write(args[1], &kNone, sizeof kNone);
  answer(notification.id, 0, is_told ? 0 : -EFAULT);
}

/// The program is about to install a filter of its own, which knows nothing of the calls that a shim makes
/// besides the program's: from here on it and its children are tier 0's alone, which makes none in them.
void Supervisor::on_sandbox(Thread& thread, const seccomp_notif& notification) {
  const auto& args = notification.data.args;
  const bool is_prctl = notification.data.nr == SYS_prctl;
  if (is_prctl ? args[1] == SECCOMP_MODE_STRICT : args[0] == SECCOMP_SET_MODE_STRICT && args[1] == 0)
    remark("process " + thread.process->path +
           " asked for seccomp's strict mode, which Linux does not give a process that has a filter: it got "
           "EINVAL, as in a container");
  // Without a filter to install it only asks whether there is seccomp.
  const bool installs = is_prctl ? args[1] == SECCOMP_MODE_FILTER && args[2] != 0
                                 : args[0] == SECCOMP_SET_MODE_FILTER && args[2] != 0;
  if (installs) {
    thread.process->is_sandboxed = true;
    constexpr std::uint32_t kSandboxed = 1;
    RemoteMemory{thread.tid}.write(kSandboxAddress, &kSandboxed, sizeof kSandboxed);
  }
  let_go(notification);
}

/// What later decisions need to know of calls that are not disturbed themselves.
void Supervisor::track(Thread& thread, Row row, const seccomp_notif& notification) {
  if (row != Row::rt_sigaction || notification.data.args[1] == 0) return;
  struct {
    std::uint64_t handler;
    std::uint64_t flags;
  } action{};
  const std::uint64_t signal = notification.data.args[0];
  if (signal < 1 || signal > 64 ||
      !RemoteMemory{thread.tid}.read(notification.data.args[1], &action, sizeof action))
    return;
  const std::uint64_t bit = std::uint64_t{1} << (signal - 1);
  SignalTable& table = *thread.process->signals;
  table.handled = action.handler > 1 ? table.handled | bit : table.handled & ~bit;
  table.restarting = (action.flags & SA_RESTART) != 0 ? table.restarting | bit : table.restarting & ~bit;
  if (!stays_attached(thread)) return;
  for (const auto& [tid, other] : threads_)
    if (other->process == thread.process) seize(*other);
}

void Supervisor::on_call(Thread& thread, const seccomp_notif& notification, Row row) {
  track(thread, row, notification);
  if (thread.restarted && thread.restarted->call == notified(notification)) {
    const std::optional<Step> step = std::move(thread.restarted->step);
    thread.restarted.reset();
    if (step)
      begin_step(thread, notification, step->decision, row, &*step);
    else
      go_on(thread, notification);
    return;
  }
  if (is_made_again(thread, notification)) {
    go_on(thread, notification);
    return;
  }
  ++outcome_.notified;
  Decision decision;
  RemoteWorld world = world_of(thread);
  if (row == Row::io_uring_setup && !plan_.trapped.empty()) {
    remark("io_uring was refused (ENOSYS): it goes round every system call that flinch could see");
    decision.mechanism = Mechanism::kIoUring;
    decision.nth = ++thread.slot->nth[static_cast<std::size_t>(row)];
    Event event = begin_event(thread, call_of(notification, row), decision);
    end_event(thread, event, -ENOSYS);
    answer(notification.id, 0, -ENOSYS);
    return;
  }
  if (thread.slot->escalated_row == static_cast<std::int32_t>(row)) {
    --outcome_.notified;
    decision.fault = thread.slot->escalated;
    decision.nth = thread.slot->escalated_nth;
    decision.mechanism = thread.slot->escalated_mechanism;
    decision.key = thread.slot->escalated_key;
    decision.keeps_ledger = thread.slot->escalated_keeps_ledger != 0;
    thread.slot->escalated_row = -1;
    if (decision.mechanism >= Mechanism::kCount || decision.fault.kind >= FaultKind::kCount ||
        decision.fault.rule >= kRuleMax || decision.fault.signal > 64)
      decision = {};
  } else if (thread.slot->active.has(row)) {
    decision = Decider<RemoteWorld>{plan_, memory_->control(), *thread.slot, world}.decide(
        call_of(notification, row));
  }
  carry_out(thread, notification, decision, row, world);
}

RemoteWorld Supervisor::world_of(Thread& thread) {
  return {thread.tid, pidfd_of(thread), thread.process->signals->restarting};
}

void Supervisor::carry_out(Thread& thread, const seccomp_notif& notification, Decision decision, Row row,
                           RemoteWorld& world) {
  const bool logs = plan_.logs_calls != 0 && decision.nth != 0;
  if (is_exit(row)) {
    if (logs) {
      Event event = begin_event(thread, call_of(notification, row), decision);
      end_event(thread, event, std::nullopt);
    }
    // A thread that ends gives its slot back before its successor can stand at the same address.
    const seccomp_notif last = notification;
    if (row == Row::exit) remove_thread(thread.tid);
    let_go(last);
    return;
  }
  const Carrier carrier = decision.fault.carrier;
  // Whether a call was cut or interrupted shows when it ends.
  if (carrier != Carrier::kNone && carrier != Carrier::kCut && carrier != Carrier::kInterrupt)
    count_fault(decision.fault);
  const std::uint64_t watchers = memory_->control().edge_watchers.load();
  const auto fd = static_cast<int>(notification.data.args[0]);
  switch (carrier) {
    case Carrier::kRefuse: {
      if (watchers != 0) owe_edge(world, thread.process->tgid, fd, watchers);
      if (logs) {
        Event event = begin_event(thread, call_of(notification, row), decision);
        end_event(thread, event, -EAGAIN);
      }
      world.forget();
      answer(notification.id, 0, -EAGAIN);
      return;
    }
    case Carrier::kTrim:
      if (watchers != 0) owe_edge(world, thread.process->tgid, fd, watchers);
      if (do_directly(thread, notification, decision, call_of(notification, row), world)) return;
      world.forget();
      begin_step(thread, notification, decision, row);
      return;
    case Carrier::kShrink:
      Probe{LocalSyscall{}}.shrink(world.local(fd), decision.mechanism, decision.fault.amount);
      break;
    case Carrier::kWait:
      timers_.emplace(Clock::now() + std::chrono::nanoseconds(decision.fault.amount),
                      Timer{thread.tid, notification.id, notification, decision, row});
      return;
    case Carrier::kCut:
      Probe{LocalSyscall{}}.shrink(world.local(fd), decision.mechanism, decision.fault.amount);
      world.forget();
      begin_step(thread, notification, decision, row);
      return;
    case Carrier::kInterrupt:
      world.forget();
      begin_step(thread, notification, decision, row);
      return;
    case Carrier::kSend:
      // A tracer is woken even by a signal that the kernel would throw away.
      if (!thread.is_seized || !throws_away(thread, decision.fault.signal))
        syscall(SYS_tgkill, thread.process->tgid, thread.tid, decision.fault.signal);
      break;
    case Carrier::kNone: break;
  }
  if (carrier == Carrier::kNone && decision.keeps_ledger &&
      do_directly(thread, notification, decision, call_of(notification, row), world))
    return;
  world.forget();
  if (logs || decision.keeps_ledger)
    begin_step(thread, notification, decision, row);
  else
    go_on(thread, notification);
}

}  // namespace flinch
