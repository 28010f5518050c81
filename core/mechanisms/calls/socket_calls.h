// Sockets of any family as system calls.
#pragma once

#include <cstdint>
#include <optional>

#include "core/mechanisms/answer.h"
#include "core/mechanisms/calls/call_list.h"

namespace flinch::mechanisms {

/// A sockaddr: the family, and what lies behind it (of AF_UNIX: sun_path). Told as numbers: the length of the whole,
/// then each byte behind the family. What the kernel chose for a Unix socket is told as five dots.
struct SocketName {
  int family;
  Bytes rest;
};

namespace call {

struct Socket {
  static constexpr const char* kName = "socket";
  int family;
  int type;
  int protocol;
};
struct Bind {
  static constexpr const char* kName = "bind";
  int fd;
  SocketName name;
};
struct Listen {
  static constexpr const char* kName = "listen";
  int fd;
  int backlog;
};
struct Connect {
  static constexpr const char* kName = "connect";
  int fd;
  SocketName name;
};
/// Told is the peer's name, if it is asked for.
struct Accept4 {
  static constexpr const char* kName = "accept4";
  int fd;
  int flags;
  bool asks_name;
};
struct Getsockname {
  static constexpr const char* kName = "getsockname";
  int fd;
};
struct Getpeername {
  static constexpr const char* kName = "getpeername";
  int fd;
};
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
  std::optional<SocketName> to;
};
/// Told is the sender's name, if it is asked for.
struct Recvfrom {
  static constexpr const char* kName = "recvfrom";
  int fd;
  std::size_t size;
  int flags;
  bool asks_name;
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

using SocketCalls = CallList<call::Socket, call::Bind, call::Listen, call::Connect, call::Accept4,
                             call::Getsockname, call::Getpeername, call::Socketpair, call::Shutdown,
                             call::Sendto, call::Recvfrom, call::Setsockopt, call::Getsockopt>;

}  // namespace flinch::mechanisms
