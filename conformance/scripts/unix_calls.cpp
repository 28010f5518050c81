// What scripts about Unix sockets are made of: pairs, and what goes through them.
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "conformance/scripts/makers.h"

namespace flinch::conformance {
namespace {

namespace call = mechanisms::call;
using enum Maker::Needs;

/// Around the sizes that buffers know; the small ones first, since a script shrinks towards 0.
std::size_t size(const Situation& s, std::size_t n) {
  static constexpr std::size_t kSizes[] = {
      1,     0,     2,     100,   192,   193,   704,   705,    2240,   3776, 3777, 4288,   4289,   7872, 7873,
      16064, 16065, 36544, 36545, 40000, 65536, 73088, 106432, 150000, 4576, 4577, 212960, 212961, 1,    10};
  const std::size_t number = s.numbers[n];
  return number % 4 != 3 ? kSizes[number / 4 % std::size(kSizes)] : number / 4 % 9000;
}

SystemCall pair_call(const Situation& s) {
  if (s.numbers[0] % 32 == 31) {
    const int family = s.one_of<int>(1, {AF_UNIX, AF_INET, AF_UNSPEC, 45, 99, -1});
    const int type = s.one_of<int>(2, {SOCK_STREAM, SOCK_STREAM, SOCK_RDM, 0, 15, SOCK_STREAM | O_APPEND});
    if (family == AF_INET) return call::Socketpair{family, SOCK_STREAM, 0};
    return call::Socketpair{family, type, s.one_of<int>(3, {0, PF_UNIX, 7})};
  }
  const int flags = s.one_of<int>(1, {0, 0, 0, SOCK_NONBLOCK, SOCK_CLOEXEC, SOCK_NONBLOCK | SOCK_CLOEXEC});
  const int type = s.one_of<int>(2, {SOCK_STREAM, SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_RAW});
  return call::Socketpair{AF_UNIX, type | flags, s.numbers[3] % 8 == 7 ? PF_UNIX : 0};
}

int send_flags(const Situation& s, std::size_t n) {
  return s.one_of<int>(n, {0, 0, 0, MSG_DONTWAIT, MSG_NOSIGNAL, MSG_DONTWAIT | MSG_NOSIGNAL, MSG_MORE});
}

int receive_flags(const Situation& s, std::size_t n) {
  return s.one_of<int>(n, {0, 0, 0, MSG_DONTWAIT, MSG_PEEK, MSG_PEEK | MSG_DONTWAIT, MSG_WAITALL, MSG_TRUNC,
                           MSG_WAITALL | MSG_DONTWAIT, MSG_WAITALL | MSG_PEEK, MSG_CMSG_CLOEXEC});
}

SystemCall fcntl_call(const Situation& s) {
  const int command =
      s.one_of(1, {F_GETFL, F_SETFL, F_SETFL, F_SETFL, F_DUPFD, F_GETFD, F_SETFD, F_GETPIPE_SZ});
  std::int64_t argument = 0;
  if (command == F_SETFL) argument = s.one_of(2, {O_NONBLOCK, 0, 0, O_DIRECT, O_APPEND});
  if (command == F_SETFD) argument = s.numbers[2] % 2;
  if (command == F_DUPFD) argument = s.numbers[2] % 50 - 2;
  return call::Fcntl{s.descriptor(0), command, argument};
}

SystemCall poll_call(const Situation& s) {
  call::Poll poll{{}, s.numbers[0] % 4 == 1 ? -1 : 0};
  for (std::size_t i = 0; i < 1U + s.numbers[1] % 2; ++i)
    poll.entries.push_back(
        {s.descriptor(i + 1), s.one_of<short>(3, {POLLIN, POLLOUT, POLLIN | POLLOUT, 0, POLLRDHUP, POLLPRI,
                                                  POLLRDNORM | POLLRDBAND | POLLWRNORM | POLLWRBAND})});
  return poll;
}

}  // namespace

std::vector<Maker> socket_makers() {
  return {
      {8, kNothing, pair_call},
      {16, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::Sendto{s.descriptor(0), s.payload(size(s, 1)), send_flags(s, 2), std::nullopt};
       }},
      {16, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::Recvfrom{s.descriptor(0), size(s, 1), receive_flags(s, 2), s.numbers[3] % 4 == 0};
       }},
      {2, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::Shutdown{s.descriptor(0), s.one_of<int>(1, {SHUT_RD, SHUT_WR, SHUT_RDWR, 3, -1})};
       }},
      {5, kDescriptor,
       [](const Situation& s) -> SystemCall {
         const int level = s.numbers[1] % 32 == 31 ? s.one_of<int>(2, {0, 6, -1}) : SOL_SOCKET;
         const int option = s.one_of<int>(3, {SO_SNDBUF, SO_SNDBUF, SO_SNDBUF, SO_RCVBUF, 9999});
         return call::Setsockopt{s.descriptor(0), level, option,
                                 s.one_of<int>(2, {0, 1, 2304, 4096, 10000, 65536, 106496, 300000, -1})};
       }},
      {5, kDescriptor,
       [](const Situation& s) -> SystemCall {
         const int level = s.numbers[1] % 32 == 31 ? s.one_of<int>(2, {0, 6, -1}) : SOL_SOCKET;
         return call::Getsockopt{s.descriptor(0), level,
                                 s.one_of<int>(3, {SO_ERROR, SO_ERROR, SO_SNDBUF, SO_RCVBUF, SO_TYPE,
                                                   SO_DOMAIN, SO_PROTOCOL, SO_ACCEPTCONN, 9999})};
       }},
  };
}

std::vector<Maker> socket_io_makers() {
  return {
      {6, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::Write{s.descriptor(0), s.payload(size(s, 1))};
       }},
      {6, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::Read{s.descriptor(0), size(s, 1)};
       }},
      {2, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::Readv{s.descriptor(0), {size(s, 1), size(s, 2)}};
       }},
      {2, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::Writev{s.descriptor(0), {s.payload(size(s, 1)), s.payload(size(s, 2))}};
       }},
      {3, kDescriptor, [](const Situation& s) -> SystemCall { return call::Close{s.descriptor(0)}; }},
      {2, kDescriptor, [](const Situation& s) -> SystemCall { return call::Dup{s.descriptor(0)}; }},
      {1, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::Dup3{s.descriptor(0), s.numbers[1] % 50 - 2, s.one_of(2, {0, O_CLOEXEC, O_NONBLOCK})};
       }},
      {3, kDescriptor, fcntl_call},
      {3, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::Ioctl{s.descriptor(0),
                            s.one_of<std::uint64_t>(1, {FIONREAD, TIOCOUTQ, FIONBIO, 0x1234}),
                            s.numbers[2] % 2};
       }},
      {8, kDescriptor, poll_call},
      {6, kNothing, [](const Situation&) -> SystemCall { return call::Fork{}; }},
      {1, kNothing, [](const Situation& s) -> SystemCall { return call::Exit{s.numbers[0] % 256}; }},
  };
}

}  // namespace flinch::conformance
