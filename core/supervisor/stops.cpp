// ptrace: what a thread that is attached for a moment reports.
#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

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
  if (thread.is_seized)
    return ptrace(PTRACE_SETOPTIONS, thread.tid, nullptr, kSeizeOptions) == 0 || errno == ESRCH;
  thread.is_seized = ptrace(PTRACE_SEIZE, thread.tid, nullptr, kSeizeOptions) == 0;
  if (!thread.is_seized && errno == EPERM)
    remark("process " + thread.process->path +
           " is traced by another process (a debugger, strace): its calls are seen but not disturbed, and "
           "its children are named by what /proc says");
  return thread.is_seized;
}

/// Lets a stopped thread go its own way, with the signal that it stopped for.
void Supervisor::release(Thread& thread, int signal) {
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
  Thread* thread = find(pid);
  if (thread == nullptr) {
    // A child at its first stop, whose parent's event comes next. It waits for its name.
    unborn_[pid] = pid;
    return;
  }
  if (event != 0) {
    on_event(*thread, event, signal);
  } else if (signal == (SIGTRAP | 0x80)) {
    if (thread->step && thread->step->phase == Step::Phase::kEntry)
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
  const bool is_stepping = thread.step.has_value();
  switch (event) {
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE: {
      unsigned long child = 0;
      ptrace(PTRACE_GETEVENTMSG, thread.tid, nullptr, &child);
      on_birth(thread, static_cast<pid_t>(child));
      // A logged fork goes on to its exit stop.
      if (is_stepping)
        ptrace(PTRACE_SYSCALL, thread.tid, nullptr, 0);
      else
        release(thread, 0);
      return;
    }
    case PTRACE_EVENT_EXEC: on_exec(thread.tid); return;
    case PTRACE_EVENT_STOP:
      if (is_stepping && thread.step->phase == Step::Phase::kStop && !is_job_control(signal)) {
        step_stopped(thread);
      } else if (is_stepping && thread.step->phase == Step::Phase::kCut) {
        step_cut(thread);
      } else if (is_stepping && (thread.step->phase == Step::Phase::kInterrupt ||
                                 thread.step->phase == Step::Phase::kRestart)) {
        step_signalled(thread, 0);
      } else {
        release(thread, 0);
      }
      return;
    default: release(thread, 0);
  }
}

void Supervisor::on_signal_stop(Thread& thread, int signal) {
  if (thread.step)
    step_signalled(thread, signal);
  else
    release(thread, signal);
}

}  // namespace flinch
