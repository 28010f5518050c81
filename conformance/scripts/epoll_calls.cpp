// What scripts about epoll(7) are made of, beside what there is to watch.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/epoll.h>

#include <algorithm>

#include "conformance/scripts/company.h"
#include "conformance/scripts/makers.h"

namespace flinch::conformance {
namespace {

namespace call = mechanisms::call;
using mechanisms::Deadline;
using enum Maker::Needs;

std::vector<int> instances(const Situation& s) {
  std::vector<int> found;
  for (const int fd : s.world.descriptors(s.thread))
    if (s.world.kind(s.thread, fd) == mechanisms::World::Kind::kEpoll) found.push_back(fd);
  return found;
}

/// One of the instances; now and then something else.
int instance(const Situation& s, std::size_t n) {
  const std::vector<int> there = instances(s);
  return there.empty() || s.numbers[n] % 32 == 31 ? s.descriptor(n) : there[s.numbers[n] % there.size()];
}

/// What this call would answer.
int error_of(const Situation& s, const SystemCall& call) {
  mechanisms::World world = s.world;
  world.make(s.thread, call);
  const auto replies = world.take_replies();
  return replies.empty() ? 0 : replies.back().second.error;
}

std::uint32_t events(const Situation& s, std::size_t n) {
  return s.one_of<std::uint32_t>(
      n,
      {EPOLLIN, EPOLLIN | EPOLLET, EPOLLIN | EPOLLEXCLUSIVE, EPOLLIN | EPOLLOUT, EPOLLIN | EPOLLONESHOT,
       EPOLLIN | EPOLLOUT | EPOLLET, EPOLLIN | EPOLLEXCLUSIVE, EPOLLOUT, EPOLLIN | EPOLLET | EPOLLEXCLUSIVE,
       0, EPOLLOUT | EPOLLONESHOT | EPOLLET, EPOLLRDNORM | EPOLLWRNORM, EPOLLIN | EPOLLOUT | EPOLLEXCLUSIVE,
       EPOLLPRI | EPOLLEXCLUSIVE, EPOLLOUT | EPOLLET, EPOLLOUT | EPOLLEXCLUSIVE});
}

SystemCall create_call(const Situation& s) {
  if (s.numbers[0] % 8 == 7) return call::EpollCreate{s.one_of(1, {1, 0, -1, 1000})};
  return call::EpollCreate1{s.one_of<int>(0, {0, 0, EPOLL_CLOEXEC, 0, 0, O_NONBLOCK})};
}

/// A chain grows by one instance, or by one link that is not there yet, until it is as long as it can be.
SystemCall nest_call(const Situation& s) {
  const std::vector<int> there = instances(s);
  if (there.size() < 2 || (there.size() < 6 && s.numbers[0] % 2 == 1)) return call::EpollCreate1{0};
  for (std::size_t i = 0; i + 1 < there.size(); ++i) {
    const std::size_t outer = s.numbers[1] % 4 == 3 ? there.size() - 2 - i : i;
    const call::EpollCtl call{there[outer], EPOLL_CTL_ADD, there[outer + 1], {EPOLLIN, 7}};
    if (error_of(s, call) != EEXIST) return call;
  }
  return call::EpollCtl{there.back(), EPOLL_CTL_ADD, there.front(), {EPOLLIN, 7}};
}

/// A chain that has begun goes on. Otherwise, what is there already is changed or taken away as often as something else is added.
SystemCall ctl_call(const Situation& s) {
  if (instances(s).size() > 3 && s.numbers[0] % 4 != 3) return nest_call(s);
  call::EpollCtl call{instance(s, 1), EPOLL_CTL_ADD, s.descriptor(2), {}};
  call.event = {events(s, 3), static_cast<std::uint64_t>(s.step) * 1000 + s.numbers[0] % 1000};
  if (s.numbers[0] % 64 == 63) call.operation = 9;
  const bool is_there = s.numbers[0] % 16 != 0 && error_of(s, call) == EEXIST;
  if (is_there || s.numbers[0] % 16 == 1)
    call.operation = s.numbers[0] % 4 == 2 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
  return call;
}

/// Several instances watch the same, and in each somebody waits, until one is left who makes it ready.
SystemCall exclusive_call(const Situation& s) {
  const std::vector<int> there = instances(s);
  const std::vector<int> open = s.world.descriptors(s.thread);
  const auto target = std::find_if(open.begin(), open.end(), [&](int fd) {
    return s.world.kind(s.thread, fd) == mechanisms::World::Kind::kOther;
  });
  if (target == open.end()) return call::Eventfd2{0, 0};
  if (there.size() < 2) return call::EpollCreate1{0};
  for (std::size_t i = 0; i < 2; ++i) {
    const call::EpollCtl call{there[i], EPOLL_CTL_ADD, *target, {EPOLLIN | EPOLLEXCLUSIVE, i}};
    if (error_of(s, call) == 0) return call;
  }
  if (s.world.idle_threads().size() > 1) return call::EpollWait{there[s.numbers[0] % 2], 8, -1};
  if (s.world.thread_count() < 4) return call::Fork{};
  return call::Write{*target, mechanisms::Bytes("\1\0\0\0\0\0\0\0", 8)};
}

SystemCall wait_call(const Situation& s) {
  const int max = s.one_of(1, {8, 1, 8, 2, 8, 1, 8, 0, 8, 3, -1, 8, INT_MAX / 12 + 1, 8});
  if (s.numbers[2] % 4 == 3)
    return call::EpollPwait2{
        instance(s, 0), max,
        s.one_of(3, {Deadline::kNone, Deadline::kPast, Deadline::kPast, Deadline::kInvalid})};
  return call::EpollWait{instance(s, 0), max, s.numbers[3] % 2 == 0 ? -1 : 0};
}

SystemCall poll_call(const Situation& s) {
  call::Poll poll{{}, s.numbers[0] % 2 == 1 ? -1 : 0};
  for (std::size_t i = 0; i < 1U + s.numbers[1] % 2; ++i)
    poll.entries.push_back({instance(s, i + 2), s.one_of<short>(0, {POLLIN, POLLIN | POLLOUT, POLLRDNORM})});
  return poll;
}

}  // namespace

/// An older kernel's rule for nesting is not the world's.
bool is_left_out_of_epoll(const Situation& s, const SystemCall& call) {
  return s.world.limits().epoll_levels == mechanisms::Epoll::Levels::kBelow &&
         std::holds_alternative<call::EpollCtl>(call) && error_of(s, call) == ELOOP;
}

std::vector<Maker> epoll_makers() {
  return {
      {6, kNothing, create_call}, {30, kDescriptor, ctl_call},    {30, kDescriptor, in_company<wait_call>},
      {8, kNothing, nest_call},   {10, kNothing, exclusive_call}, {5, kDescriptor, in_company<poll_call>},
  };
}

}  // namespace flinch::conformance
