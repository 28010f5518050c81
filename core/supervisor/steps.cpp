// Calls that are made under our eyes: the thread stops just before the call, makes it with the arguments
// that the fault wants, and stops again behind it.
//
// A notification can't change arguments, so it is answered at once (the call does not happen), the
// thread stops on its way back, its registers are set back to the call, and it goes there again. Signals
// are held off until then, so that nothing gets in between.
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "core/decision/trim.h"
#include "core/supervisor/supervisor_impl.h"

namespace flinch {
namespace {

constexpr std::uint32_t kQuickCuts = 3;
constexpr std::uint32_t kCutsMax = 10;
constexpr std::size_t kScratchPart = 4096;

// The kernel's own answers for a call that a signal interrupted (include/linux/errno.h); a tracer sees them.
constexpr std::int64_t kErestartsys = -512;
constexpr std::int64_t kErestartnointr = -513;
constexpr std::int64_t kErestartnohand = -514;
constexpr std::int64_t kErestartblock = -516;

bool is_interruption(std::int64_t result) {
  return result == kErestartsys || result == kErestartnointr || result == kErestartnohand ||
         result == kErestartblock;
}

/// Will the kernel make the call again once `signal` has been dealt with (signal(7))?
bool restarts_after(std::int64_t result, int signal, const SignalTable& signals) {
  const std::uint64_t bit = signal > 0 ? std::uint64_t{1} << (signal - 1) : 0;
  if ((signals.handled & bit) == 0 || result == kErestartnointr) return true;
  return result == kErestartsys && (signals.restarting & bit) != 0;
}

unsigned long long* argument(user_regs_struct& registers, int index) {
  unsigned long long* const kArguments[] = {&registers.rdi, &registers.rsi, &registers.rdx,
                                            &registers.r10, &registers.r8,  &registers.r9};
  return kArguments[index];
}

Notified notified(const Step& step) {
  Notified call{step.number, step.pointer, {}};
  for (std::size_t i = 0; i < 6; ++i) call.args[i] = step.call.args[i];
  return call;
}

bool next_syscall_stop(pid_t tid) {
  int status = 0;
  return ptrace(PTRACE_SYSCALL, tid, nullptr, 0) == 0 && waitpid(tid, &status, __WALL) == tid &&
         WIFSTOPPED(status) && WSTOPSIG(status) == (SIGTRAP | 0x80);
}

/// Maps a page of ours in the stopped thread's process, with the call instruction that it stands behind.
std::uint64_t map_scratch(pid_t tid, const user_regs_struct& original) {
  user_regs_struct registers = original;
  registers.rip -= 2;
  registers.rax = SYS_mmap;
  registers.orig_rax = ~0ULL;
  registers.rdi = 0;
  registers.rsi = kScratchPart * Scratch::kParts;
  registers.rdx = PROT_READ | PROT_WRITE;
  registers.r10 = MAP_PRIVATE | MAP_ANONYMOUS;
  registers.r8 = ~0ULL;
  registers.r9 = 0;
  ptrace(PTRACE_SETREGS, tid, nullptr, &registers);
  if (!next_syscall_stop(tid) || !next_syscall_stop(tid)) return 0;
  ptrace(PTRACE_GETREGS, tid, nullptr, &registers);
  return static_cast<std::int64_t>(registers.rax) > 0 ? registers.rax : 0;
}

}  // namespace

/// A part of the process' scratch memory for as long as a step keeps it; none if all are in use, or if the
/// process forbade itself mmap(2).
std::shared_ptr<const std::uint64_t> Supervisor::lend_scratch(Thread& thread,
                                                              const user_regs_struct& original) {
  const std::shared_ptr<Scratch> scratch = thread.process->scratch;
  if (scratch->address == 0 && !thread.process->is_sandboxed)
    scratch->address = map_scratch(thread.tid, original);
  for (std::size_t i = 0; scratch->address != 0 && i < Scratch::kParts; ++i) {
    if (scratch->is_lent[i]) continue;
    scratch->is_lent[i] = true;
    return {new std::uint64_t{scratch->address + i * kScratchPart}, [scratch, i](const std::uint64_t* part) {
              scratch->is_lent[i] = false;
              delete part;
            }};
  }
  return nullptr;
}

void Supervisor::begin_step(Thread& thread, const seccomp_notif& notification, const Decision& decision,
                            Row row, const Step* before) {
  if (!seize(thread)) {
    go_on(thread, notification);
    return;
  }
  Step step;
  step.number = notification.data.nr;
  step.pointer = notification.data.instruction_pointer;
  step.call.row = row;
  for (int i = 0; i < 6; ++i) step.call.args[i] = notification.data.args[i];
  step.decision = decision;
  step.attempts = before == nullptr ? 0 : before->attempts;
  step.was_interrupted = before != nullptr && before->was_interrupted;
  step.event = begin_event(thread, step.call, decision);
  if (decision.keeps_ledger && before == nullptr) {
    RemoteWorld world = world_of(thread);
    StreamLedger{memory_->control()}.begin_write(decision.key, decision.mechanism,
                                                 detail::size_of_call(world, step.call));
  }
  const Carrier carrier = decision.fault.carrier;
  if (carrier == Carrier::kInterrupt || (carrier == Carrier::kCut && step.attempts < kQuickCuts)) {
    step.phase = carrier == Carrier::kCut ? Step::Phase::kCut : Step::Phase::kInterrupt;
    thread.step = step;
    if (decision.fault.signal != 0)
      syscall(SYS_tgkill, thread.process->tgid, thread.tid, static_cast<int>(decision.fault.signal));
    else
      ptrace(PTRACE_INTERRUPT, thread.tid, nullptr, nullptr);
    go_on(thread, notification);
    return;
  }
  if (carrier == Carrier::kCut && step.attempts < kCutsMax)
    timers_.emplace(Clock::now() + std::chrono::milliseconds(1 << (step.attempts - kQuickCuts)),
                    Timer{thread.tid, 0, {}, {}, row});
  step.phase = Step::Phase::kStop;
  thread.step = step;
  ptrace(PTRACE_INTERRUPT, thread.tid, nullptr, nullptr);
  answer(notification.id, 0, -ENOSYS);
}

void Supervisor::step_stopped(Thread& thread) {
  Step& step = *thread.step;
  if (step.stands_back) {
    put_off(thread, 0);
    return;
  }
  if (ptrace(PTRACE_GETREGS, thread.tid, nullptr, &step.original) != 0) return;
  constexpr std::uint64_t kAll = ~std::uint64_t{0};
  ptrace(PTRACE_GETSIGMASK, thread.tid, sizeof step.mask, &step.mask);
  ptrace(PTRACE_SETSIGMASK, thread.tid, sizeof kAll, &kAll);
  user_regs_struct registers = step.original;
  if (step.decision.fault.carrier == Carrier::kTrim && !trim(thread, step, registers))
    step.decision.fault = {};
  registers.rip -= 2;  // back to the instruction, which is `syscall` (two bytes) everywhere
  registers.rax = static_cast<unsigned long long>(step.number);
  registers.orig_rax = ~0ULL;
  ptrace(PTRACE_SETREGS, thread.tid, nullptr, &registers);
  step.phase = Step::Phase::kEntry;
  ptrace(PTRACE_SYSCALL, thread.tid, nullptr, 0);
}

/// Puts the fault's count into the registers; iovecs and message headers are copied to a page of ours, so
/// that the program's own stay as they are.
bool Supervisor::trim(Thread& thread, Step& step, user_regs_struct& registers) {
  const Arg kind = descriptor(step.call.row).args[1];
  const std::uint64_t amount = step.decision.fault.amount;
  if (kind == Arg::kInBuffer || kind == Arg::kOutBuffer) {
    registers.rdx = amount;
    return true;
  }
  step.scratch = lend_scratch(thread, step.original);
  if (!step.scratch) return false;
  const RemoteMemory memory{thread.tid};
  const std::uint64_t part = *step.scratch;
  iovec parts[kTrimmedMax];
  if (kind == Arg::kInIovec || kind == Arg::kOutIovec) {
    const std::size_t count = trim_iovec(memory, registers.rsi, registers.rdx, amount, parts);
    if (count == 0 || !memory.write(part, parts, count * sizeof *parts)) return false;
    registers.rsi = part;
    registers.rdx = count;
    return true;
  }
  msghdr message{};
  if (!memory.read(registers.rsi, &message, sizeof message)) return false;
  const std::size_t count =
      trim_iovec(memory, reinterpret_cast<std::uint64_t>(message.msg_iov), message.msg_iovlen, amount, parts);
  message.msg_iov = reinterpret_cast<iovec*>(part + sizeof message);  // NOLINT: an address over there
  message.msg_iovlen = count;
  if (count == 0 || !memory.write(part, &message, sizeof message) ||
      !memory.write(part + sizeof message, parts, count * sizeof *parts))
    return false;
  registers.rsi = part;
  return true;
}

/// What the kernel wrote into our copy of a message header belongs into the program's.
void Supervisor::copy_back(Thread& thread, const Step& step) {
  if (!step.scratch || descriptor(step.call.row).args[1] != Arg::kOutMessage) return;
  const RemoteMemory memory{thread.tid};
  msghdr ours{};
  msghdr theirs{};
  if (!memory.read(*step.scratch, &ours, sizeof ours) ||
      !memory.read(step.call.args[1], &theirs, sizeof theirs))
    return;
  theirs.msg_namelen = ours.msg_namelen;
  theirs.msg_controllen = ours.msg_controllen;
  theirs.msg_flags = ours.msg_flags;
  memory.write(step.call.args[1], &theirs, sizeof theirs);
}

void Supervisor::step_entered(Thread& thread) {
  Step& step = *thread.step;
  ptrace(PTRACE_SETSIGMASK, thread.tid, sizeof step.mask, &step.mask);
  step.phase = Step::Phase::kNotify;
  ptrace(PTRACE_SYSCALL, thread.tid, nullptr, 0);
}

void Supervisor::step_left(Thread& thread) {
  Step& step = *thread.step;
  user_regs_struct registers{};
  if (ptrace(PTRACE_GETREGS, thread.tid, nullptr, &registers) != 0) return;
  if (step.phase == Step::Phase::kRestart && !step.in_restart_call) {
    step.in_restart_call = true;  // the entry of restart_syscall(2)
    ptrace(PTRACE_SYSCALL, thread.tid, nullptr, 0);
    return;
  }
  const auto result = static_cast<std::int64_t>(registers.rax);
  if (step.phase == Step::Phase::kNotify && is_interruption(result)) {
    // A signal came while the call still waited for us. Linux knows no such wait: as it is, a handler
    // without SA_RESTART would make even a close(2) answer EINTR.
    put_off(thread, 0);
    return;
  }
  if (step.phase != Step::Phase::kRestart) {
    for (int i = 0; i < 6; ++i) *argument(registers, i) = *argument(step.original, i);
    ptrace(PTRACE_SETREGS, thread.tid, nullptr, &registers);
    copy_back(thread, step);
  }
  step.in_restart_call = false;
  if (is_interruption(result)) {
    step.phase = Step::Phase::kRestart;
    ptrace(result == kErestartblock ? PTRACE_SYSCALL : PTRACE_CONT, thread.tid, nullptr, 0);
    return;
  }
  finish_step(thread, result);
  release(thread, 0);
}

/// The thread ran into the interruption that was waiting for it.
void Supervisor::step_cut(Thread& thread) {
  user_regs_struct registers{};
  if (ptrace(PTRACE_GETREGS, thread.tid, nullptr, &registers) != 0) return;
  const auto result = static_cast<std::int64_t>(registers.rax);
  if (is_interruption(result)) {
    // Nothing went out yet: it is made again by the kernel, and cut then.
    Step again = std::move(*thread.step);
    ++again.attempts;
    thread.step.reset();
    thread.restarted = Restarted{notified(again), std::move(again)};
  } else {
    finish_step(thread, result);
  }
  release(thread, 0);
}

void Supervisor::retry_cut(Thread& thread) {
  if (thread.step && thread.step->phase == Step::Phase::kExit)
    ptrace(PTRACE_INTERRUPT, thread.tid, nullptr, nullptr);
}

/// A stop for a signal (or, with 0, without one) while a call is in our hands.
void Supervisor::step_signalled(Thread& thread, int signal) {
  Step& step = *thread.step;
  user_regs_struct registers{};
  if (ptrace(PTRACE_GETREGS, thread.tid, nullptr, &registers) != 0) return;
  auto result = static_cast<std::int64_t>(registers.rax);
  if (step.phase == Step::Phase::kRestart || step.phase == Step::Phase::kInterrupt ||
      step.phase == Step::Phase::kCut) {
    const bool is_interrupted = is_interruption(result);
    step.was_interrupted = step.was_interrupted || is_interrupted || result == -EINTR;
    if (is_interrupted && restarts_after(result, signal, *thread.process->signals)) {
      Step again = std::move(step);
      thread.step.reset();
      if (again.phase == Step::Phase::kCut || again.decision.fault.carrier == Carrier::kCut) ++again.attempts;
      if (again.decision.fault.carrier == Carrier::kInterrupt) again.decision.fault.carrier = Carrier::kNone;
      if (result != kErestartblock)
        thread.restarted = Restarted{notified(again), std::move(again)};
      else
        end_event(thread, again.event, std::nullopt);  // restart_syscall(2) is not notified
    } else {
      finish_step(thread, is_interrupted ? -EINTR : result);
    }
  } else if (step.phase == Step::Phase::kExit || step.phase == Step::Phase::kNotify) {
    ptrace(PTRACE_SYSCALL, thread.tid, nullptr, static_cast<long>(signal));
    return;
  } else {
    put_off(thread, signal);
    return;
  }
  release(thread, signal);
}

/// A stop of the whole group, or a signal, comes before the call was made: the thread goes its way as if it
/// had come just before the call, which it makes when it is back.
void Supervisor::put_off(Thread& thread, int signal) {
  Step step = std::move(*thread.step);
  thread.step.reset();
  if (step.phase == Step::Phase::kStop && ptrace(PTRACE_GETREGS, thread.tid, nullptr, &step.original) != 0)
    return;
  if (step.phase == Step::Phase::kEntry) ptrace(PTRACE_SETSIGMASK, thread.tid, sizeof step.mask, &step.mask);
  user_regs_struct registers = step.original;
  registers.rip -= 2;
  registers.rax = static_cast<unsigned long long>(step.number);
  registers.orig_rax = ~0ULL;
  ptrace(PTRACE_SETREGS, thread.tid, nullptr, &registers);
  if (!step.stands_back) thread.restarted = Restarted{notified(step), std::move(step)};
  release(thread, signal);
}

/// The call has ended: the ledger and the log hear of it.
void Supervisor::finish_step(Thread& thread, std::int64_t result) {
  Step step = std::move(*thread.step);
  thread.step.reset();
  if (step.decision.keeps_ledger)
    StreamLedger{memory_->control()}.end_write(step.decision.key, result,
                                               static_cast<std::uint32_t>(thread.process->tgid));
  const Fault& fault = step.decision.fault;
  RemoteWorld world = world_of(thread);
  if (fault.carrier == Carrier::kCut) {
    const bool is_cut =
        result > 0 && static_cast<std::uint64_t>(result) < detail::size_of_call(world, step.call);
    if (is_cut) {
      count_fault(fault);
      step.event.fault_amount = static_cast<std::uint64_t>(result);
    } else {
      step.event.fault_kind = FaultKind::kNone;
    }
  }
  if (fault.kind == FaultKind::kEintr) {
    if (step.was_interrupted || result == -EINTR)
      count_fault(fault);
    else
      step.event.fault_kind = fault.signal != 0 ? FaultKind::kSignal : FaultKind::kNone;
  }
  end_event(thread, step.event, result);
}

}  // namespace flinch
