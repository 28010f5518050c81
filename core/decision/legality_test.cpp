// Goal: whatever a program and those around it do, no fault is decided on that Linux could not give. The
// rules stand here a second time, in the words of the manual pages: the program below is a model that knows
// every byte's writer, and never asks the ledger.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "core/decision/decide.h"
#include "core/decision/fake_world.h"

namespace flinch {

/// For RapidCheck's report.
inline std::ostream& operator<<(std::ostream& out, FaultKind kind) { return out << name_of(kind); }

namespace {

constexpr std::uint32_t kMyself = 100;
constexpr std::uint32_t kSomebody = 200;

/// One write's bytes in a stream, as far as they are unread.
struct Piece {
  std::uint64_t size;  // of the whole write
  std::uint64_t unread;
  std::uint32_t writer;
};

/// A descriptor: bytes come in from others, or from ourselves where both ends are ours.
struct Object {
  Mechanism mechanism;
  bool is_nonblocking;
  std::uint64_t key;     // what the descriptor's own writes are kept under
  std::uint64_t key_in;  // what the writes that it reads are kept under
  std::deque<Piece> in{};
  std::uint64_t out = 0;  // unread by the peer
  bool was_peeked = false;
  bool is_capacity_known = false;
  bool is_ended = false;      // nobody writes to it any more
  bool was_reported = false;  // readiness was looked at since the last read
  int reads_refused_in_a_row = 0;
  int writes_refused_in_a_row = 0;

  [[nodiscard]] std::uint64_t queued() const {
    std::uint64_t sum = 0;
    for (const Piece& piece : in) sum += piece.unread;
    return sum;
  }
};

bool is_local(Mechanism mechanism) { return is_pipe(mechanism) || mechanism == Mechanism::kUnixStream; }

std::uint64_t whole_write(Mechanism mechanism) { return is_pipe(mechanism) ? 4096 : 36544; }

class Model {
 public:
  using Decided = std::map<std::pair<FaultKind, Row>, int>;

  Model(const std::vector<CompiledRule>& rules, Decided& into) : thread{rules}, decided{into} {
    const Mechanism kinds[] = {Mechanism::kPipe, Mechanism::kFifo, Mechanism::kUnixStream, Mechanism::kTcp,
                               Mechanism::kUnixDatagram};
    int fd = 3;
    for (const Mechanism kind : kinds)
      for (const bool is_nonblocking : {false, true}) add(fd++, kind, is_nonblocking);
    thread.world.signal_view.handled =
        *rc::gen::element<std::uint64_t>(0, 1U << (SIGWINCH - 1), 1U << (SIGUSR1 - 1));
    thread.world.signal_view.blocked = *rc::gen::element<std::uint64_t>(0, 1U << (SIGWINCH - 1));
  }

  void step() {
    const int fd = 3 + *rc::gen::inRange(0, static_cast<int>(objects.size()));
    const std::uint64_t size =
        *rc::gen::oneOf(rc::gen::inRange<std::uint64_t>(1, 300),
                        rc::gen::element<std::uint64_t>(4096, 4097, 8192, 40000, 100000));
    switch (
        *rc::gen::weightedElement<int>({{4, 0}, {6, 1}, {4, 2}, {1, 3}, {1, 4}, {1, 5}, {1, 6}, {1, 7}})) {
      case 0: return arrive(fd, size, kSomebody);
      case 1: return read(fd, size);
      case 2: return write(fd, size);
      case 3: return look_at_readiness();
      case 4: return ask(fd, Row::ioctl, FIONREAD);
      case 5: return ask(fd, Row::fcntl, F_GETPIPE_SZ);
      case 7: at(fd).is_ended = *rc::gen::inRange(0, 10) == 0; return;
      default: return arrive(fd, size, kMyself);
    }
  }

 private:
  void add(int fd, Mechanism kind, bool is_nonblocking) {
    FakeObject& fake = thread.add(fd, kind);
    Object object{kind, is_nonblocking, fake.identity.key, fake.identity.key};
    if (kind == Mechanism::kUnixStream) {
      object.key_in += 500;
      thread.world.unix_peers[static_cast<std::uint32_t>(object.key)] =
          static_cast<std::uint32_t>(object.key_in);
    }
    objects.push_back(object);
  }
  Object& at(int fd) { return objects[static_cast<std::size_t>(fd - 3)]; }

  /// Bytes come in, written by somebody whom the ledger sees.
  void arrive(int fd, std::uint64_t size, std::uint32_t writer) {
    Object& object = at(fd);
    if (is_local(object.mechanism)) thread.write(object.key_in, object.mechanism, size, writer);
    object.in.push_back({size, size, writer});
  }

