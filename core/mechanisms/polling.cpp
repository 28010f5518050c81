// poll(2).
#include <errno.h>
#include <poll.h>

#include "core/mechanisms/calls_impl.h"

namespace flinch::mechanisms {

Calls::Start Calls::operator()(const call::Poll& call) {
  if (static_cast<int>(call.entries.size()) > world.limits_.descriptors_max) return failed(EINVAL);
  // The call holds what it watches: closing a descriptor meanwhile changes nothing for it.
  std::vector<DescriptionId> watched;
  for (const auto& entry : call.entries) {
    watched.push_back(world.find(thread, entry.fd) != nullptr ? world.number_of(thread, entry.fd)
                                                              : World::kReserved);
    if (watched.back() != World::kReserved) world.hold(watched.back());
  }
  return World::Attempt{[call, watched](World& now, Occasion) -> Outcome {
    Reply reply = done(0);
    std::vector<Bed> beds;
    for (std::size_t i = 0; i < watched.size(); ++i) {
      int events = call.entries[i].fd < 0 ? 0 : POLLNVAL;  // a negative number is passed over, poll(2)
      if (watched[i] != World::kReserved) {
        const Description& description = now.descriptions_.at(watched[i]);
        events = now.events_of(watched[i]) & (call.entries[i].events | POLLERR | POLLHUP);
        if (description.ends.reads) beds.push_back({description.object, Queue::kReaders, Wait::kShared});
        if (description.ends.writes) beds.push_back({description.object, Queue::kWriters, Wait::kShared});
      }
      reply.numbers.push_back(events);
      if (events != 0) ++reply.value;
    }
    if (reply.value == 0 && call.timeout_ms != 0) return Sleep{std::move(beds)};
    for (const DescriptionId description : watched)
      if (description != World::kReserved) now.let_go(description);
    return reply;
  }};
}

}  // namespace flinch::mechanisms
