// futex(2) on shared memory.
#include <errno.h>
#include <linux/futex.h>

#include <cstring>

#include "core/mechanisms/calls_impl.h"
#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {
namespace {

/// FUTEX_OP of futex(2), taken apart.
struct WakeOp {
  explicit WakeOp(std::uint32_t code)
      : operation{code >> 28 & 7},
        comparison{code >> 24 & 15},
        operand{static_cast<std::int32_t>(code << 8) >> 20},
        compared{static_cast<std::int32_t>(code << 20) >> 20} {
    // Beyond 31 it is taken modulo 32 (the manual page does not say).
    if ((code >> 28 & FUTEX_OP_OPARG_SHIFT) != 0) operand = static_cast<std::int32_t>(1U << (operand & 31));
  }

  /// ENOSYS for what there is not.
  [[nodiscard]] Answer<std::uint32_t> apply(std::uint32_t old) const {
    const auto with = static_cast<std::uint32_t>(operand);
    switch (operation) {
      case FUTEX_OP_SET: return with;
      case FUTEX_OP_ADD: return old + with;
      case FUTEX_OP_OR: return old | with;
      case FUTEX_OP_ANDN: return old & ~with;
      case FUTEX_OP_XOR: return old ^ with;
      default: return Errno{ENOSYS};
    }
  }
  [[nodiscard]] Answer<bool> compare(std::uint32_t old) const {
    const auto value = static_cast<std::int32_t>(old);
    switch (comparison) {
      case FUTEX_OP_CMP_EQ: return value == compared;
      case FUTEX_OP_CMP_NE: return value != compared;
      case FUTEX_OP_CMP_LT: return value < compared;
      case FUTEX_OP_CMP_GE: return value >= compared;
      case FUTEX_OP_CMP_LE: return value <= compared;
      case FUTEX_OP_CMP_GT: return value > compared;
      default: return Errno{ENOSYS};
    }
  }

  std::uint32_t operation;
  std::uint32_t comparison;
  std::int32_t operand;
  std::int32_t compared;
};

}  // namespace

std::optional<std::uint32_t> Calls::word_at(Address address) const {
  const World::Page* page = page_at(address, Touch::kRead);
  if (page == nullptr) return std::nullopt;
  const Bytes bytes = load(*page, static_cast<std::size_t>(address) % kPageSize, sizeof(std::uint32_t));
  std::uint32_t word = 0;
  std::memcpy(&word, bytes.data(), sizeof word);
  return word;
}

void Calls::set_word(Address address, std::uint32_t value) {
  store(*page_at(address, Touch::kWrite), static_cast<std::size_t>(address) % kPageSize,
        {reinterpret_cast<const char*>(&value), sizeof value});
}

Answer<FutexKey> Calls::futex_key(Address address, int operation, Touch touch) const {
  if (address % static_cast<Address>(sizeof(std::uint32_t)) != 0) return Errno{EINVAL};
  const ProcessId process = world.threads_.at(thread).process;
  if ((operation & FUTEX_PRIVATE_FLAG) != 0 && !MUTANT(futex_private_is_shared))
    return FutexKey{FutexKey::Kind::kPrivate, process, address};  // Linux does not look what is there
  const World::Page* page = page_at(address, touch);
  if (page == nullptr) return Errno{EFAULT};
  if (page->is_private) return FutexKey{FutexKey::Kind::kPrivate, process, address};
  if (MUTANT(futex_key_is_address)) return FutexKey{FutexKey::Kind::kShared, page->object, address};
  return FutexKey{FutexKey::Kind::kShared, page->object,
                  static_cast<std::int64_t>(page->offset) + address % static_cast<Address>(kPageSize)};
}

void World::wake_futexes(const std::vector<Futexes::Woken>& woken) {
  for (const auto& [thread, then] : woken) {
    if (then == Futexes::Then::kReturns)
      end_sleep(thread);
    else
      rouse(thread);
  }
}

