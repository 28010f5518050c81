// POSIX semaphores (sem_overview(7)) as the GNU C library makes them of a futex, on 64-bit machines: the
// value in one word, and in the next the number of those who wait, so that sem_post(3) knows whether to wake.
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>

#include "core/mechanisms/calls_impl.h"
#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {
namespace {

constexpr Address kWaiters = 4;  // offsets in a sem_t
constexpr Address kSharing = 8;
constexpr std::uint32_t kShared = FUTEX_PRIVATE_FLAG;  // the library's sign for the contrary, turned round
constexpr std::uint32_t kValueMax = INT_MAX;           // SEM_VALUE_MAX

/// Memory that nobody made a semaphore of, zeros, is one of a single process.
int sharing_of(std::optional<std::uint32_t> word) {
  return FUTEX_PRIVATE_FLAG ^ static_cast<int>(word.value_or(0) & kShared);
}

}  // namespace

Calls::Start Calls::operator()(const call::SemInit& call) {
  if (call.value > kValueMax) return failed(EINVAL);
  set_word(call.address, call.value);
  set_word(call.address + kWaiters, 0);
  set_word(call.address + kSharing, kShared);
  return done(0);
}

Calls::Start Calls::operator()(const call::SemPost& call) {
  const std::uint32_t value = word_at(call.address).value_or(0);
  if (value == kValueMax && !MUTANT(sem_overflows)) return failed(EOVERFLOW);
  const std::uint32_t waiters = word_at(call.address + kWaiters).value_or(0);
  set_word(call.address, value + 1);
  // Both are one number of 64 bits: a value that was not the library's own carries over.
  if (value + 1 == 0) set_word(call.address + kWaiters, waiters + 1);
  if (waiters == 0 || MUTANT(sem_post_wakes_nobody)) return done(0);
  const auto key = futex_key(call.address, sharing_of(word_at(call.address + kSharing)), Touch::kRead);
  world.wake_futexes(world.futexes_.wake(key.value(), 1, FUTEX_BITSET_MATCH_ANY));
  return done(0);
}

Calls::Start Calls::operator()(const call::SemTrywait& call) {
  const std::uint32_t value = word_at(call.address).value_or(0);
  if (value == 0 && !MUTANT(sem_trywait_goes_below_0)) return failed(EAGAIN);
  set_word(call.address, value - 1);
  return done(0);
}

Calls::Start Calls::operator()(const call::SemWait& call) {
  if (is_invalid(call.deadline)) return failed(EINVAL);
  const std::uint32_t value = word_at(call.address).value_or(0);
  if (value > 0) {
    set_word(call.address, value - 1);
    return done(0);
  }
  if (call.deadline == Deadline::kPast) return failed(ETIMEDOUT);
  set_word(call.address + kWaiters, word_at(call.address + kWaiters).value_or(0) + 1);
  // Whoever is woken looks again: another may have been quicker.
  return World::Attempt{[address = call.address, me = thread](World& now, Occasion) -> Outcome {
    Calls calls{now, me};
    const std::uint32_t left = calls.word_at(address).value_or(0);
    if (left == 0) {
      const auto key = calls.futex_key(address, sharing_of(calls.word_at(address + kSharing)), Touch::kRead);
      now.futexes_.wait(me, key.value(), FUTEX_BITSET_MATCH_ANY, Futexes::Then::kLooksAgain);
      return Sleep{};
    }
    calls.set_word(address, left - 1);
    const std::uint32_t waiters = calls.word_at(address + kWaiters).value_or(0);
    if (!MUTANT(sem_forgets_waiters)) calls.set_word(address + kWaiters, waiters - 1);
    return done(0);
  }};
}

Calls::Start Calls::operator()(const call::SemGetvalue& call) {
  Reply reply = done(0);
  reply.numbers = {static_cast<std::int32_t>(word_at(call.address).value_or(0))};
  return reply;
}

}  // namespace flinch::mechanisms
