// poll(2).
#include <errno.h>
#include <poll.h>

#include "core/mechanisms/calls_impl.h"

namespace flinch::mechanisms {

/// What is watched is what the numbers stand for when the call is made, and the call holds on to it; what is
/// looked at is what they stand for whenever it looks.
Calls::Start Calls::operator()(const call::Poll& call) {
  if (static_cast<int>(call.entries.size()) > world.limits_.descriptors_max) return failed(EINVAL);
  std::vector<DescriptionId> held;
  std::vector<Bed> beds;
  for (const auto& entry : call.entries) {
    if (world.find(thread, entry.fd) == nullptr) continue;
    held.push_back(world.number_of(thread, entry.fd));
    world.hold(held.back());
    const auto wanted = static_cast<short>(entry.events | POLLERR | POLLHUP);
    for (const Bed& bed : world.beds_at(held.back(), wanted)) beds.push_back(bed);
  }
  return World::Attempt{[=, me = thread](World& now, Occasion) -> Outcome {
    Reply reply = done(0);
    for (const auto& entry : call.entries) {
      int events = entry.fd < 0 ? 0 : POLLNVAL;  // a negative number is passed over, poll(2)
      if (now.find(me, entry.fd) != nullptr)
        events = now.events_of(now.number_of(me, entry.fd)) & (entry.events | POLLERR | POLLHUP);
      reply.numbers.push_back(events);
      if (events != 0) ++reply.value;
    }
    if (reply.value == 0 && call.timeout_ms != 0) return Sleep{beds};
    for (const DescriptionId description : held) now.let_go(description);
    return reply;
  }};
}

}  // namespace flinch::mechanisms
