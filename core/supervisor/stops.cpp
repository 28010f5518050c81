// ptrace: what a thread that is attached for a moment reports.
#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <utility>

#include "core/supervisor/supervisor_impl.h"

namespace flinch {

namespace {

constexpr unsigned long kSeizeOptions = PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                                        PTRACE_O_TRACECLONE | PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;

bool is_job_control(int signal) {
  return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

}  // namespace

bool Supervisor::seize(Thread& thread) {
  // An exec waits for its process' other threads to be gone, and an attachment to one of them waits for the
  // exec: neither of us would ever come back.
  const pid_t executing = thread.process->executing;
  if (executing != 0 && executing != thread.tid) return thread.is_seized;
  if (thread.is_seized)
    return ptrace(PTRACE_SETOPTIONS, thread.tid, nullptr, kSeizeOptions) == 0 || errno == ESRCH;
  thread.is_seized = ptrace(PTRACE_SEIZE, thread.tid, nullptr, kSeizeOptions) == 0;
  if (!thread.is_seized && errno == EPERM)
    remark("process " + thread.process->path +
           " is traced by another process (a debugger, strace): its calls are seen but not disturbed, and "
           "its children are named by what /proc says");
  return thread.is_seized;
}

/// A handler without SA_RESTART makes calls answer EINTR, and seccomp's wait for our answer is one that
/// it can end, in calls that Linux never interrupts (fork, pipe2, close). Only a tracer can mend that, so
/// such a process stays attached. Signals of the thread's own making come in no such wait.
bool Supervisor::stays_attached(const Thread& thread) {
  constexpr auto bit = [](int signal) { return std::uint64_t{1} << (signal - 1); };
  constexpr std::uint64_t kOwnMaking =
      bit(SIGSEGV) | bit(SIGBUS) | bit(SIGFPE) | bit(SIGILL) | bit(SIGTRAP) | bit(SIGABRT) | bit(SIGSYS);
  const SignalTable& signals = *thread.process->signals;
  return !thread.process->traces_itself && (signals.handled & ~signals.restarting & ~kOwnMaking) != 0;
}

/// Lets a stopped thread go its own way, with the signal that it stopped for.
void Supervisor::release(Thread& thread, int signal) {
  const bool is_group_stop = std::exchange(thread.is_in_group_stop, false);
  if (stays_attached(thread)) {
    thread.is_seized = true;
    if (is_group_stop)
      ptrace(PTRACE_LISTEN, thread.tid, nullptr, nullptr);
    else
      ptrace(PTRACE_CONT, thread.tid, nullptr, static_cast<long>(signal));
    return;
  }
  thread.is_seized = false;
  ptrace(PTRACE_DETACH, thread.tid, nullptr, static_cast<long>(signal));
}

void Supervisor::on_status(pid_t pid, int status) {
  if (WIFSTOPPED(status)) {
    on_stop(pid, status);
    return;
  }
  const bool is_process = processes_.contains(pid);
  if (pid == root_ && (WIFEXITED(status) || WIFSIGNALED(status))) {
    outcome_.end = WIFEXITED(status) ? RunOutcome::End::kExited : RunOutcome::End::kSignalled;
    outcome_.value = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
    outcome_.dumped_core = WIFSIGNALED(status) && WCOREDUMP(status);
  }
  unborn_.erase(pid);
  if (is_process)
    remove_process(pid);
  else
    remove_thread(pid);
}

void Supervisor::on_stop(pid_t pid, int status) {
  const int signal = WSTOPSIG(status);
  const int event = status >> 16;
  if (event == PTRACE_EVENT_EXEC) {
    on_exec(pid);  // under the leader's number, which may have no thread any more
    return;
  }
  Thread* thread = find(pid);
  if (thread == nullptr) {
    // A child at its first stop, whose parent's event comes next. It waits for its name.
    on_unknown_stop(pid);
    return;
  }
  if (event != 0) {
    on_event(*thread, event, signal);
  } else if (signal == (SIGTRAP | 0x80)) {
    if (thread->resume)
      resume_stopped(*thread);
    else if (thread->step && thread->step->phase == Step::Phase::kEntry)
      step_entered(*thread);
    else if (thread->step)
      step_left(*thread);
    else
      release(*thread, 0);
  } else {
    on_signal_stop(*thread, signal);
  }
}

void Supervisor::on_event(Thread& thread, int event, int signal) {
  if (thread.resume) leave_resume(thread);
  const bool is_stepping = thread.step.has_value();
  thread.is_in_group_stop = event == PTRACE_EVENT_STOP && is_job_control(signal);
  switch (event) {
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE: {
      unsigned long child = 0;
      if (ptrace(PTRACE_GETEVENTMSG, thread.tid, nullptr, &child) != 0) return;  // killed meanwhile
      on_birth(thread, static_cast<pid_t>(child));
      // A logged fork goes on to its exit stop.
      if (is_stepping)
        ptrace(PTRACE_SYSCALL, thread.tid, nullptr, 0);
      else
        release(thread, 0);
      return;
    }
    case PTRACE_EVENT_STOP:
      if (is_stepping && thread.step->phase == Step::Phase::kStop && !is_job_control(signal)) {
        step_stopped(thread);
      } else if (is_stepping && thread.step->phase == Step::Phase::kCut) {
        step_cut(thread);
      } else if (is_stepping && (thread.step->phase == Step::Phase::kInterrupt ||
                                 thread.step->phase == Step::Phase::kRestart)) {
        step_signalled(thread, 0);
      } else if (is_stepping &&
                 (thread.step->phase == Step::Phase::kStop || thread.step->phase == Step::Phase::kEntry)) {
        put_off(thread, 0);
      } else {
        release(thread, 0);
      }
      return;
    default: release(thread, 0);
  }
}

void Supervisor::on_signal_stop(Thread& thread, int signal) {
  spare_restart_call(thread, signal);
  if (thread.step) {
    step_signalled(thread, signal);
    return;
  }
  if (thread.resume) leave_resume(thread);
  if (!mend_interruption(thread, signal)) release(thread, signal);
}

}  // namespace flinch
