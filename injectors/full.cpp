// Full buffers: the real buffer behind the object is made as small as the kernel itself makes one.
#include "core/decision/ledger.h"
#include "injectors/injectors.h"

namespace flinch {
namespace {

constexpr std::uint64_t kSmallestPipe = 2 * kPageSize;  // PIPE_MIN_DEF_BUFFERS: pipe(7), pipe-user-pages-soft
constexpr std::uint64_t kSmallestSocket = 4608;         // SOCK_MIN_SNDBUF, socket(7)

bool applies(Row row, Mechanism mechanism) {
  return descriptor(row).direction == Direction::kWrite && descriptor(row).object == ObjectSource::kFirstFd &&
         is_byte_stream(mechanism);
}

Judgement decide(const CompiledRule&, const CallView& call, const ObjectView& object,
                 const StreamHistory& history, const SignalView&) {
  if (!applies(call.row, object.mechanism)) return Judgement::no(Reason::kNotThisObject);
  if (history.is_capacity_known) return Judgement::no(Reason::kCapacityKnown);
  const std::uint64_t smallest = is_pipe(object.mechanism) ? kSmallestPipe : kSmallestSocket;
  if (object.capacity <= smallest || object.queued > smallest) return Judgement::no(Reason::kAlreadyMinimal);
  return {Reason::kLegal, {FaultKind::kFull, Carrier::kShrink, 0, 0, smallest}};
}

}  // namespace

const Injector kFullInjector = {
    FaultKind::kFull,
    FaultClass::kTransparent,
    applies,
    decide,
    "a byte stream whose buffer the program neither asked for nor set: F_SETPIPE_SZ to two pages, "
    "SO_SNDBUF to its minimum, while no more than that is queued",
    "pipe(7), fcntl(2), socket(7)",
    "Witness.FullBuffer",
};

}  // namespace flinch
