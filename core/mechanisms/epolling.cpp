// epoll(7) as system calls: epoll_create(2), epoll_ctl(2), epoll_wait(2).
#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>

#include <limits>

#include "core/mechanisms/calls_impl.h"
#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {
namespace {

constexpr int kEventsMax = std::numeric_limits<int>::max() / 12;  // sizeof(struct epoll_event)
constexpr std::uint32_t kExclusiveMay =
    EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE;

}  // namespace

Calls::Start Calls::operator()(const call::EpollCreate& call) {
  return call.size <= 0 ? failed(EINVAL) : (*this)(call::EpollCreate1{0});
}

Calls::Start Calls::operator()(const call::EpollCreate1& call) {
  if ((call.flags & ~EPOLL_CLOEXEC) != 0) return failed(EINVAL);
  const int fd = free_descriptor();
  if (fd < 0) return failed(EMFILE);
  const ObjectId object = world.objects_.add({Epoll{}, 0});
  const DescriptionId description = world.describe(object, O_RDWR, {true, true});
  world.hold(description);
  world.install(world.process_of(thread), fd, description, (call.flags & EPOLL_CLOEXEC) != 0);
  return done(fd);
}

/// What is wrong with watching `target` at all, or 0.
int Calls::error_of_watching(const Description& instance, const Description& target,
                             const call::EpollCtl& call) {
  const bool is_nested = std::holds_alternative<Epoll>(world.state_of(target));
  const bool can_poll = !std::holds_alternative<SharedMemory>(world.state_of(target));
  if (!can_poll && !MUTANT(epoll_takes_memory)) return EPERM;
  if (&instance == &target || !std::holds_alternative<Epoll>(world.state_of(instance))) return EINVAL;
  const bool is_exclusive = (call.event.events & EPOLLEXCLUSIVE) != 0;
  if (is_exclusive && call.operation == EPOLL_CTL_MOD) return EINVAL;
  if (is_exclusive && call.operation == EPOLL_CTL_ADD &&
      (is_nested || (call.event.events & ~kExclusiveMay) != 0))
    return EINVAL;
  if (call.operation == EPOLL_CTL_ADD && is_nested && world.nests_too_deep(instance.object, target.object))
    return MUTANT(epoll_loop_is_invalid) ? EINVAL : ELOOP;
  return 0;
}

Calls::Start Calls::operator()(const call::EpollCtl& call) {
  const Description* instance = world.find(thread, call.epoll);
  const Description* target = world.find(thread, call.fd);
  if (instance == nullptr || target == nullptr) return failed(EBADF);
  if (const int error = error_of_watching(*instance, *target, call); error != 0) return failed(error);
  const World::EpollWatch watch{instance->object, {world.number_of(thread, call.fd), call.fd}};
  Epoll& epoll = world.epoll_at(watch.epoll);
  Answer<int> changed = Errno{EINVAL};
  if (call.operation == EPOLL_CTL_ADD) changed = epoll.add(watch.key, call.event);
  if (call.operation == EPOLL_CTL_MOD) changed = epoll.change(watch.key, call.event);
  if (call.operation == EPOLL_CTL_DEL)
    changed = epoll.items().contains(watch.key) ? 0 : Answer<int>{Errno{ENOENT}};
  if (!changed.is_value()) return failed(changed.error().value);
  if (call.operation == EPOLL_CTL_DEL) {
    world.end_watch(watch);
    return done(0);
  }
  if (call.operation == EPOLL_CTL_ADD) world.begin_watch(watch, call.event.events);
  if (call.operation == EPOLL_CTL_ADD || !MUTANT(epoll_change_never_looks)) world.list_if_ready(watch);
  return done(0);
}

Calls::Start Calls::operator()(const call::EpollWait& call) {
  return wait_for_events(call.epoll, call.max, call.timeout_ms == 0 ? MayWait::kNo : MayWait::kYes);
}

Calls::Start Calls::operator()(const call::EpollPwait2& call) {
  if (call.timeout == Deadline::kInvalid) return failed(EINVAL);
  return wait_for_events(call.epoll, call.max,
                         call.timeout == Deadline::kPast ? MayWait::kNo : MayWait::kYes);
}

Calls::Start Calls::wait_for_events(int fd, int max, MayWait may_wait) {
  const bool is_count = max > 0 && max <= kEventsMax;
  const Description* description = world.find(thread, fd);
  if (!is_count && world.limits_.epoll_checks == Epoll::Checks::kCountFirst) return failed(EINVAL);
  if (description == nullptr) return failed(EBADF);
  if (!is_count || !std::holds_alternative<Epoll>(world.state_of(*description))) return failed(EINVAL);
  const DescriptionId number = world.number_of(thread, fd);
  world.hold(number);
  return World::Attempt{[=, object = description->object](World& now, Occasion) -> Outcome {
    const auto ready = now.harvest(object, static_cast<std::size_t>(max));
    const auto wait = MUTANT(epoll_first_come_first_served) ? Wait::kExclusive : Wait::kExclusiveFirst;
    if (ready.empty() && may_wait == MayWait::kYes) return Sleep{{{object, Queue::kReaders, wait}}};
    now.let_go(number);
    Reply reply = done(static_cast<std::int64_t>(ready.size()));
    for (const Epoll::Item& item : ready) {
      reply.numbers.push_back(item.events);
      reply.numbers.push_back(static_cast<std::int64_t>(item.data));
    }
    return reply;
  }};
}

/// An instance can be neither read nor written.
Calls::Start Calls::read_from(Epoll&, DescriptionId, std::size_t) { return failed(EINVAL); }
Calls::Start Calls::write_to(Epoll&, DescriptionId, const Bytes&) { return failed(EINVAL); }

}  // namespace flinch::mechanisms
