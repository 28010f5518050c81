// The decision: what happens to this call? Asked by the shim and by the supervisor, for the same call
// with the same answer.
//
// `World` gives what a tier knows of its process:
//   ObjectIdentity identify(int fd);
//   void look(int fd, Direction, ObjectView&);
//   std::uint32_t unix_peer(std::uint32_t inode);
//   SignalView signals();
//   bool read(std::uint64_t address, void* into, std::size_t size);   // the program's memory
//   ObjectIdentity identify_path(int directory, std::uint64_t path);  // of a call that opens by name
//
// Freestanding: no libc function, no heap, no locks.
#pragma once

#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include "core/abi/event.h"
#include "core/decision/ledger.h"
#include "core/decision/probe.h"
#include "core/decision/random.h"

namespace flinch {

struct Call {
  Row row;
  std::uint64_t args[6];
};

struct Decision {
  Mechanism mechanism = Mechanism::kNone;
  std::uint64_t key = 0;  // of a stream's ledger record, where there is one
  std::uint32_t nth = 0;  // 0: not an IPC object, nothing to count or log
  Fault fault;
  /// The ledger has to hear how this write ends.
  bool keeps_ledger = false;
};

/// Writes down what was called and decided. `event` is all zeros before.
inline void describe(Event& event, Tier tier, const Call& call, const Decision& decision) {
  event.row = static_cast<std::uint16_t>(call.row);
  event.nth = decision.nth;
  event.mechanism = decision.mechanism;
  event.tier = tier;
  event.fault_kind = decision.fault.kind;
  event.fault_carrier = decision.fault.carrier;
  event.fault_signal = decision.fault.signal;
  event.fault_rule = decision.fault.rule;
  event.fault_amount = decision.fault.amount;
  for (int i = 0; i < 6; ++i) event.args[i] = call.args[i];
}

namespace detail {

inline constexpr std::uint64_t kIovecMax = 1024;  // UIO_MAXIOV

/// Sum of an iovec's lengths; 0 if it can't be read.
template <typename World>
std::uint64_t size_of_iovec(World& world, std::uint64_t address, std::uint64_t count) {
  std::uint64_t sum = 0;
  if (count > kIovecMax) return 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    struct iovec part;
    if (!world.read(address + i * sizeof part, &part, sizeof part)) return 0;
    sum += part.iov_len;
  }
  return sum;
}

template <typename World>
std::uint64_t size_of_call(World& world, const Call& call) {
  switch (descriptor(call.row).args[1]) {
    case Arg::kInBuffer:
    case Arg::kOutBuffer: return call.args[2];
    case Arg::kInIovec:
    case Arg::kOutIovec: return size_of_iovec(world, call.args[1], call.args[2]);
    case Arg::kInMessage:
    case Arg::kOutMessage: {
      struct msghdr message;
      if (!world.read(call.args[1], &message, sizeof message)) return 0;
      return size_of_iovec(world, reinterpret_cast<std::uint64_t>(message.msg_iov), message.msg_iovlen);
    }
    default: return 0;
  }
}

/// The MSG_ flags of a call; 0 where it takes none.
inline std::uint64_t message_flags(const Call& call) {
  const SyscallDescriptor& row = descriptor(call.row);
  for (int i = 0; i < 6; ++i)
    if (row.args[i] == Arg::kMsgFlags) return call.args[i];
  return 0;
}

inline bool is_readiness(Row row) {
  switch (row) {
    case Row::poll:
    case Row::ppoll:
    case Row::select:
    case Row::pselect6:
    case Row::epoll_wait:
    case Row::epoll_pwait:
    case Row::epoll_pwait2: return true;
    default: return false;
  }
}

/// Reads, writes and accepts: the calls that readiness is about.
inline bool is_transfer(Row row) {
  return descriptor(row).object == ObjectSource::kFirstFd &&
         (descriptor(row).direction != Direction::kNeither || row == Row::accept || row == Row::accept4);
}

inline bool is_for_caller(const CompiledRule& rule, const ThreadSlot& slot) {
  return (rule.process == kAnyProcess || rule.process == slot.process) &&
         (rule.thread == kAnyThread || rule.thread == static_cast<std::int32_t>(slot.ordinal));
}

inline bool is_selected(const PlanImage& plan, const ThreadSlot& slot, std::uint32_t index,
                        std::uint64_t match) {
  const CompiledRule& rule = plan.rules[index];
  if (match < rule.first || match > rule.last || (match - rule.first) % rule.step != 0) return false;
  return one_in({plan.seed, slot.process, slot.ordinal, index, match}, rule.rate_numerator,
                rule.rate_denominator);
}

}  // namespace detail

