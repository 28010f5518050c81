// poll(2): what is watched is what the numbers stand for when the call is made; what is looked at is what they
// stand for whenever it looks.
#include <errno.h>
#include <poll.h>

#include "core/mechanisms/calls_impl.h"
#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {
namespace {

short wanted(const call::PollEntry& entry) {
  return static_cast<short>(entry.events | (MUTANT(poll_errs_if_asked) ? 0 : POLLERR | POLLHUP));
}

}  // namespace

void World::watch(ThreadId thread, int fd, short events, Watch& watch) {
  if (find(thread, fd) == nullptr) return;
  const DescriptionId number = number_of(thread, fd);
  hold(number);
  watch.held.push_back(number);
  if (MUTANT(poll_waits_for_the_first) && !watch.beds.empty()) return;
  const Description& description = descriptions_.at(number);
  const auto queues =
      std::visit([&](auto& state) { return state.watched(description.ends); }, state_of(description));
  for (const Queue queue : queues) watch.beds.push_back({description.object, queue, Wait::kShared, events});
}

Calls::Start Calls::operator()(const call::Poll& call) {
  return poll(call.entries, call.timeout_ms == 0 ? MayWait::kNo : MayWait::kYes);
}

Calls::Start Calls::operator()(const call::Ppoll& call) {
  if (is_invalid(call.timeout)) return failed(EINVAL);
  return poll(call.entries, call.timeout == Deadline::kPast ? MayWait::kNo : MayWait::kYes);
}

Calls::Start Calls::poll(const std::vector<call::PollEntry>& entries, MayWait may_wait) {
  if (static_cast<int>(entries.size()) > world.process_of(thread).descriptors_max &&
      !MUTANT(poll_has_no_maximum))
    return failed(EINVAL);
  World::Watch watch;
  for (const call::PollEntry& entry : entries) world.watch(thread, entry.fd, wanted(entry), watch);
  return World::Attempt{[=, me = thread](World& now, Occasion) -> Outcome {
    Reply reply = done(0);
    for (const call::PollEntry& entry : entries) {
      const bool is_left_out = entry.fd < 0 && !MUTANT(poll_minds_negative_numbers);
      int events = is_left_out ? 0 : POLLNVAL;
      if (now.find(me, entry.fd) != nullptr)
        events = now.events_of(now.number_of(me, entry.fd)) & wanted(entry);
      reply.numbers.push_back(events);
      if (events != 0 && !(MUTANT(poll_counts_open_ones) && events == POLLNVAL)) ++reply.value;
    }
    if (reply.value == 0 && may_wait == MayWait::kYes) return Sleep{watch.beds};
    now.let_go(watch);
    return reply;
  }};
}

}  // namespace flinch::mechanisms
