#include "conformance/calls/epoll.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

#include <ctime>

namespace flinch::conformance {
namespace {

using mechanisms::Deadline;

const char* name_of_operation(int operation) {
  switch (operation) {
    case EPOLL_CTL_ADD: return "EPOLL_CTL_ADD";
    case EPOLL_CTL_MOD: return "EPOLL_CTL_MOD";
    case EPOLL_CTL_DEL: return "EPOLL_CTL_DEL";
    default: return "9";
  }
}

const char* name_of(Deadline timeout) {
  switch (timeout) {
    case Deadline::kNone: return "NULL";
    case Deadline::kPast: return "0";
    case Deadline::kInvalid:
    case Deadline::kTooManyNanoseconds: return "-1";  // milliseconds are a number
  }
  return "";
}

/// As many as scripts ask for where that is a number at all.
epoll_event* take_events(int max, Encoding& to) {
  return to.take<epoll_event>(max > 0 && max < 100 ? static_cast<std::size_t>(max) : 1);
}

void decode_events(const Slot& slot, Reply& reply) {
  const auto* events = memory_at<epoll_event>(slot, 1);
  for (long i = 0; i < slot.result; ++i) {
    reply.numbers.push_back(events[i].events);
    reply.numbers.push_back(static_cast<std::int64_t>(events[i].data.u64));
  }
}

}  // namespace

std::string show(const call::EpollCreate& c) { return fmt::format("{}", c.size); }
std::string show(const call::EpollCreate1& c) { return fmt::format("{:#o}", c.flags); }
std::string show(const call::EpollCtl& c) {
  return fmt::format("{}, {}, {}, {{{:#x}, {}}}", c.epoll, name_of_operation(c.operation), c.fd,
                     c.event.events, c.event.data);
}
std::string show(const call::EpollWait& c) { return fmt::format("{}, {}, {}", c.epoll, c.max, c.timeout_ms); }
std::string show(const call::EpollPwait2& c) {
  return fmt::format("{}, {}, {}", c.epoll, c.max, name_of(c.timeout));
}

void encode(const call::EpollCreate& c, Encoding& to) { to.set(SYS_epoll_create, c.size); }
void encode(const call::EpollCreate1& c, Encoding& to) { to.set(SYS_epoll_create1, c.flags); }
void encode(const call::EpollCtl& c, Encoding& to) {
  auto* event = to.take<epoll_event>();
  event->events = c.event.events;
  event->data.u64 = c.event.data;
  to.set(SYS_epoll_ctl, c.epoll, c.operation, c.fd, event);
}
void encode(const call::EpollWait& c, Encoding& to) {
  to.set(SYS_epoll_wait, c.epoll, take_events(c.max, to), c.max, c.timeout_ms);
}
void encode(const call::EpollPwait2& c, Encoding& to) {
  timespec* timeout = nullptr;
  if (c.timeout != Deadline::kNone)
    timeout = to.put_value(timespec{0, c.timeout == Deadline::kPast ? 0 : -1});
  to.set(SYS_epoll_pwait2, c.epoll, take_events(c.max, to), c.max, timeout, nullptr, 0);
}

void decode(const call::EpollWait&, const Slot& slot, Reply& reply) { decode_events(slot, reply); }
void decode(const call::EpollPwait2&, const Slot& slot, Reply& reply) { decode_events(slot, reply); }

}  // namespace flinch::conformance
