// Calls on sockets: socketpair(2), shutdown(2), getsockopt(2), and where bytes go or come from.
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "core/mechanisms/calls_impl.h"
#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {
namespace {

constexpr int kTypeMask = 0xf;  // beside SOCK_CLOEXEC and SOCK_NONBLOCK
constexpr int kTypes = 11;      // SOCK_MAX
constexpr int kFamilies = 46;   // NPROTO

/// What a family says of type and protocol, or 0.
int error_of_kind(int family, int type, int protocol) {
  if (family < 0 || family >= kFamilies) return EAFNOSUPPORT;
  if (type >= kTypes) return EINVAL;
  if (family != AF_UNIX) return EAFNOSUPPORT;
  if (protocol != 0 && protocol != PF_UNIX) return EPROTONOSUPPORT;
  const bool exists = type == SOCK_STREAM || type == SOCK_DGRAM || type == SOCK_SEQPACKET || type == SOCK_RAW;
  return exists ? 0 : ESOCKTNOSUPPORT;
}

}  // namespace

int Calls::error_of_socket(int fd) const {
  const Description* description = world.find(thread, fd);
  if (description == nullptr) return EBADF;
  return std::holds_alternative<UnixSocketPlace>(world.state_of(*description)) ? 0 : ENOTSOCK;
}

Calls::Start Calls::operator()(const call::Socketpair& call) {
  const int flags = call.type & ~kTypeMask;
  if ((flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) != 0) return failed(EINVAL);
  const int first = free_descriptor();
  const int second = first < 0 ? -1 : free_descriptor(first + 1);
  if (second < 0) return failed(EMFILE);
  int type = call.type & kTypeMask;
  if (call.family == AF_INET) return failed(EOPNOTSUPP);  // no pairs there
  if (const int error = error_of_kind(call.family, type, call.protocol); error != 0) return failed(error);
  if (type == SOCK_RAW) type = SOCK_DGRAM;  // the same thing here
  auto& process = world.process_of(thread);
  ObjectId ends[2];
  for (int i = 0; i < 2; ++i) {
    ends[i] = world.objects_.add({UnixSocketPlace{}, 0});
    world.unix_sockets_.make(ends[i], type);
    const DescriptionId description = world.describe(ends[i], O_RDWR | (flags & O_NONBLOCK), {true, true});
    world.hold(description);
    world.install(process, i == 0 ? first : second, description, (flags & SOCK_CLOEXEC) != 0);
  }
  world.unix_sockets_.join(ends[0], ends[1]);
  Reply reply = done(0);
  reply.numbers = {first, second};
  return reply;
}

Calls::Start Calls::operator()(const call::Socket& call) {
  const int flags = call.type & ~kTypeMask;
  if ((flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) != 0) return failed(EINVAL);
  int type = call.type & kTypeMask;
  if (const int error = error_of_kind(call.family, type, call.protocol); error != 0) return failed(error);
  if (type == SOCK_RAW) type = SOCK_DGRAM;
  const int fd = free_descriptor();
  if (fd < 0) return failed(EMFILE);
  const ObjectId made = world.objects_.add({UnixSocketPlace{}, 0});
  world.unix_sockets_.make(made, type);
  const DescriptionId description = world.describe(made, O_RDWR | (flags & O_NONBLOCK), {true, true});
  world.hold(description);
  world.install(world.process_of(thread), fd, description, (flags & SOCK_CLOEXEC) != 0);
  return done(fd);
}

Calls::Start Calls::operator()(const call::Shutdown& call) {
  if (const int error = error_of_socket(call.fd); error != 0) return failed(error);
  const auto answer = world.unix_sockets_.shut_down(world.find(thread, call.fd)->object, call.how);
  world.spread_socket_wakes();
  return answer.is_value() ? done(0) : failed(answer.error().value);
}

Calls::Start Calls::operator()(const call::Sendto& call) {
  if (const int error = error_of_socket(call.fd); error != 0) return failed(error);
  return send(world.number_of(thread, call.fd), call.bytes, call.flags, call.to);
}

Calls::Start Calls::operator()(const call::Recvfrom& call) {
  if (const int error = error_of_socket(call.fd); error != 0) return failed(error);
  return receive(world.number_of(thread, call.fd), call.size, call.flags,
                 call.asks_name ? AsksName::kYes : AsksName::kNo);
}

/// Nobody is asked for nothing.
Calls::Start Calls::read_from(UnixSocketPlace&, DescriptionId number, std::size_t size) {
  return size == 0 ? Start{done(0)} : receive(number, size, 0, AsksName::kNo);
}

Calls::Start Calls::write_to(UnixSocketPlace&, DescriptionId number, Bytes bytes) {
  return send(number, std::move(bytes), 0, std::nullopt);
}

Calls::Start Calls::operator()(const call::Setsockopt& call) {
  if (const int error = error_of_socket(call.fd); error != 0) return failed(error);
  if (call.level != SOL_SOCKET) return failed(EOPNOTSUPP);
  const auto answer =
      world.unix_sockets_.set_option(world.find(thread, call.fd)->object, call.option, call.value);
  world.spread_socket_wakes();
  return answer.is_value() ? done(0) : failed(answer.error().value);
}

Calls::Start Calls::operator()(const call::Getsockopt& call) {
  if (const int error = error_of_socket(call.fd); error != 0) return failed(error);
  if (call.level != SOL_SOCKET) return failed(EOPNOTSUPP);
  const auto answer = world.unix_sockets_.option(world.find(thread, call.fd)->object, call.option);
  if (!answer.is_value()) return failed(answer.error().value);
  Reply reply = done(0);
  reply.numbers = {answer.value()};
  return reply;
}

/// SIOCINQ and SIOCOUTQ have the numbers of FIONREAD and TIOCOUTQ.
Reply Calls::socket_ioctl(const Description& description, const call::Ioctl& call) const {
  Reply reply = done(0);
  switch (call.request) {
    case FIONREAD:
      if (world.unix_sockets_.at(description.object).state == UnixSocket::State::kListening)
        return failed(EINVAL);
      reply.numbers = {static_cast<std::int64_t>(world.unix_sockets_.bytes_queued(description.object))};
      return reply;
    case TIOCOUTQ:
      reply.numbers = {static_cast<std::int64_t>(world.unix_sockets_.at(description.object).charged)};
      return reply;
    default: return failed(ENOTTY);
  }
}

}  // namespace flinch::mechanisms