Calls::Start Calls::operator()(const call::Futex& call) {
  switch (call.operation & ~FUTEX_PRIVATE_FLAG) {
    case FUTEX_WAIT: return futex_wait(call, FUTEX_BITSET_MATCH_ANY);
    case FUTEX_WAIT_BITSET: return futex_wait(call, call.value3);
    case FUTEX_WAKE:
    case FUTEX_WAKE_BITSET: {
      const bool has_bits = (call.operation & ~FUTEX_PRIVATE_FLAG) == FUTEX_WAKE_BITSET;
      const std::uint32_t bits = has_bits ? call.value3 : FUTEX_BITSET_MATCH_ANY;
      if (bits == 0 && !MUTANT(futex_no_zero_bitset_check)) return failed(EINVAL);
      const auto key = futex_key(call.address, call.operation, Touch::kRead);
      if (!key.is_value()) return failed(key.error().value);
      const auto woken = world.futexes_.wake(key.value(), static_cast<int>(call.value), bits);
      world.wake_futexes(woken);
      return done(static_cast<std::int64_t>(woken.size()));
    }
    case FUTEX_REQUEUE: return futex_requeue(call, false);
    case FUTEX_CMP_REQUEUE: return futex_requeue(call, !MUTANT(futex_requeue_never_compares));
    case FUTEX_WAKE_OP: return futex_wake_op(call);
    default: return failed(ENOSYS);
  }
}

Calls::Start Calls::futex_wait(const call::Futex& call, std::uint32_t bits) {
  if (is_invalid(call.deadline)) return failed(EINVAL);
  if (bits == 0 && !MUTANT(futex_no_zero_bitset_check)) return failed(EINVAL);
  const auto key = futex_key(call.address, call.operation, Touch::kRead);
  if (!key.is_value()) return failed(key.error().value);
  const auto word = word_at(call.address);
  if (!word) return failed(EFAULT);
  if (word != call.value && !MUTANT(futex_no_eagain)) return failed(EAGAIN);
  if (call.deadline == Deadline::kPast && !MUTANT(futex_past_waits)) return failed(ETIMEDOUT);
  return World::Attempt{[=, me = thread](World& now, Occasion occasion) -> Outcome {
    if (occasion == Occasion::kWoken) {
      if (now.futexes_.leave(me) && !MUTANT(interrupted_futex_is_woken)) return World::Restart::kWithFlag;
      return done(0);
    }
    now.futexes_.wait(me, key.value(), bits, Futexes::Then::kReturns);
    return Sleep{};
  }};
}

Calls::Start Calls::futex_requeue(const call::Futex& call, bool compares) {
  const auto wakes = static_cast<int>(call.value);
  if (wakes < 0 || call.count2 < 0) return failed(EINVAL);
  const auto from = futex_key(call.address, call.operation, Touch::kRead);
  if (!from.is_value()) return failed(from.error().value);
  const auto to = futex_key(call.address2, call.operation, Touch::kRead);
  if (!to.is_value()) return failed(to.error().value);
  if (compares) {
    const auto word = word_at(call.address);
    if (!word) return failed(EFAULT);
    if (word != call.value3) return failed(EAGAIN);
  }
  const auto [woken, moved] = world.futexes_.requeue(from.value(), to.value(), wakes, call.count2);
  world.wake_futexes(woken);
  const auto count = static_cast<std::int64_t>(woken.size());
  return done(MUTANT(futex_requeue_counts_woken) ? count : count + moved);
}

Calls::Start Calls::futex_wake_op(const call::Futex& call) {
  const auto first = futex_key(call.address, call.operation, Touch::kRead);
  if (!first.is_value()) return failed(first.error().value);
  const auto second = futex_key(call.address2, call.operation, Touch::kWrite);
  if (!second.is_value()) return failed(second.error().value);
  const WakeOp op{call.value3};
  const std::uint32_t old = word_at(call.address2).value_or(0);
  const auto changed = op.apply(old);
  if (!changed.is_value()) return failed(changed.error().value);
  if (page_at(call.address2, Touch::kWrite) == nullptr) return failed(EFAULT);
  set_word(call.address2, changed.value());
  // A comparison that there is not shows only when the word has been changed.
  const auto holds = op.compare(old);
  if (!holds.is_value()) return failed(holds.error().value);
  auto woken = world.futexes_.wake(first.value(), static_cast<int>(call.value), FUTEX_BITSET_MATCH_ANY);
  if (holds.value() || MUTANT(futex_op_ignores_compare)) {
    const auto more = world.futexes_.wake(second.value(), call.count2, FUTEX_BITSET_MATCH_ANY);
    woken.insert(woken.end(), more.begin(), more.end());
  }
  world.wake_futexes(woken);
  return done(static_cast<std::int64_t>(woken.size()));
}

}  // namespace flinch::mechanisms
