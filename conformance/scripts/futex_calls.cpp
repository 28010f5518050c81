// What scripts about futexes and POSIX semaphores are made of.
#include <limits.h>
#include <linux/futex.h>
#include <sys/mman.h>

#include "conformance/scripts/makers.h"

namespace flinch::conformance {
namespace {

namespace call = mechanisms::call;
using mechanisms::Address;
using mechanisms::Deadline;
using enum Maker::Needs;

constexpr Address kOtherView = 0x4000;  // of the first page
constexpr Address kForbidden = 0x6000;  // the first page as well, for nobody to read

/// Every script begins with two pages of memory that all its processes will share, the first of them once
/// more elsewhere, and two semaphores there.
template <SystemCall (*make)(const Situation&)>
SystemCall after_preparation(const Situation& s) {
  constexpr int kReadWrite = PROT_READ | PROT_WRITE;
  switch (s.step) {
    case 0: return call::MemfdCreate{0};
    case 1: return call::Ftruncate{0, 8192};
    case 2: return call::Mmap{0, 8192, kReadWrite, 0, 0};
    case 3: return call::Mmap{kOtherView, 4096, kReadWrite, 0, 0};
    case 4: return call::Mmap{kForbidden, 4096, PROT_NONE, 0, 0};
    case 5: return call::SemInit{64, 0};
    case 6: return call::SemInit{96, 1};
    default: return make(s);
  }
}

/// Few, so that many meet there; now and then where there is nothing, or no word.
Address word(const Situation& s, std::size_t n) {
  static constexpr Address kNowhere[] = {0x3000, 2, 0x2000, 0x7001, kForbidden};
  if (s.numbers[n] % 32 == 31) return kNowhere[s.numbers[n] / 32 % std::size(kNowhere)];
  return s.one_of<Address>(n, {0, 4, 0, kOtherView, 0x1000, 4, kOtherView + 4, 64});
}

Address semaphore(const Situation& s, std::size_t n) {
  return s.one_of<Address>(n, {64, 64, 96, kOtherView + 64});
}

SystemCall futex_call(const Situation& s) {
  const int operation =
      s.one_of(0, {FUTEX_WAIT, FUTEX_WAKE, FUTEX_WAIT, FUTEX_WAKE, FUTEX_WAIT, FUTEX_WAIT_BITSET,
                   FUTEX_WAKE_BITSET, FUTEX_REQUEUE, FUTEX_CMP_REQUEUE, FUTEX_WAKE_OP, FUTEX_WAIT_BITSET});
  call::Futex call{word(s, 1), operation, 0, Deadline::kNone, 0, word(s, 2), 0};
  const int small = s.numbers[3];
  // Most words hold 0 most of the time.
  const bool waits = operation == FUTEX_WAIT || operation == FUTEX_WAIT_BITSET;
  call.value = waits ? static_cast<std::uint32_t>(small % 4 == 3 ? 1 : 0)
                     : s.one_of<std::uint32_t>(3, {1, 1, 0, 2, INT_MAX, 1, 3, 0x80000000});
  call.count2 = s.one_of(2, {1, 2, 0, INT_MAX, 1, 1, -1});
  call.value3 = static_cast<std::uint32_t>(small / 8 % 4);  // bits, or what the word should hold
  if (operation == FUTEX_CMP_REQUEUE) call.value3 = small / 8 % 4 == 3 ? 1 : 0;
  if (operation == FUTEX_WAKE_OP) {
    const int changes = s.numbers[2] / 8 % 4 - 1;
    const int compared = s.numbers[2] / 32 % 3 - 1;
    call.value3 = static_cast<std::uint32_t>((small / 8 % 6) << 28 | (s.numbers[1] / 32 % 7) << 24 |
                                             (changes & 0xfff) << 12 | (compared & 0xfff));
  }
  if (operation == FUTEX_WAKE_OP && s.numbers[1] % 16 == 15)
    call.value3 |= std::uint32_t{FUTEX_OP_OPARG_SHIFT} << 28;
  if (small / 32 % 16 == 15) call.operation |= FUTEX_PRIVATE_FLAG;
  if (small / 32 % 32 == 14) call.operation = 99;
  if (waits && small / 32 % 32 == 13)
    call.deadline = small % 2 == 0 ? Deadline::kInvalid : Deadline::kTooManyNanoseconds;
  if (waits && small / 32 % 16 == 12) call.deadline = Deadline::kPast;
  return call;
}

SystemCall poke_call(const Situation& s) {
  const auto value = s.one_of<char>(1, {0, 0, 1, 2});
  return call::Store{s.numbers[0] % 4 == 0 ? semaphore(s, 2) : word(s, 0), {value, 0, 0, 0}};
}

SystemCall init_call(const Situation& s) {
  return call::SemInit{semaphore(s, 0), s.one_of<unsigned>(1, {0, 1, 2, 0, INT_MAX, INT_MAX + 1U})};
}

SystemCall wait_call(const Situation& s) {
  const int choice = s.numbers[1] % 16;
  Deadline deadline = choice > 12 ? Deadline::kPast : Deadline::kNone;
  if (choice == 15)
    deadline = s.numbers[1] / 16 % 2 == 0 ? Deadline::kInvalid : Deadline::kTooManyNanoseconds;
  return call::SemWait{semaphore(s, 0), deadline};
}

SystemCall post_call(const Situation& s) { return call::SemPost{semaphore(s, 0)}; }
SystemCall try_call(const Situation& s) { return call::SemTrywait{semaphore(s, 0)}; }
SystemCall value_call(const Situation& s) { return call::SemGetvalue{semaphore(s, 0)}; }
SystemCall peek_call(const Situation& s) { return call::Load{s.one_of<Address>(0, {0, 64, 0x1000}), 64}; }
/// The second page comes and goes.
SystemCall truncate_call(const Situation& s) {
  return call::Ftruncate{0, s.one_of<std::int64_t>(0, {4096, 8192})};
}
SystemCall fork_call(const Situation&) { return call::Fork{}; }
SystemCall exit_call(const Situation& s) { return call::Exit{s.numbers[0] % 256}; }

}  // namespace

std::vector<Maker> futex_makers() {
  return {
      {40, kNothing, after_preparation<futex_call>}, {4, kNothing, after_preparation<poke_call>},
      {2, kNothing, after_preparation<init_call>},   {10, kNothing, after_preparation<wait_call>},
      {10, kNothing, after_preparation<post_call>},  {3, kNothing, after_preparation<try_call>},
      {2, kNothing, after_preparation<value_call>},  {4, kNothing, after_preparation<peek_call>},
      {14, kNothing, after_preparation<fork_call>},  {1, kNothing, after_preparation<truncate_call>},
      {1, kNothing, after_preparation<exit_call>},
  };
}

}  // namespace flinch::conformance
