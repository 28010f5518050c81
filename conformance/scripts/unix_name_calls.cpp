// What scripts about names of Unix sockets and connections are made of.
#include <fcntl.h>
#include <sys/socket.h>

#include "conformance/scripts/makers.h"

namespace flinch::conformance {
namespace {

namespace call = mechanisms::call;
using mechanisms::Bytes;
using mechanisms::SocketName;
using mechanisms::UnixSocket;
using State = mechanisms::UnixSocket::State;
using enum Maker::Needs;

/// Few, so that they meet; and now and then one that nobody can have.
SocketName name(const Situation& s, std::size_t n) {
  const std::uint16_t number = s.numbers[n];
  if (number % 64 == 63)
    return s.one_of<SocketName>(n, {{AF_UNIX, Bytes(109, 'x')},
                                    {AF_INET, "one"},
                                    {AF_UNIX, "."},
                                    {AF_UNIX, "no/one"},
                                    {AF_UNIX, Bytes("one\0two", 7)},
                                    {AF_UNIX, ""},
                                    {AF_UNIX, Bytes(1, 0)}});
  return s.one_of<SocketName>(n, {{AF_UNIX, "one"},
                                  {AF_UNIX, Bytes("\0one", 4)},
                                  {AF_UNIX, "two"},
                                  {AF_UNIX, Bytes("\0two", 4)},
                                  {AF_UNIX, Bytes("one\0", 4)}});
}

/// One with which the call makes sense, if there is one; now and then any.
int descriptor(const Situation& s, std::size_t n, bool (*fits)(const UnixSocket&)) {
  std::vector<int> fitting;
  for (const int fd : s.world.descriptors(s.thread)) {
    const UnixSocket* socket = s.world.socket(s.thread, fd);
    if (socket != nullptr && fits(*socket)) fitting.push_back(fd);
  }
  if (fitting.empty() || s.numbers[n] % 8 == 7) return s.descriptor(n);
  return fitting[s.numbers[n] / 8 % fitting.size()];
}

bool is_nameless(const UnixSocket& socket) { return !socket.name && !socket.peer; }
bool may_listen(const UnixSocket& socket) { return socket.name && socket.is_connection() && !socket.peer; }
bool is_listening(const UnixSocket& socket) { return socket.state == State::kListening; }
bool is_unconnected(const UnixSocket& socket) { return socket.state == State::kClosed && !socket.peer; }
bool takes_datagrams(const UnixSocket& socket) { return !socket.is_connection(); }

/// The name of such a socket, if there is one; now and then any.
SocketName name_of(const Situation& s, std::size_t n, bool (*fits)(const UnixSocket&)) {
  std::vector<Bytes> names;
  for (const int fd : s.world.descriptors(s.thread)) {
    const UnixSocket* socket = s.world.socket(s.thread, fd);
    if (socket != nullptr && fits(*socket) && socket->name) names.push_back(*socket->name);
  }
  if (names.empty() || s.numbers[n] % 4 == 3) return name(s, n);
  return {AF_UNIX, names[s.numbers[n] / 4 % names.size()]};
}

SystemCall socket_call(const Situation& s) {
  if (s.numbers[0] % 32 == 31) {
    const int family = s.one_of<int>(1, {AF_UNIX, AF_UNSPEC, 45, 99, -1});
    const int type = s.one_of<int>(2, {SOCK_STREAM, SOCK_RDM, 0, 15, SOCK_STREAM | O_APPEND});
    return call::Socket{family, type, s.one_of<int>(3, {0, PF_UNIX, 7})};
  }
  const int type = s.one_of<int>(2, {SOCK_STREAM, SOCK_DGRAM, SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM});
  return call::Socket{AF_UNIX, type | s.one_of<int>(1, {0, 0, 0, SOCK_NONBLOCK, SOCK_CLOEXEC}), 0};
}

}  // namespace

std::vector<Maker> socket_name_makers() {
  return {
      {12, kNothing, socket_call},
      {14, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::Bind{descriptor(s, 0, is_nameless), name(s, 1)};
       }},
      {14, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::Listen{descriptor(s, 0, may_listen), s.one_of(1, {0, 0, 1, 0, -1, 100000})};
       }},
      {24, kDescriptor,
       [](const Situation& s) -> SystemCall {
         if (s.numbers[2] % 16 == 15) return call::Connect{s.descriptor(0), {AF_UNSPEC, ""}};
         const bool is_datagram = s.numbers[3] % 3 == 0;
         return call::Connect{descriptor(s, 0, is_unconnected),
                              name_of(s, 1, is_datagram ? takes_datagrams : is_listening)};
       }},
      {8, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::Accept4{descriptor(s, 0, is_listening),
                              s.one_of<int>(1, {0, 0, SOCK_NONBLOCK, SOCK_CLOEXEC, O_APPEND}),
                              s.numbers[2] % 2 == 0};
       }},
      {2, kDescriptor, [](const Situation& s) -> SystemCall { return call::Getsockname{s.descriptor(0)}; }},
      {2, kDescriptor, [](const Situation& s) -> SystemCall { return call::Getpeername{s.descriptor(0)}; }},
      {10, kDescriptor,
       [](const Situation& s) -> SystemCall {
         const int flags = s.one_of<int>(1, {0, MSG_DONTWAIT, 0});
         return call::Sendto{descriptor(s, 0, takes_datagrams), s.payload(s.numbers[2] % 300), flags,
                             name(s, 3)};
       }},
      {1, kNothing,
       [](const Situation& s) -> SystemCall {
         return call::MakeFifo{s.one_of<const char*>(0, {"one", "two"})};
       }},
      {2, kNothing,
       [](const Situation& s) -> SystemCall {
         return call::Unlink{s.one_of<const char*>(0, {"one", "two"})};
       }},
      {1, kNothing,
       [](const Situation& s) -> SystemCall {
         return call::Open{s.one_of<const char*>(0, {"one", "two"}), O_RDWR | O_NONBLOCK};
       }},
  };
}

}  // namespace flinch::conformance
