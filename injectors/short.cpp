// Short reads and short writes: fewer bytes than there was room for, and the rest stays where it is.
#include <errno.h>
#include <sys/socket.h>

#include "core/decision/ledger.h"
#include "injectors/injectors.h"

namespace flinch {

bool is_transfer(Row row) {
  switch (row) {
    case Row::read:
    case Row::readv:
    case Row::preadv2:
    case Row::recvfrom:
    case Row::recvmsg:
    case Row::write:
    case Row::writev:
    case Row::pwritev2:
    case Row::sendto:
    case Row::sendmsg: return true;
    default: return false;
  }
}

namespace {

bool applies(Row row, Mechanism mechanism) { return is_transfer(row) && is_byte_stream(mechanism); }

Fault trimmed(std::uint64_t amount) { return {FaultKind::kShort, Carrier::kTrim, 0, 0, amount}; }

std::uint64_t flags_of(const CallView& call) {
  if (call.row == Row::recvfrom || call.row == Row::sendto) return call.args[3];
  return call.row == Row::recvmsg || call.row == Row::sendmsg ? call.args[2] : 0;
}

Judgement decide_read(const CompiledRule& rule, const CallView& call, const ObjectView& object,
                      const StreamHistory& history) {
  if ((flags_of(call) & MSG_WAITALL) != 0 || object.has_low_water_mark)
    return Judgement::no(Reason::kWaitsForAll);
  if ((flags_of(call) & (MSG_PEEK | MSG_OOB | MSG_ERRQUEUE)) != 0 || history.was_peeked)
    return Judgement::no(Reason::kPeeked);
  // Nothing comes after the end, so all of it is there: a read that is not filled has emptied the stream.
  // Who was told of the end (POLLHUP, POLLRDHUP), or may have been by another thread, can rely on that.
  if (object.is_ended && (call.has_polled || (!call.is_alone && object.is_nonblocking)))
    return Judgement::no(Reason::kReported);
  // TCP promises nothing about how bytes are grouped on the way: this read, or one that still waits for
  // its bytes, may find as few as it likes.
  if (object.mechanism == Mechanism::kTcp)
    return rule.amount < call.size ? Judgement{Reason::kLegal, trimmed(rule.amount)}
                                   : Judgement::no(Reason::kTooSmall);
  if (call.size < 2 || object.queued < 2) return Judgement::no(Reason::kNothingQueued);
  if (!history.is_known) return Judgement::no(Reason::kUnknownWrites);
  if (history.is_own_writing) return Judgement::no(Reason::kOwnWriting);
  if (history.cut == 0) return Judgement::no(Reason::kAllWasWrittenAtOnce);
  return {Reason::kLegal, trimmed(history.cut)};
}

/// The buffer could be as small as the kernel makes one by itself: two pages for a pipe beyond
/// pipe-user-pages-soft (pipe(7)), SOCK_MIN_SNDBUF for a socket.
Judgement decide_write(const CompiledRule& rule, const CallView& call, const ObjectView& object,
                       const StreamHistory& history) {
  constexpr std::uint64_t kSmallestPipe = 2 * kPageSize;
  const std::uint64_t smallest = history.is_capacity_known ? 0 : kSmallestPipe;
  const Judgement cut = {Reason::kLegal, {FaultKind::kShort, Carrier::kCut, 0, 0, smallest}};
  const bool cuts = !object.is_nonblocking;
  if (is_pipe(object.mechanism)) {
    if (call.size <= kPipeBuf) return Judgement::no(Reason::kAtomicWrite);
    if (cuts) return cut;
    if (history.is_capacity_known) return Judgement::no(Reason::kCapacityKnown);
    if (!object.is_writable) return Judgement::no(Reason::kCannotBeFull);
    const std::uint64_t room =
        object.queued < kSmallestPipe - kPageSize ? kSmallestPipe - object.queued : kPageSize;
    const std::uint64_t pages = (rule.amount > room ? rule.amount : room) / kPageSize * kPageSize;
    const std::uint64_t amount = pages == 0 ? kPageSize : pages;
    return amount < call.size ? Judgement{Reason::kLegal, trimmed(amount)}
                              : Judgement::no(Reason::kCannotBeFull);
  }
  if (object.mechanism == Mechanism::kUnixStream) {
    if (call.size <= kUnixChunk) return Judgement::no(Reason::kAtomicWrite);
    if (cuts) return cut;
    if (history.is_capacity_known) return Judgement::no(Reason::kCapacityKnown);
    const std::uint64_t amount = (rule.amount + kUnixChunk - 1) / kUnixChunk * kUnixChunk;
    return amount < call.size ? Judgement{Reason::kLegal, trimmed(amount)}
                              : Judgement::no(Reason::kAtomicWrite);
  }
  if (call.size < 2 || rule.amount >= call.size) return Judgement::no(Reason::kTooSmall);
  if (cuts) return cut;
  return {Reason::kLegal, trimmed(rule.amount)};
}

Judgement decide(const CompiledRule& rule, const CallView& call, const ObjectView& object,
                 const StreamHistory& history, const SignalView&) {
  if (!is_transfer(call.row)) return Judgement::no(Reason::kWrongCall);
  if (rule.is_hostile != 0) return {Reason::kLegal, trimmed(rule.amount)};
  if (!is_byte_stream(object.mechanism) || object.is_packet_pipe || object.is_listening)
    return Judgement::no(Reason::kNotAByteStream);
  if (descriptor(call.row).direction == Direction::kRead) return decide_read(rule, call, object, history);
  if ((flags_of(call) & MSG_OOB) != 0) return Judgement::no(Reason::kNotAByteStream);
  return decide_write(rule, call, object, history);
}

}  // namespace

const Injector kShortInjector = {
    FaultKind::kShort,
    FaultClass::kTransparent,
    applies,
    decide,
    "a byte stream; a read of what one small write put there is never cut, nor one with MSG_WAITALL or "
    "after MSG_PEEK or FIONREAD, nor at the end of a stream in a thread that looks at readiness; a write to "
    "a pipe only beyond PIPE_BUF, to a Unix socket only beyond "
    "one buffer; a blocking write only where it really has to wait",
    "read(2), write(2), pipe(7), signal(7)",
    "Witness.ShortTransfer",
};

}  // namespace flinch