/// Rows that a thread's calls have to be decided or logged for; the rest goes straight to the kernel.
inline RowSet active_rows(const PlanImage& plan, const ThreadSlot& slot) {
  RowSet rows = plan.observed;
  for (std::uint32_t i = 0; i < plan.rule_count && i < kRuleMax; ++i) {
    if (!detail::is_for_caller(plan.rules[i], slot)) continue;
    for (std::size_t word = 0; word < 4; ++word) rows.words[word] |= plan.rules[i].calls.words[word];
  }
  if (plan.logs_calls != 0)
    for (auto& word : rows.words) word = ~std::uint64_t{0};
  return rows;
}

template <typename World>
class Decider {
 public:
  Decider(const PlanImage& plan, ControlBlock& control, ThreadSlot& slot, World& world)
      : plan_{plan}, control_{control}, ledger_{control}, slot_{slot}, world_{world} {}

  Decision decide(const Call& call) {
    Decision decision = place(call);
    if (decision.mechanism == Mechanism::kNone) return decision;
    decision.nth = ++slot_.nth[static_cast<std::size_t>(call.row)];
    if (plan_.tracks_streams != 0) observe(call, decision);
    if (plan_.ruled.has(call.row)) choose(call, decision);
    if (detail::is_readiness(call.row)) ++slot_.readiness_calls;
    if (detail::is_transfer(call.row)) note_transfer(call, decision);
    note_eintr(call, decision);
    return decision;
  }

  /// Which object, if it is one of inter-process communication. Counts nothing.
  Decision place(const Call& call) {
    Decision decision;
    const SyscallDescriptor& row = descriptor(call.row);
    ObjectIdentity identity{row.mechanism, 0};
    switch (row.object) {
      case ObjectSource::kFixed:
        if (call.row == Row::mmap && !is_shared_mapping(call)) identity.mechanism = Mechanism::kNone;
        break;
      case ObjectSource::kResult: {
        // Opening is inter-process communication only where the name is a FIFO's or of shared memory.
        constexpr int kHere = -100;  // AT_FDCWD
        if (call.row == Row::openat || call.row == Row::openat2)
          identity = world_.identify_path(static_cast<int>(call.args[0]), call.args[1]);
        else if (call.row == Row::open || call.row == Row::creat)
          identity = world_.identify_path(kHere, call.args[0]);
        break;
      }
      case ObjectSource::kFirstFd: identity = world_.identify(static_cast<int>(call.args[0])); break;
      case ObjectSource::kSecondFd: identity = world_.identify(static_cast<int>(call.args[1])); break;
      case ObjectSource::kEitherFd: {
        identity = world_.identify(static_cast<int>(call.args[0]));
        const int other = call.row == Row::sendfile ? 1 : 2;
        if (identity.mechanism == Mechanism::kNone)
          identity = world_.identify(static_cast<int>(call.args[other]));
        break;
      }
    }
    decision.mechanism = identity.mechanism;
    decision.key = identity.key;
    return decision;
  }

 private:
  /// Private memory and regular files are nobody else's, and most of them are the loader's and malloc's.
  bool is_shared_mapping(const Call& call) {
    if ((call.args[3] & MAP_SHARED) == 0) return false;
    if ((call.args[3] & MAP_ANONYMOUS) != 0) return true;
    return world_.identify(static_cast<int>(call.args[4])).mechanism == Mechanism::kPosixShm;
  }

