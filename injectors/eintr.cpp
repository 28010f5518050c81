// Interrupted calls: a real signal whose handler runs, or a stop and continue, while the call is about
// to block. The kernel answers: EINTR, or a restart where SA_RESTART asks for it.
#include <signal.h>

#include "injectors/injectors.h"

namespace flinch {
namespace {

/// Nobody waits for memory.
bool applies(Row row, Mechanism mechanism) {
  return descriptor(row).restart != Restart::kNotBlocking && mechanism != Mechanism::kPosixShm;
}

/// Calls that answer EINTR after SIGSTOP and SIGCONT with no handler at all (signal(7)).
bool is_interrupted_by_stop(Row row, bool has_timeout) {
  switch (row) {
    case Row::epoll_wait:
    case Row::epoll_pwait:
    case Row::epoll_pwait2:
    case Row::semop:
    case Row::semtimedop:
    case Row::rt_sigtimedwait: return true;
    default: return has_timeout && descriptor(row).restart == Restart::kUnlessTimeout;
  }
}

constexpr std::uint64_t bit(int signal) { return std::uint64_t{1} << (signal - 1); }

/// A handled signal that says nothing to the program unless something else has happened too; without
/// SA_RESTART if there is a choice.
int harmless_signal(const SignalView& signals) {
  constexpr int kHarmless[] = {SIGWINCH, SIGURG, SIGCHLD, SIGCONT};
  const std::uint64_t open = signals.handled & ~signals.blocked;
  for (const int signal : kHarmless)
    if ((open & ~signals.restarting & bit(signal)) != 0) return signal;
  for (const int signal : kHarmless)
    if ((open & bit(signal)) != 0) return signal;
  return 0;
}

Judgement decide(const CompiledRule& rule, const CallView& call, const ObjectView& object,
                 const StreamHistory&, const SignalView& signals) {
  const SyscallDescriptor& row = descriptor(call.row);
  if (!applies(call.row, object.mechanism)) return Judgement::no(Reason::kNeverInterrupted);
  // Linux sets no bound, but a loop that makes a call again has to get somewhere.
  constexpr std::uint32_t kInARowMax = 3;
  if (call.eintr_in_a_row >= kInARowMax && rule.is_explicit == 0) return Judgement::no(Reason::kEnoughInARow);
  if (row.object == ObjectSource::kFirstFd) {
    if (object.is_nonblocking) return Judgement::no(Reason::kNotBlockingCall);
    const bool is_ready = row.direction == Direction::kWrite ? object.is_writable : object.is_readable;
    // A write finds room and yet has to wait if it is larger than the buffer.
    const bool may_wait = row.direction == Direction::kWrite && call.size > object.capacity;
    // A socket that is not connected yet shows POLLHUP; connecting it waits all the same.
    const bool connects = call.row == Row::connect;
    if ((is_ready || object.is_hung_up) && !may_wait && !connects) return Judgement::no(Reason::kReady);
  }
  const int signal = rule.signal != 0 ? rule.signal : harmless_signal(signals);
  if (signal == 0) {
    if (!is_interrupted_by_stop(call.row, object.has_timeout)) return Judgement::no(Reason::kNoHandler);
    return {Reason::kLegal, {FaultKind::kEintr, Carrier::kInterrupt, 0, 0, 0}};
  }
  if ((signals.handled & bit(signal)) == 0 && rule.is_hostile == 0) return Judgement::no(Reason::kNoHandler);
  if ((signals.blocked & bit(signal)) != 0) return Judgement::no(Reason::kSignalBlocked);
  return {Reason::kLegal, {FaultKind::kEintr, Carrier::kInterrupt, static_cast<std::uint8_t>(signal), 0, 0}};
}

}  // namespace

const Injector kEintrInjector = {
    FaultKind::kEintr,
    FaultClass::kTransparent,
    applies,
    decide,
    "the call is about to block, and the program has a handler for the signal (by default one of "
    "WINCH, URG, CHLD, CONT: all that Linux ignores by default); without any handler only calls that a stop "
    "and continue interrupts",
    "signal(7)",
    "Witness.Interrupted",
};

}  // namespace flinch
