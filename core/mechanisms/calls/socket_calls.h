// Sockets of any family as system calls.
#pragma once

#include <cstdint>

#include "core/mechanisms/answer.h"
#include "core/mechanisms/calls/call_list.h"

namespace flinch::mechanisms {
namespace call {

struct Socketpair {
  static constexpr const char* kName = "socketpair";
  int family;
  int type;
  int protocol;
};
struct Shutdown {
  static constexpr const char* kName = "shutdown";
  int fd;
  int how;
};
struct Sendto {
  static constexpr const char* kName = "sendto";
  int fd;
  Bytes bytes;
  int flags;
};
struct Recvfrom {
  static constexpr const char* kName = "recvfrom";
  int fd;
  std::size_t size;
  int flags;
};
/// Only options that are a number.
struct Setsockopt {
  static constexpr const char* kName = "setsockopt";
  int fd;
  int level;
  int option;
  int value;
};
/// Told is the number.
struct Getsockopt {
  static constexpr const char* kName = "getsockopt";
  int fd;
  int level;
  int option;
};

}  // namespace call

using SocketCalls = CallList<call::Socketpair, call::Shutdown, call::Sendto, call::Recvfrom, call::Setsockopt,
                             call::Getsockopt>;

}  // namespace flinch::mechanisms