  /// Keeps what legality needs to remember.
  void observe(const Call& call, Decision& decision) {
    const SyscallDescriptor& row = descriptor(call.row);
    const bool is_local_stream = is_pipe(decision.mechanism) || decision.mechanism == Mechanism::kUnixStream;
    switch (call.row) {
      case Row::ioctl:
        if (call.args[1] == FIONREAD) ledger_.set_flag(decision.key, kStreamPeeked);
        return;
      case Row::fcntl:
        if (call.args[1] == F_GETPIPE_SZ || call.args[1] == F_SETPIPE_SZ)
          ledger_.set_flag(decision.key, kStreamCapacityKnown);
        return;
      case Row::getsockopt:
      case Row::setsockopt:
        if (call.args[1] == SOL_SOCKET && (call.args[2] == SO_SNDBUF || call.args[2] == SO_RCVBUF ||
                                           call.args[2] == SO_SNDBUFFORCE || call.args[2] == SO_RCVBUFFORCE))
          ledger_.set_flag(decision.key, kStreamCapacityKnown);
        return;
      case Row::epoll_ctl: {
        struct epoll_event event;
        if (call.args[1] != EPOLL_CTL_DEL && world_.read(call.args[3], &event, sizeof event) &&
            (event.events & EPOLLET) != 0)
          control_.edge_watchers.fetch_or(edge_watcher_bit(call.args[0]));
        return;
      }
      case Row::splice:
      case Row::tee:
      case Row::vmsplice:
      case Row::sendfile:
        for (const std::uint64_t fd : {call.args[0], call.args[1], call.args[2]}) blur(static_cast<int>(fd));
        return;
      case Row::sendmmsg: blur(static_cast<int>(call.args[0])); return;
      default: break;
    }
    if (row.direction == Direction::kRead && (detail::message_flags(call) & MSG_PEEK) != 0)
      ledger_.set_flag(decision.key, kStreamPeeked);
    decision.keeps_ledger = row.direction == Direction::kWrite && is_local_stream;
  }

  /// Bytes that no count of ours follows go into this stream.
  void blur(int fd) {
    const ObjectIdentity identity = world_.identify(fd);
    if (is_pipe(identity.mechanism) || identity.mechanism == Mechanism::kUnixStream)
      ledger_.set_flag(identity.key, kStreamBlurred);
  }

  /// Asks every rule, in order; all of them count, the first that may act acts.
  void choose(const Call& call, Decision& decision) {
    for (std::uint32_t i = 0; i < plan_.rule_count && i < kRuleMax; ++i) {
      const CompiledRule& rule = plan_.rules[i];
      if (!rule.calls.has(call.row) || !detail::is_for_caller(rule, slot_)) continue;
      if ((rule.mechanisms & bit_of(decision.mechanism)) == 0) continue;
      if (rule.fd != kAnyFd && rule.fd != static_cast<std::int32_t>(call.args[0])) continue;
      const std::uint64_t match = ++slot_.matches[i];
      if (decision.fault) continue;
      if (!detail::is_selected(plan_, slot_, i, rule.is_explicit != 0 ? decision.nth : match)) continue;
      if (control_.rule_injected[i].load() >= rule.limit) continue;
      Judgement judgement = judge(rule, call, decision);
      if (judgement.reason != Reason::kLegal) continue;
      control_.rule_injected[i].fetch_add(1);
      decision.fault = judgement.fault;
      decision.fault.rule = static_cast<std::uint8_t>(i);
    }
  }

  Judgement judge(const CompiledRule& rule, const Call& call, const Decision& decision) {
    const SyscallDescriptor& row = descriptor(call.row);
    ObjectView object;
    object.mechanism = decision.mechanism;
    object.key = decision.key;
    CallView view;
    view.row = call.row;
    for (int i = 0; i < 6; ++i) view.args[i] = call.args[i];
    view.size = detail::size_of_call(world_, call);
    view.is_alone = slot_.has_threads.load() == 0;
    view.may_have_report = may_have_report(call);
    view.has_polled = slot_.readiness_calls != 0;
    view.eintr_in_a_row = slot_.eintr_in_a_row[static_cast<std::size_t>(call.row)];
    view.eagain_in_a_row = eagain_in_a_row(call);
    StreamHistory history;
    if (row.object == ObjectSource::kFirstFd) {
      object.is_nonblocking = (detail::message_flags(call) & MSG_DONTWAIT) != 0;
      // connect(2) waits as long as SO_SNDTIMEO says (socket(7)).
      const Direction direction = call.row == Row::connect ? Direction::kWrite : row.direction;
      world_.look(static_cast<int>(call.args[0]), direction, object);
      history = history_of(rule, row, view, object);
    }
    const SignalView signals = needs_signals(rule.kind) ? world_.signals() : SignalView{};
    return injector_of(rule.kind)->decide(rule, view, object, history, signals);
  }