  Decision decide(int fd, Row row, std::uint64_t a1, std::uint64_t a2, std::uint64_t a3) {
    Object& object = at(fd);
    FakeObject& fake = thread.objects_at(fd);
    const bool is_write = descriptor(row).direction == Direction::kWrite;
    fake.view.is_nonblocking = object.is_nonblocking;
    fake.view.is_readable = object.queued() > 0;
    fake.view.is_ended = object.is_ended;
    fake.view.is_writable = object.out < fake.view.capacity;
    // A pipe's two ends are one queue; a socket's are two.
    fake.view.queued = is_write && !is_pipe(object.mechanism) ? object.out : object.queued();
    const Decision decision = thread.call(row, static_cast<std::uint64_t>(fd), a1, a2, a3);
    ++decided[{decision.fault.kind, row}];
    check_any(object, row, a2, a3, decision);
    return decision;
  }

  void check_any(const Object& object, Row row, std::uint64_t size, std::uint64_t flags,
                 const Decision& decision) {
    const Fault& fault = decision.fault;
    const SignalView& signals = thread.world.signal_view;
    const bool is_nonblocking =
        object.is_nonblocking || (row == Row::recvfrom && (flags & MSG_DONTWAIT) != 0);
    const std::uint64_t bit = fault.signal == 0 ? 0 : std::uint64_t{1} << (fault.signal - 1);
    switch (fault.carrier) {
      case Carrier::kRefuse:
        RC_ASSERT(is_nonblocking);
        RC_ASSERT(is_byte_stream(object.mechanism));
        RC_ASSERT((descriptor(row).direction == Direction::kRead ? object.reads_refused_in_a_row
                                                                 : object.writes_refused_in_a_row) < 2);
        break;
      case Carrier::kTrim:
        RC_ASSERT(is_byte_stream(object.mechanism));
        RC_ASSERT(fault.amount > 0);
        RC_ASSERT(fault.amount < size);
        break;
      case Carrier::kInterrupt:  // read is restarted after a stop: it takes a handler that runs
        RC_ASSERT(!is_nonblocking);
        RC_ASSERT((signals.handled & ~signals.blocked & bit) != 0);
        break;
      case Carrier::kSend: RC_ASSERT(fault.signal == SIGCHLD || (signals.handled & bit) != 0); break;
      case Carrier::kShrink:
      case Carrier::kCut:
        RC_ASSERT(is_byte_stream(object.mechanism));
        RC_ASSERT(descriptor(row).direction == Direction::kWrite);
        if (object.is_capacity_known) RC_ASSERT(fault.carrier == Carrier::kCut && fault.amount == 0);
        break;
      case Carrier::kWait:
      case Carrier::kNone: break;
    }
  }

  void read(int fd, std::uint64_t size) {
    Object& object = at(fd);
    const auto flags = static_cast<std::uint64_t>(
        *rc::gen::weightedElement<int>({{8, 0}, {1, MSG_WAITALL}, {1, MSG_PEEK}, {2, MSG_DONTWAIT}}));
    const Row row = flags == 0 || is_pipe(object.mechanism) ? Row::read : Row::recvfrom;
    const std::uint64_t real_flags = row == Row::read ? 0 : flags;
    if (real_flags == MSG_PEEK) object.was_peeked = true;
    const Fault fault = decide(fd, row, 0, size, real_flags).fault;
    check_read(object, size, real_flags, fault);
    object.was_reported = false;
    object.reads_refused_in_a_row = fault.carrier == Carrier::kRefuse ? object.reads_refused_in_a_row + 1 : 0;
    if (fault.carrier == Carrier::kRefuse || real_flags == MSG_PEEK) return;
    consume(object, fault.carrier == Carrier::kTrim ? fault.amount : size);
  }

  void check_read(const Object& object, std::uint64_t size, std::uint64_t flags, const Fault& fault) {
    const bool disturbs = fault.carrier == Carrier::kTrim || fault.carrier == Carrier::kRefuse;
    if (!disturbs) return;
    RC_ASSERT(!object.was_peeked);
    if (fault.carrier == Carrier::kRefuse) RC_ASSERT(!object.was_reported);
    if (fault.carrier == Carrier::kTrim) RC_ASSERT((flags & MSG_WAITALL) == 0);
    if (has_polled) RC_ASSERT(!object.is_ended);
    if (!is_local(object.mechanism)) return;
    RC_ASSERT(object.queued() > 0);
    std::uint64_t position = 0;
    bool is_an_end = false;
    for (const Piece& piece : object.in) {
      RC_ASSERT(piece.writer != kMyself);
      const std::uint64_t end = position + piece.unread;
      if (fault.amount == end) is_an_end = true;
      if (fault.amount > position && fault.amount < end && piece.size > whole_write(object.mechanism)) {
        const std::uint64_t inside = piece.size - piece.unread + fault.amount - position;
        // Whole buffers from the write's begin; on a pipe also behind what is beyond whole pages.
        is_an_end = inside % whole_write(object.mechanism) == 0 ||
                    (is_pipe(object.mechanism) && inside % 4096 == piece.size % 4096);
      }
      position = end;
    }
    if (fault.carrier != Carrier::kTrim) return;
    RC_ASSERT(is_an_end);
    RC_ASSERT(fault.amount < std::min(size, object.queued()));
  }

