// POSIX message queues as system calls: names without the slash that mq_open(3) takes away.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/mechanisms/answer.h"
#include "core/mechanisms/calls/call_list.h"
#include "core/mechanisms/deadline.h"
#include "core/mechanisms/posix_queue.h"

namespace flinch::mechanisms {

namespace call {

struct MqOpen {
  static constexpr const char* kName = "mq_open";
  std::string name;
  int flags;
  std::optional<QueueAttributes> attributes;
  int mode = 0600;  // if it is made
};
struct MqUnlink {
  static constexpr const char* kName = "mq_unlink";
  std::string name;
};
struct MqSend {
  static constexpr const char* kName = "mq_timedsend";
  int fd;
  Bytes bytes;
  unsigned priority;
  Deadline deadline;
};
/// Told beside the message is its priority.
struct MqReceive {
  static constexpr const char* kName = "mq_timedreceive";
  int fd;
  std::size_t size;
  Deadline deadline;
};
/// mq_setattr(3), or mq_getattr(3) without flags; told are flags, mq_maxmsg, mq_msgsize and mq_curmsgs of
/// before.
struct MqGetSetAttr {
  static constexpr const char* kName = "mq_getsetattr";
  int fd;
  std::optional<std::int64_t> flags;
};
/// `method` is SIGEV_NONE, or SIGEV_SIGNAL with no signal; without it, the registration is taken back.
struct MqNotify {
  static constexpr const char* kName = "mq_notify";
  int fd;
  std::optional<int> method;
  int signal;
};
/// What mq_overview(7) shows under "Mounting the message queue filesystem", read from the descriptor: bytes
/// queued, and method, signal and process (as in GETPID) of whoever is registered.
struct MqStatus {
  static constexpr const char* kName = "pread64";
  int fd;
};
/// prlimit(2) of the caller's RLIMIT_MSGQUEUE, no higher than it began; 0 forbids new queues.
struct LimitQueues {
  static constexpr const char* kName = "prlimit64";
  std::uint64_t bytes_max;
};

}  // namespace call

using PosixQueueCalls = CallList<call::MqOpen, call::MqUnlink, call::MqSend, call::MqReceive,
                                 call::MqGetSetAttr, call::MqNotify, call::MqStatus, call::LimitQueues>;

}  // namespace flinch::mechanisms