  static bool needs_signals(FaultKind kind) {
    return kind == FaultKind::kEintr || kind == FaultKind::kSignal;
  }

  StreamHistory history_of(const CompiledRule& rule, const SyscallDescriptor& row, const CallView& view,
                           const ObjectView& object) {
    StreamHistory none;
    std::uint64_t key = object.key;
    if (object.mechanism == Mechanism::kUnixStream && row.direction == Direction::kRead) {
      StreamRecord* record = ledger_.find(key);
      if (record == nullptr) return none;
      std::uint32_t peer = record->peer.load();
      if (peer == 0) {
        peer = world_.unix_peer(static_cast<std::uint32_t>(key));
        record->peer.store(peer);
      }
      // A peer that is gone leaves its bytes behind, but nobody can say any more how it wrote them.
      if (peer == 0) return none;
      none.was_peeked = (record->flags.load() & kStreamPeeked) != 0;
      key = (key & ~std::uint64_t{0xffffffffU}) | peer;
    }
    const std::uint64_t below = view.size < object.queued ? view.size : object.queued;
    StreamHistory history =
        ledger_.history(key, object.mechanism, object.queued, rule.amount, below, slot_.tgid);
    history.was_peeked |= none.was_peeked;
    return history;
  }

  /// What the thread did last with this descriptor in this direction: a write says nothing of what can be
  /// read, nor does a look at the descriptor's flags.
  ThreadSlot::Transfer& last_transfer(const Call& call) {
    const std::size_t direction = descriptor(call.row).direction == Direction::kWrite ? 1 : 0;
    return slot_.last_transfer[direction][static_cast<std::uint32_t>(call.args[0]) % kEagainPlaces];
  }

  /// How often in a row this thread was told EAGAIN on a descriptor without cause. While another one that
  /// shares the place has not got on: too often.
  std::uint32_t eagain_in_a_row(const Call& call) {
    const ThreadSlot::Transfer& last = last_transfer(call);
    if (last.fd == static_cast<std::int32_t>(call.args[0]) || last.eagain_in_a_row == 0)
      return last.eagain_in_a_row;
    return ~std::uint32_t{0};
  }

  /// Has the thread looked at readiness since it last did something with this descriptor?
  bool may_have_report(const Call& call) {
    const ThreadSlot::Transfer& last = last_transfer(call);
    return slot_.readiness_calls != 0 && (last.fd != static_cast<std::int32_t>(call.args[0]) ||
                                          last.readiness_calls != slot_.readiness_calls);
  }

  void note_transfer(const Call& call, const Decision& decision) {
    ThreadSlot::Transfer& last = last_transfer(call);
    const auto fd = static_cast<std::int32_t>(call.args[0]);
    if (last.fd != fd && last.eagain_in_a_row != 0) return;
    const bool is_refused = decision.fault.carrier == Carrier::kRefuse;
    last = {fd, slot_.readiness_calls, is_refused ? last.eagain_in_a_row + 1 : 0};
  }

  void note_eintr(const Call& call, const Decision& decision) {
    std::uint8_t& in_a_row = slot_.eintr_in_a_row[static_cast<std::size_t>(call.row)];
    if (decision.fault.carrier != Carrier::kInterrupt)
      in_a_row = 0;
    else if (in_a_row < 0xff)
      ++in_a_row;
  }

  const PlanImage& plan_;
  ControlBlock& control_;
  StreamLedger ledger_;
  ThreadSlot& slot_;
  World& world_;
};

}  // namespace flinch