  static void consume(Object& object, std::uint64_t amount) {
    while (amount > 0 && !object.in.empty()) {
      Piece& piece = object.in.front();
      const std::uint64_t part = std::min(amount, piece.unread);
      piece.unread -= part;
      amount -= part;
      if (piece.unread == 0) object.in.pop_front();
    }
  }

  void write(int fd, std::uint64_t size) {
    Object& object = at(fd);
    const Decision decision = decide(fd, Row::write, 0, size, 0);
    const Fault& fault = decision.fault;
    if (fault.carrier == Carrier::kTrim || fault.carrier == Carrier::kCut) {
      if (is_local(object.mechanism)) RC_ASSERT(size > whole_write(object.mechanism));
      if (fault.carrier == Carrier::kCut) RC_ASSERT(!object.is_nonblocking);
    }
    if (fault.carrier == Carrier::kTrim) {
      RC_ASSERT(object.is_nonblocking);
      if (is_local(object.mechanism)) RC_ASSERT(fault.amount % whole_write(object.mechanism) == 0);
      if (is_local(object.mechanism)) RC_ASSERT(!object.is_capacity_known);
    }
    // Two pages, or the smallest SO_SNDBUF, would have to be full.
    if (fault.carrier == Carrier::kRefuse && is_pipe(object.mechanism))
      RC_ASSERT(object.queued() + size > 8192);
    if (fault.carrier == Carrier::kRefuse && object.mechanism == Mechanism::kUnixStream)
      RC_ASSERT(object.out >= 4608);
    object.writes_refused_in_a_row =
        fault.carrier == Carrier::kRefuse ? object.writes_refused_in_a_row + 1 : 0;
    if (decision.keeps_ledger) thread.ledger.begin_write(decision.key, decision.mechanism, size);
    const bool is_done = fault.carrier != Carrier::kRefuse;
    const std::uint64_t done = fault.carrier == Carrier::kTrim ? fault.amount : size;
    if (decision.keeps_ledger)
      thread.ledger.end_write(decision.key, is_done ? static_cast<std::int64_t>(done) : -EAGAIN, kMyself);
    if (!is_done) return;
    if (is_pipe(object.mechanism))
      object.in.push_back({done, done, kMyself});
    else
      object.out += done;
  }

  void look_at_readiness() {
    thread.call(Row::poll, 0);
    has_polled = true;
    for (Object& object : objects) object.was_reported = true;
  }

  void ask(int fd, Row row, std::uint64_t what) {
    Object& object = at(fd);
    decide(fd, row, what, 0, 0);
    if (row == Row::ioctl) object.was_peeked = true;
    if (row == Row::fcntl) object.is_capacity_known = true;
  }

  FakeThread thread;
  Decided& decided;
  std::vector<Object> objects;
  bool has_polled = false;
};

CompiledRule any_rule() {
  const FaultKind kind = *rc::gen::element(FaultKind::kShort, FaultKind::kEintr, FaultKind::kEagain,
                                           FaultKind::kFull, FaultKind::kSignal, FaultKind::kDelay);
  const std::uint64_t amount = *rc::gen::element<std::uint64_t>(1, 5, 100, 5000, 50000);
  CompiledRule rule = rule_for(kind, {Row::read, Row::recvfrom, Row::write}, amount);
  if (kind == FaultKind::kSignal) rule.signal = *rc::gen::element<std::uint8_t>(SIGCHLD, SIGUSR1);
  rule.rate_denominator = *rc::gen::element(1U, 2U);
  return rule;
}

// Also that the model is a rich one: every fault there is was decided on.
TEST(Legality, NoFaultIsOneThatLinuxCouldNotGive) {
  std::map<std::pair<FaultKind, Row>, int> decided;
  const bool holds = rc::check([&] {
    std::vector<CompiledRule> rules;
    const int count = *rc::gen::inRange(1, 4);
    while (static_cast<int>(rules.size()) < count) rules.push_back(any_rule());
    Model model(rules, decided);
    const int steps = *rc::gen::inRange(1, 300);
    for (int i = 0; i < steps; ++i) model.step();
  });
  EXPECT_TRUE(holds);
  for (const Row row : {Row::read, Row::recvfrom, Row::write}) {
    for (const FaultKind kind : {FaultKind::kShort, FaultKind::kEintr, FaultKind::kEagain, FaultKind::kFull,
                                 FaultKind::kSignal, FaultKind::kDelay}) {
      if (kind == FaultKind::kFull && row != Row::write) continue;
      EXPECT_GT((decided[{kind, row}]), 0) << name_of(kind) << " of " << descriptor(row).name;
    }
  }
}

}  // namespace
}  // namespace flinch
