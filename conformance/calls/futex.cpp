#include "conformance/calls/futex.h"

#include <fmt/format.h>
#include <linux/futex.h>
#include <sys/syscall.h>

#include <ctime>

#include "conformance/calls/memory.h"

namespace flinch::conformance {
namespace {

using mechanisms::Deadline;

const char* name_of(Deadline deadline) {
  if (deadline == Deadline::kNone) return "no deadline";
  if (deadline == Deadline::kTooManyNanoseconds) return "1000000000 ns";
  return deadline == Deadline::kPast ? "past" : "-1 ns";
}

/// The library does not even ask the kernel for a time before 1970, so nobody can be seen to wait for it.
timespec* put(Deadline deadline, Encoding& to) {
  if (deadline == Deadline::kNone) return nullptr;
  if (deadline == Deadline::kTooManyNanoseconds) return to.put_value(timespec{1, 1'000'000'000});
  return to.put_value(deadline == Deadline::kPast ? timespec{-1, 0} : timespec{0, -1});
}

}  // namespace

std::string show(const call::Futex& c) {
  return fmt::format("{:#x}, {}, {}, {}, {}, {:#x}, {:#x}", c.address, c.operation, c.value,
                     name_of(c.deadline), c.count2, c.address2, c.value3);
}
std::string show(const call::SemInit& c) { return fmt::format("{:#x}, 1, {}", c.address, c.value); }
std::string show(const call::SemPost& c) { return fmt::format("{:#x}", c.address); }
std::string show(const call::SemWait& c) { return fmt::format("{:#x}, {}", c.address, name_of(c.deadline)); }
std::string show(const call::SemTrywait& c) { return fmt::format("{:#x}", c.address); }
std::string show(const call::SemGetvalue& c) { return fmt::format("{:#x}", c.address); }

void encode(const call::Futex& c, Encoding& to) {
  const int operation = c.operation & ~FUTEX_PRIVATE_FLAG;
  const bool waits = operation == FUTEX_WAIT || operation == FUTEX_WAIT_BITSET;
  // FUTEX_WAIT takes how long, FUTEX_WAIT_BITSET when; neither may be negative, and 0 has passed for both.
  const bool is_past = waits && c.deadline == Deadline::kPast;
  const timespec* deadline = is_past ? to.put_value(timespec{0, 0}) : put(c.deadline, to);
  const long fourth = waits ? reinterpret_cast<long>(deadline) : c.count2;
  to.set(SYS_futex, kWindow + c.address, c.operation, c.value, fourth, kWindow + c.address2, c.value3);
  if (is_past) to.expire();
}
void encode(const call::SemInit& c, Encoding& to) {
  to.set(SemaphoreOperation::kInit, kWindow + c.address, c.value);
}
void encode(const call::SemPost& c, Encoding& to) {
  to.set(SemaphoreOperation::kPost, kWindow + c.address, 0);
}
void encode(const call::SemWait& c, Encoding& to) {
  to.set(SemaphoreOperation::kTimedwait, kWindow + c.address, put(c.deadline, to));
}
void encode(const call::SemTrywait& c, Encoding& to) {
  to.set(SemaphoreOperation::kTrywait, kWindow + c.address, 0);
}
void encode(const call::SemGetvalue& c, Encoding& to) {
  to.set(SemaphoreOperation::kGetvalue, kWindow + c.address, to.take<int>());
}

void decode(const call::SemGetvalue&, const Slot& slot, Reply& reply) {
  reply.numbers = {*memory_at<int>(slot, 2)};
}

}  // namespace flinch::conformance
