// Not ready, though it would have been: what a program sees when the other side is a moment later.
#include "core/decision/ledger.h"
#include "injectors/injectors.h"

namespace flinch {
namespace {

constexpr std::uint32_t kInARowMax = 2;

bool is_accept(Row row) { return row == Row::accept || row == Row::accept4; }

bool applies(Row row, Mechanism mechanism) {
  if (is_accept(row)) return mechanism == Mechanism::kTcp;
  return is_transfer(row) && is_byte_stream(mechanism);
}

const Judgement kRefused = {Reason::kLegal, {FaultKind::kEagain, Carrier::kRefuse, 0, 0, 0}};

/// What poll(2) reported is there: Linux takes nothing back that has been queued, not even on TCP, whatever
/// select(2) warns of. So only who reads, or reads on, without a look at readiness may find that the (rest
/// of the) data is not there yet; and only where nobody in the process can know better.
Judgement decide_read(const CallView& call, const ObjectView& object, const StreamHistory& history) {
  if (!call.is_alone || call.may_have_report) return Judgement::no(Reason::kReported);
  // Behind an end of which it was told nothing is missing: it reads on until there is nothing more.
  if (object.is_ended && call.has_polled) return Judgement::no(Reason::kReported);
  if (history.was_peeked) return Judgement::no(Reason::kPeeked);
  if (object.mechanism == Mechanism::kTcp) return kRefused;
  if (!history.is_known) return Judgement::no(Reason::kUnknownWrites);
  if (history.is_own_writing) return Judgement::no(Reason::kOwnWriting);
  return kRefused;
}

/// Full is what the smallest buffer that the kernel makes by itself would be with what is unread now.
Judgement decide_local_write(const CallView& call, const ObjectView& object, const StreamHistory& history) {
  constexpr std::uint64_t kSmallestPipe = 2 * kPageSize;
  constexpr std::uint64_t kSmallestSocket = 4608;  // SOCK_MIN_SNDBUF
  if (history.is_capacity_known) return Judgement::no(Reason::kCapacityKnown);
  const bool could_be_full = is_pipe(object.mechanism)
                                 ? object.queued + call.size > kSmallestPipe && object.queued > kPageSize
                                 : object.queued >= kSmallestSocket;
  if (!could_be_full) return Judgement::no(Reason::kCannotBeFull);
  // POLLOUT on a pipe promises PIPE_BUF bytes; after a report there is room.
  if (!call.is_alone || call.may_have_report) return Judgement::no(Reason::kReported);
  return kRefused;
}

Judgement decide(const CompiledRule& rule, const CallView& call, const ObjectView& object,
                 const StreamHistory& history, const SignalView&) {
  if (!applies(call.row, object.mechanism) && rule.is_hostile == 0)
    return Judgement::no(Reason::kNotThisObject);
  if (call.eagain_in_a_row >= kInARowMax) return Judgement::no(Reason::kEnoughInARow);
  if (rule.is_hostile != 0) return kRefused;
  if (!object.is_nonblocking) return Judgement::no(Reason::kBlocking);
  const bool is_read = is_accept(call.row) || descriptor(call.row).direction == Direction::kRead;
  if (is_read ? !object.is_readable : !object.is_writable || object.is_hung_up)
    return Judgement::no(Reason::kNothingQueued);
  if (is_accept(call.row))
    return call.is_alone && !call.may_have_report ? kRefused : Judgement::no(Reason::kReported);
  if (call.size == 0) return Judgement::no(Reason::kTooSmall);
  if (is_read)
    return object.queued == 0 ? Judgement::no(Reason::kNothingQueued) : decide_read(call, object, history);
  // TCP may lack memory for a write at any time (tcp_mem, tcp(7)), but no test here could make it so after
  // a report, and rsync relies on it.
  if (object.mechanism != Mechanism::kTcp) return decide_local_write(call, object, history);
  return call.is_alone && !call.may_have_report ? kRefused : Judgement::no(Reason::kReported);
}

}  // namespace

const Injector kEagainInjector = {
    FaultKind::kEagain,
    FaultClass::kTransparent,
    applies,
    decide,
    "the descriptor is non-blocking, and "
    "readiness was not reported and the process did not itself fill or know the buffer; at most twice in a "
    "row; an edge of epoll that was consumed is delivered again",
    "read(2), write(2), accept(2), tcp(7), epoll(7)",
    "Witness.NotReady",
};

}  // namespace flinch
