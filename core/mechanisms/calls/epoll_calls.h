// epoll(7) as system calls; no signal mask is given.
#pragma once

#include "core/mechanisms/calls/call_list.h"
#include "core/mechanisms/deadline.h"
#include "core/mechanisms/epoll.h"

namespace flinch::mechanisms {
namespace call {

struct EpollCreate {
  static constexpr const char* kName = "epoll_create";
  int size;
};
struct EpollCreate1 {
  static constexpr const char* kName = "epoll_create1";
  int flags;
};
struct EpollCtl {
  static constexpr const char* kName = "epoll_ctl";
  int epoll;
  int operation;
  int fd;
  Epoll::Item event;
};
/// Told are events and data of each that is ready.
struct EpollWait {
  static constexpr const char* kName = "epoll_wait";
  int epoll;
  int max;
  int timeout_ms;
};
/// As epoll_wait(2).
struct EpollPwait2 {
  static constexpr const char* kName = "epoll_pwait2";
  int epoll;
  int max;
  Deadline timeout;
};

}  // namespace call

using EpollCalls =
    CallList<call::EpollCreate, call::EpollCreate1, call::EpollCtl, call::EpollWait, call::EpollPwait2>;

}  // namespace flinch::mechanisms
