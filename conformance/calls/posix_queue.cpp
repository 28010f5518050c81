#include "conformance/calls/posix_queue.h"

#include <fmt/format.h>
#include <mqueue.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <csignal>
#include <cstdio>
#include <ctime>

#include "conformance/calls/machine_names.h"
#include "conformance/kernel/system_v_names.h"

namespace flinch::conformance {
namespace {

using mechanisms::Deadline;

const char* name_of(Deadline deadline) {
  switch (deadline) {
    case Deadline::kNone: return "no deadline";
    case Deadline::kPast: return "1970";
    case Deadline::kInvalid: return "-1 ns";
    case Deadline::kTooManyNanoseconds: return "1000000000 ns";
  }
  return "";
}

/// The kernel does not even go to sleep for the beginning of 1970, so nobody can be seen to.
timespec* put(Deadline deadline, Encoding& to) {
  if (deadline == Deadline::kNone) return nullptr;
  if (deadline == Deadline::kTooManyNanoseconds) return to.put_value(timespec{0, 1'000'000'000});
  return to.put_value(timespec{0, deadline == Deadline::kPast ? 0 : -1});
}

}  // namespace

std::string show(const call::MqOpen& c) {
  const std::string attributes =
      c.attributes ? fmt::format("{} of {}", c.attributes->messages_max, c.attributes->size_max) : "NULL";
  return fmt::format("{:.20}, {:#o}, {:#o}, {}", c.name, c.flags, c.mode, attributes);
}
std::string show(const call::MqUnlink& c) { return c.name; }
std::string show(const call::MqSend& c) {
  return fmt::format("{}, {} bytes, priority {}, {}", c.fd, c.bytes.size(), c.priority, name_of(c.deadline));
}
std::string show(const call::MqReceive& c) {
  return fmt::format("{}, {}, {}", c.fd, c.size, name_of(c.deadline));
}
std::string show(const call::MqGetSetAttr& c) {
  return c.flags ? fmt::format("{}, {:#o}", c.fd, *c.flags) : fmt::format("{}, NULL", c.fd);
}
std::string show(const call::MqNotify& c) {
  return c.method ? fmt::format("{}, {}, {}", c.fd, *c.method, c.signal) : fmt::format("{}, NULL", c.fd);
}
std::string show(const call::MqStatus& c) { return fmt::format("{}, 100, 0", c.fd); }
std::string show(const call::LimitQueues& c) { return fmt::format("RLIMIT_MSGQUEUE, {}", c.bytes_max); }

void encode(const call::MqOpen& c, Encoding& to) {
  mq_attr* attributes = nullptr;
  if (c.attributes) {
    attributes = to.take<mq_attr>();
    attributes->mq_maxmsg = c.attributes->messages_max;
    attributes->mq_msgsize = c.attributes->size_max;
  }
  to.set(SYS_mq_open, to.put(machine_name(c.name)), c.flags, c.mode, attributes);
}
void encode(const call::MqUnlink& c, Encoding& to) { to.set(SYS_mq_unlink, to.put(machine_name(c.name))); }
void encode(const call::MqSend& c, Encoding& to) {
  to.set(SYS_mq_timedsend, c.fd, to.put(c.bytes), c.bytes.size(), c.priority, put(c.deadline, to));
}
void encode(const call::MqReceive& c, Encoding& to) {
  to.set(SYS_mq_timedreceive, c.fd, to.take(c.size), c.size, to.take<unsigned>(), put(c.deadline, to));
}
void encode(const call::MqGetSetAttr& c, Encoding& to) {
  mq_attr* wanted = nullptr;
  if (c.flags) {
    wanted = to.take<mq_attr>();
    *wanted = {};
    wanted->mq_flags = *c.flags;
    wanted->mq_maxmsg = wanted->mq_msgsize = wanted->mq_curmsgs = 3;  // nobody looks at these, mq_setattr(3)
  }
  to.set(SYS_mq_getsetattr, c.fd, wanted, to.take<mq_attr>());
}
void encode(const call::MqNotify& c, Encoding& to) {
  sigevent* event = nullptr;
  if (c.method) {
    event = to.take<sigevent>();
    event->sigev_notify = *c.method;
    event->sigev_signo = c.signal;
  }
  to.set(SYS_mq_notify, c.fd, event);
}
void encode(const call::MqStatus& c, Encoding& to) { to.set(SYS_pread64, c.fd, to.take(100), 100, 0); }
void encode(const call::LimitQueues& c, Encoding& to) {
  rlimit limit{};
  getrlimit(RLIMIT_MSGQUEUE, &limit);  // actors have the driver's
  limit.rlim_cur = c.bytes_max;
  to.set(SYS_prlimit64, 0, RLIMIT_MSGQUEUE, to.put_value(limit), nullptr);
}

void decode(const call::MqReceive&, const Slot& slot, Reply& reply) {
  reply.bytes = result_bytes(slot, memory_at(slot, 1));
  reply.numbers = {*memory_at<unsigned>(slot, 3)};
}
void decode(const call::MqStatus&, const Slot& slot, Reply& reply) {
  long bytes = -1;
  long method = -1;
  long signal = -1;
  long process = -1;
  std::sscanf(memory_at(slot, 1), "QSIZE:%ld NOTIFY:%ld SIGNO:%ld NOTIFY_PID:%ld", &bytes, &method, &signal,
              &process);
  reply.numbers = {bytes, method, signal, process == 0 ? 0 : slot.names->shown(process)};
  reply.value = 0;  // the length of the text
}
void decode(const call::MqGetSetAttr&, const Slot& slot, Reply& reply) {
  const mq_attr& before = *memory_at<mq_attr>(slot, 2);
  reply.numbers = {before.mq_flags, before.mq_maxmsg, before.mq_msgsize, before.mq_curmsgs};
}

void remove_queues() {
  for (const char* name : kMachineNames) mq_unlink(("/" + machine_name(name)).c_str());
}

}  // namespace flinch::conformance
