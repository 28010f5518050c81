#include "core/mechanisms/event_counter.h"

#include <errno.h>
#include <poll.h>

#include <cstring>
#include <limits>

#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {
namespace {

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

/// Whoever waits stands behind those who poll, and is woken with all the others.
Blocked wait_in_line() {
  return {Queue::kReaders, MUTANT(eventfd_wakes_one) ? Wait::kExclusive : Wait::kSharedLast};
}

}  // namespace

Answer<std::uint64_t> EventCounter::read(std::size_t size) {
  if (size < sizeof count_ && !(MUTANT(eventfd_reads_short) && size > 0)) return Errno{EINVAL};
  if (count_ == 0) return wait_in_line();
  const bool takes_one = (reads_ == Reads::kOne) != MUTANT(eventfd_forgets_semaphore);
  const std::uint64_t taken = takes_one ? 1 : count_;
  count_ -= taken;
  if (!MUTANT(eventfd_read_wakes_nobody)) wakes_.push_back({Queue::kReaders, Wake::Who::kOne, POLLOUT});
  return taken;
}

Answer<std::size_t> EventCounter::write(std::string_view from) {
  std::uint64_t value = 0;
  if (from.size() != sizeof value && !(MUTANT(eventfd_writes_long) && from.size() > sizeof value))
    return Errno{EINVAL};
  std::memcpy(&value, from.data(), sizeof value);
  if (value == kMax && !MUTANT(eventfd_takes_the_highest)) return Errno{EINVAL};
  const std::uint64_t room = kMax - count_;
  if (value >= room && !(MUTANT(eventfd_reaches_the_highest) && value == room)) return wait_in_line();
  count_ += value;
  wakes_.push_back({Queue::kReaders, Wake::Who::kOne, POLLIN});
  return from.size();
}

short EventCounter::events(Ends, std::uint64_t) const {
  int events = 0;
  if (count_ > 0) events |= MUTANT(eventfd_is_normal_data) ? POLLIN | POLLRDNORM : POLLIN;
  if (count_ < kMax - 1 || MUTANT(eventfd_is_always_writable)) events |= POLLOUT;
  return static_cast<short>(events);
}

}  // namespace flinch::mechanisms
