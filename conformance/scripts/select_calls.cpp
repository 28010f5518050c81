// What scripts about poll(2) and select(2) are made of.
#include <poll.h>

#include "conformance/scripts/company.h"
#include "conformance/scripts/makers.h"

namespace flinch::conformance {
namespace {

namespace call = mechanisms::call;
using mechanisms::Deadline;
using mechanisms::DescriptorSet;
using mechanisms::Selection;
using enum Maker::Needs;

std::vector<call::PollEntry> entries(const Situation& s) {
  std::vector<call::PollEntry> made;
  const std::size_t count = s.numbers[1] % 64 == 63 ? kDescriptors + s.numbers[1] / 64 % 2 : s.numbers[1] % 4;
  for (std::size_t i = 0; i < count; ++i)
    made.push_back({s.descriptor(i % 2 + 2), s.one_of<short>(i % 4, {POLLIN, POLLOUT, POLLIN | POLLOUT, 0,
                                                                     POLLRDNORM, POLLPRI, POLLWRNORM, -1})});
  return made;
}

Deadline timeout(const Situation& s) {
  return s.one_of(0, {Deadline::kPast, Deadline::kNone, Deadline::kPast, Deadline::kNone, Deadline::kPast,
                      Deadline::kPast, Deadline::kPast, Deadline::kNone, Deadline::kInvalid});
}

/// A few that are open; now and then one that is not.
std::optional<DescriptorSet> some(const Situation& s, std::size_t n) {
  const std::uint16_t number = s.numbers[n];
  if (number % 8 == 7) return std::nullopt;
  DescriptorSet set = 0;
  for (const int fd : s.world.descriptors(s.thread))
    if ((number / 8 >> (fd % 7) & 1) != 0) set |= DescriptorSet{1} << fd;
  return number % 32 == 30 ? set | DescriptorSet{1} << number / 32 % 64 : set;
}

Selection selection(const Situation& s) {
  const std::vector<int> open = s.world.descriptors(s.thread);
  const int above = open.empty() ? 0 : open.back() + 1;
  const int count = s.one_of(0, {above, above, 64, above, 14, above - 1, above, 1024, 0, -1, above});
  return {count, some(s, 1), some(s, 2), some(s, 3)};
}

SystemCall poll_call(const Situation& s) { return call::Poll{entries(s), s.numbers[0] % 2 == 1 ? -1 : 0}; }
SystemCall ppoll_call(const Situation& s) { return call::Ppoll{entries(s), timeout(s)}; }
SystemCall select_call(const Situation& s) { return call::Select{selection(s), timeout(s)}; }
SystemCall pselect_call(const Situation& s) { return call::Pselect6{selection(s), timeout(s)}; }

}  // namespace

std::vector<Maker> select_makers() {
  return {
      {10, kDescriptor, in_company<poll_call>},
      {6, kDescriptor, in_company<ppoll_call>},
      {16, kDescriptor, in_company<select_call>},
      {6, kDescriptor, in_company<pselect_call>},
  };
}

}  // namespace flinch::conformance
