// A wrapped call, from decision to log.
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>

#include "core/abi/capture.h"
#include "core/decision/decide.h"
#include "core/decision/trim.h"
#include "core/shim/shim.h"
#include "core/shim/standalone.h"
#include "core/shim/x86_64/call.h"

// libc's own: its calls change the type around a cancellation point in the same way.
extern "C" int pthread_setcanceltype(int type, int* old) __attribute__((weak));
extern "C" char __libc_single_threaded __attribute__((weak));

namespace flinch {
namespace {

/// The process itself, looked at through the gateway.
class OwnWorld {
 public:
  ObjectIdentity identify(int fd) { return Probe{ExemptSyscall{}}.identify(fd); }
  void look(int fd, Direction direction, ObjectView& object) {
    Probe{ExemptSyscall{}}.look(fd, direction, object);
  }
  ObjectIdentity identify_path(int, std::uint64_t) { return {}; }  // the shim wraps no call that opens
  std::uint32_t unix_peer(std::uint32_t inode) { return Probe{ExemptSyscall{}}.unix_peer(inode); }

  SignalView signals() {
    SignalView view;
    exempt_call(SYS_rt_sigprocmask, 0, 0, reinterpret_cast<unsigned long>(&view.blocked),
                sizeof view.blocked);
    for (unsigned long signal = 1; signal <= 64; ++signal) {
      struct {
        unsigned long handler, flags, restorer, mask;
      } action = {};
      if (exempt_call(SYS_rt_sigaction, signal, 0, reinterpret_cast<unsigned long>(&action), 8) != 0)
        continue;
      constexpr unsigned long kSaRestart = 0x10000000;
      if (action.handler > 1) view.handled |= 1UL << (signal - 1);
      if (action.handler > 1 && (action.flags & kSaRestart) != 0) view.restarting |= 1UL << (signal - 1);
    }
    return view;
  }

