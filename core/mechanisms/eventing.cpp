// eventfd(2), and what read(2) and write(2) do with one.
#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>

#include <cstring>

#include "core/mechanisms/calls_impl.h"
#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {

Calls::Start Calls::operator()(const call::Eventfd2& call) {
  if ((call.flags & ~(EFD_SEMAPHORE | EFD_CLOEXEC | EFD_NONBLOCK)) != 0) return failed(EINVAL);
  const int fd = free_descriptor();
  if (fd < 0) return failed(EMFILE);
  const auto reads =
      (call.flags & EFD_SEMAPHORE) != 0 ? EventCounter::Reads::kOne : EventCounter::Reads::kAll;
  const std::uint64_t initial = MUTANT(eventfd_begins_at_0) ? 0 : call.initial;
  const ObjectId object = world.objects_.add({EventCounter{initial, reads}, 0});
  const int kept = MUTANT(eventfd_is_never_nonblocking) ? 0 : call.flags & O_NONBLOCK;
  const DescriptionId description = world.describe(object, O_RDWR | kept, {true, true});
  world.hold(description);
  world.install(world.process_of(thread), fd, description, (call.flags & EFD_CLOEXEC) != 0);
  return done(fd);
}

Calls::Start Calls::read_from(EventCounter&, DescriptionId number, std::size_t size) {
  world.hold(number);
  return World::Attempt{[=, me = thread](World& now, Occasion occasion) -> Outcome {
    const Description& description = now.descriptions_.at(number);
    const ObjectId object = description.object;
    auto answer = std::get<EventCounter>(now.state_of(description)).read(size);
    // Once it waits, it does so whatever O_NONBLOCK becomes.
    const bool may_wait = occasion == Occasion::kWoken || (description.flags & O_NONBLOCK) == 0;
    if (answer.is_blocked() && may_wait && !now.is_interrupted(me))
      return Sleep{{{object, answer.blocked().queue, answer.blocked().wait}}};
    now.spread_wakes(object);
    now.let_go(number);
    if (answer.is_blocked() && may_wait) return World::Restart::kWithFlag;
    if (answer.is_blocked()) return failed(EAGAIN);
    if (!answer.is_value()) return failed(answer.error().value);
    Reply reply = done(sizeof(std::uint64_t));
    reply.bytes.resize(sizeof(std::uint64_t));
    std::memcpy(reply.bytes.data(), &answer.value(), sizeof(std::uint64_t));
    return reply;
  }};
}

Calls::Start Calls::write_to(EventCounter&, DescriptionId number, const Bytes& bytes) {
  return write_parts(number, {bytes});
}

Calls::Start Calls::write_parts(DescriptionId number, std::vector<Bytes> parts) {
  world.hold(number);
  return World::Attempt{[=, me = thread, parts = std::move(parts), next = std::size_t{0},
                         written = std::size_t{0}](World& now, Occasion occasion) mutable -> Outcome {
    const Description& description = now.descriptions_.at(number);
    const ObjectId object = description.object;
    auto& counter = std::get<EventCounter>(now.state_of(description));
    bool may_wait = occasion == Occasion::kWoken || (description.flags & O_NONBLOCK) == 0;
    int error = 0;
    bool is_interrupted = false;
    for (; next < parts.size() && error == 0; ++next) {
      // writev(2) passes over an empty part, but for the first.
      if (parts[next].empty() && next > 0) continue;
      const auto answer = counter.write(parts[next]);
      is_interrupted = answer.is_blocked() && may_wait && now.is_interrupted(me);
      if (is_interrupted) break;
      if (answer.is_blocked() && may_wait) {
        now.spread_wakes(object);
        return Sleep{{{object, answer.blocked().queue, answer.blocked().wait}}};
      }
      may_wait = (description.flags & O_NONBLOCK) == 0;
      if (answer.is_value())
        written += answer.value();
      else
        error = answer.is_blocked() ? EAGAIN : answer.error().value;
    }
    now.spread_wakes(object);
    now.let_go(number);
    if (is_interrupted && written == 0) return World::Restart::kWithFlag;
    return error != 0 && written == 0 ? failed(error) : done(static_cast<std::int64_t>(written));
  }};
}

}  // namespace flinch::mechanisms