  /// By the kernel, so that a bad pointer of the program's is an answer and no crash.
  bool read(std::uint64_t address, void* into, std::size_t size) {
    struct iovec local = {into, size};
    struct iovec remote = {reinterpret_cast<void*>(address), size};
    const long self = exempt_call(SYS_getpid);
    return exempt_call(SYS_process_vm_readv, static_cast<unsigned long>(self),
                       reinterpret_cast<unsigned long>(&local), 1, reinterpret_cast<unsigned long>(&remote),
                       1, 0) == static_cast<long>(size);
  }
};

std::uint64_t now_ns() {
  struct timespec now = {};
  exempt_call(SYS_clock_gettime, CLOCK_MONOTONIC, reinterpret_cast<unsigned long>(&now));
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(now.tv_nsec);
}

void wait_ns(std::uint64_t nanoseconds) {
  struct timespec left = {static_cast<time_t>(nanoseconds / 1'000'000'000U),
                          static_cast<long>(nanoseconds % 1'000'000'000U)};
  constexpr long kInterrupted = -4;  // EINTR: a handler ran meanwhile, as it may at any time
  while (exempt_call(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, reinterpret_cast<unsigned long>(&left),
                     reinterpret_cast<unsigned long>(&left)) == kInterrupted)
    continue;
}

class CancellationPoint {
 public:
  explicit CancellationPoint(bool is_one)
      : is_one_{is_one && has_threads() && &pthread_setcanceltype != nullptr} {
    constexpr int kAsynchronous = 1;
    if (!is_one_) return;
    describe_gateway();
    pthread_setcanceltype(kAsynchronous, &type_);
  }
  CancellationPoint(const CancellationPoint&) = delete;
  CancellationPoint& operator=(const CancellationPoint&) = delete;
  ~CancellationPoint() {
    if (is_one_) pthread_setcanceltype(type_, nullptr);
  }

 private:
  /// With one thread libc leaves its own cancellation points out too.
  static bool has_threads() { return &__libc_single_threaded == nullptr || __libc_single_threaded == 0; }

  bool is_one_;
  int type_ = 0;
};

long exempt(Row row, const unsigned long (&args)[6]) {
  return exempt_call(descriptor(row).number, args[0], args[1], args[2], args[3], args[4], args[5]);
}

long visible(Row row, const unsigned long (&args)[6]) {
  return visible_call(descriptor(row).number, args[0], args[1], args[2], args[3], args[4], args[5]);
}

/// The call with `amount` bytes instead of all: the count, or copies of the iovec and message header.
long trimmed(Row row, const unsigned long (&args)[6], std::uint64_t amount) {
  unsigned long with[6] = {args[0], args[1], args[2], args[3], args[4], args[5]};
  const Arg kind = descriptor(row).args[1];
  struct iovec parts[kTrimmedMax];
  OwnWorld world;
  if (kind == Arg::kInBuffer || kind == Arg::kOutBuffer) {
    with[2] = amount;
    return exempt(row, with);
  }
  if (kind == Arg::kInIovec || kind == Arg::kOutIovec) {
    const std::size_t count = trim_iovec(world, args[1], args[2], amount, parts);
    if (count == 0) return exempt(row, args);
    with[1] = reinterpret_cast<unsigned long>(parts);
    with[2] = count;
    return exempt(row, with);
  }
  struct msghdr message;
  if (!world.read(args[1], &message, sizeof message)) return exempt(row, args);
  message.msg_iovlen =
      trim_iovec(world, reinterpret_cast<unsigned long>(message.msg_iov), message.msg_iovlen, amount, parts);
  if (message.msg_iovlen == 0) return exempt(row, args);
  message.msg_iov = parts;
  with[1] = reinterpret_cast<unsigned long>(&message);
  const long result = exempt(row, with);
  if (kind == Arg::kOutMessage && !is_error(result)) {
    auto* theirs = reinterpret_cast<struct msghdr*>(args[1]);
    theirs->msg_namelen = message.msg_namelen;
    theirs->msg_controllen = message.msg_controllen;
    theirs->msg_flags = message.msg_flags;
  }
  return result;
}

/// Hands the decision over: the supervisor finds it in the slot when the call reaches it.
long escalate(ThreadSlot& slot, Row row, const unsigned long (&args)[6], const Decision& decision) {
  slot.escalated = decision.fault;
  slot.escalated_nth = decision.nth;
  slot.escalated_mechanism = decision.mechanism;
  slot.escalated_key = decision.key;
  slot.escalated_keeps_ledger = decision.keeps_ledger ? 1 : 0;
  slot.escalated_row = static_cast<std::int32_t>(row);
  return visible(row, args);
}

void begin_event(Event& event, const Call& call, const Decision& decision) {
  for (std::size_t i = 0; i < sizeof event; ++i) reinterpret_cast<char*>(&event)[i] = 0;
  describe(event, Tier::kShim, call, decision);
  capture_arguments(event, descriptor(call.row), 0, Phase::kEntry, OwnWorld{});
}

void end_event(ThreadSlot& slot, Event& event, long result) {
  event.ret = result;
  event.ret_known = 1;
  event.t_ns = now_ns();
  capture_arguments(event, descriptor(static_cast<Row>(event.row)), result, Phase::kExit, OwnWorld{});
  put_event(slot, event);
}

long carry_out(ThreadSlot& slot, Row row, const unsigned long (&args)[6], const Decision& decision,
               bool is_cancellation_point) {
  const Fault& fault = decision.fault;
  const bool owes = shared_control().edge_watchers.load(std::memory_order_relaxed) != 0;
  if ((fault.carrier == Carrier::kTrim || fault.carrier == Carrier::kRefuse) && owes)
    visible_call(kHelloNumber, static_cast<unsigned long>(Hello::kOweEdge), args[0]);
  if (fault) slot.injected[static_cast<std::size_t>(fault.kind)].fetch_add(1, std::memory_order_relaxed);
  constexpr long kAgain = -11;  // -EAGAIN
  if (fault.carrier == Carrier::kRefuse) return kAgain;
  if (fault.carrier == Carrier::kShrink)
    Probe{ExemptSyscall{}}.shrink(static_cast<int>(args[0]), decision.mechanism, fault.amount);
  if (fault.carrier == Carrier::kWait) wait_ns(fault.amount);
  const CancellationPoint point{is_cancellation_point};
  return fault.carrier == Carrier::kTrim ? trimmed(row, args, fault.amount) : exempt(row, args);
}

long decided(ThreadSlot& slot, Row row, const unsigned long (&args)[6], bool is_cancellation_point) {
  Call call{row, {args[0], args[1], args[2], args[3], args[4], args[5]}};
  OwnWorld world;
  Decision decision = Decider<OwnWorld>{shared_plan(), shared_control(), slot, world}.decide(call);
  if (is_standalone()) do_without_supervisor(slot, decision);
  switch (decision.fault.carrier) {
    case Carrier::kCut:
    case Carrier::kInterrupt:
    case Carrier::kSend: return escalate(slot, row, args, decision);
    default: break;
  }
  const bool logs = shared_plan().logs_calls != 0 && decision.nth != 0;
  Event event;
  if (logs) begin_event(event, call, decision);
  StreamLedger ledger{shared_control()};
  if (decision.keeps_ledger)
    ledger.begin_write(decision.key, decision.mechanism, detail::size_of_call(world, call));
  const long result = carry_out(slot, row, args, decision, is_cancellation_point);
  if (decision.keeps_ledger) ledger.end_write(decision.key, result, slot.tgid);
  if (logs) end_event(slot, event, result);
  if (is_standalone()) count_read(call, decision, result);
  return result;
}

}  // namespace

void put_event(ThreadSlot& slot, const Event& event) {
  auto index = static_cast<std::size_t>(&slot - shared_control().slots);
  auto* rings = reinterpret_cast<char*>(kControlAddress + kControlSize);
  auto* ring = reinterpret_cast<Event*>(rings + index * kRingSize);
  if (slot.in_ring.exchange(1) != 0) {
    // A handler that interrupted this very function: the supervisor takes the event from here.
    visible_call(kHelloNumber, static_cast<unsigned long>(Hello::kEvent),
                 reinterpret_cast<unsigned long>(&event));
    return;
  }
  const std::uint32_t head = slot.ring_head.load(std::memory_order_relaxed);
  if (head - slot.ring_tail.load(std::memory_order_acquire) >= kRingEvents)
    visible_call(kHelloNumber, static_cast<unsigned long>(Hello::kFlush));
  ring[head % kRingEvents] = event;
  slot.ring_head.store(head + 1, std::memory_order_release);
  slot.in_ring.store(0);
}

long handle_call(Row row, const unsigned long (&args)[6], bool is_cancellation_point) {
  if (!is_attached()) {
    const CancellationPoint point{is_cancellation_point};
    return visible(row, args);
  }
  ThreadSlot* slot = own_slot();
  if (slot == nullptr) {
    const CancellationPoint point{is_cancellation_point};
    return visible(row, args);
  }
  slot->seen_by_shim.store(slot->seen_by_shim.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  if (slot->active.has(row)) return decided(*slot, row, args, is_cancellation_point);
  const CancellationPoint point{is_cancellation_point};
  return exempt(row, args);
}

long handle_watched(Row row, const unsigned long (&args)[6], bool is_cancellation_point) {
  if (is_standalone()) return handle_call(row, args, is_cancellation_point);
  const CancellationPoint point{is_cancellation_point};
  return visible(row, args);
}

}  // namespace flinch
