// Names of sockets, and connections: bind(2), listen(2), connect(2), accept4(2), getsockname(2), getpeername(2).
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include "core/mechanisms/calls_impl.h"
#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {
namespace {

constexpr std::size_t kFamilySize = 2;
constexpr std::size_t kPathMax = 108;  // sun_path

/// What stands behind the family of a name with no name in it is chosen by the kernel.
bool asks_for_choice(const SocketName& name) { return name.family == AF_UNIX && name.rest.empty(); }

}  // namespace

void Calls::tell_name(Reply& reply, const std::optional<Bytes>& name) {
  reply.numbers.push_back(static_cast<std::int64_t>(kFamilySize + (name ? name->size() : 0)));
  if (!name) return;
  for (const char byte : *name) reply.numbers.push_back(static_cast<unsigned char>(byte));
}

int Calls::error_of_socket_name(const SocketName& name) {
  const bool fits = !name.rest.empty() && name.rest.size() <= kPathMax;
  return fits && name.family == AF_UNIX ? 0 : EINVAL;
}

Answer<ObjectId> Calls::find_socket(const World& now, const Bytes& name, int type) {
  if (now.fifos_.contains(name.substr(0, name.find('\0')))) return Errno{ECONNREFUSED};
  return now.unix_sockets_.find(name, type);
}

Calls::Start Calls::operator()(const call::Bind& call) {
  if (const int error = error_of_socket(call.fd); error != 0) return failed(error);
  if (!asks_for_choice(call.name))
    if (const int error = error_of_socket_name(call.name); error != 0) return failed(error);
  if (world.fifos_.contains(call.name.rest.substr(0, call.name.rest.find('\0')))) return failed(EADDRINUSE);
  const auto answer = world.unix_sockets_.bind(world.find(thread, call.fd)->object, call.name.rest);
  return answer.is_value() ? done(0) : failed(answer.error().value);
}

Calls::Start Calls::operator()(const call::Listen& call) {
  if (const int error = error_of_socket(call.fd); error != 0) return failed(error);
  const auto answer = world.unix_sockets_.listen(world.find(thread, call.fd)->object, call.backlog);
  world.spread_socket_wakes();
  return answer.is_value() ? done(0) : failed(answer.error().value);
}

Calls::Start Calls::operator()(const call::Connect& call) {
  if (const int error = error_of_socket(call.fd); error != 0) return failed(error);
  const ObjectId object = world.find(thread, call.fd)->object;
  const int type = world.unix_sockets_.at(object).type;
  std::optional<ObjectId> peer;
  if (type != SOCK_DGRAM || call.name.family != AF_UNSPEC) {
    if (const int error = error_of_socket_name(call.name); error != 0) return failed(error);
    if (type != SOCK_DGRAM) return connect_stream(world.number_of(thread, call.fd), call.name.rest);
    const auto found = find_socket(world, call.name.rest, type);
    if (!found.is_value()) return failed(found.error().value);
    peer = found.value();
  }
  const auto answer = world.unix_sockets_.set_peer(object, peer);
  world.spread_socket_wakes();
  return answer.is_value() ? done(0) : failed(answer.error().value);
}

/// Whoever waits looks up the name again.
Calls::Start Calls::connect_stream(DescriptionId number, const Bytes& name) {
  const Description& description = world.descriptions_.at(number);
  const bool waits = (description.flags & O_NONBLOCK) == 0;
  world.hold(number);
  return World::Attempt{[=, object = description.object](World& now, Occasion) -> Outcome {
    UnixSockets& sockets = now.unix_sockets_;
    const auto found = find_socket(now, name, sockets.at(object).type);
    const auto answer =
        found.is_value() ? sockets.may_connect(object, found.value()) : Answer<int>{found.error()};
    if (answer.is_blocked() && waits)
      return Sleep{{{found.value(), answer.blocked().queue, answer.blocked().wait}}};
    if (answer.is_value()) sockets.connect(object, found.value(), now.objects_.add({UnixSocketPlace{}, 0}));
    now.spread_socket_wakes();
    now.let_go(number);
    if (answer.is_value()) return done(0);
    return failed(answer.is_blocked() ? EAGAIN : answer.error().value);
  }};
}

/// The number is taken before the socket is looked at, and stays taken while it waits.
Calls::Start Calls::operator()(const call::Accept4& call) {
  if (world.find(thread, call.fd) == nullptr) return failed(EBADF);
  if ((call.flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) != 0) return failed(EINVAL);
  const int fd = free_descriptor();
  if (fd < 0) return failed(EMFILE);
  if (const int error = error_of_socket(call.fd); error != 0) return failed(error);
  const DescriptionId number = world.number_of(thread, call.fd);
  const bool waits = (world.descriptions_.at(number).flags & O_NONBLOCK) == 0;
  world.hold(number);
  world.install(world.process_of(thread), fd, World::kReserved, false);
  return World::Attempt{[=, me = thread](World& now, Occasion) -> Outcome {
    const ObjectId object = now.descriptions_.at(number).object;
    const auto made = now.unix_sockets_.accept(object);
    const bool has_ended = now.unix_sockets_.at(object).receives_no_more;
    if (made.is_blocked() && waits && !has_ended)
      return Sleep{{{object, made.blocked().queue, made.blocked().wait, POLLIN | POLLERR}}};
    now.spread_socket_wakes();
    auto& process = now.process_of(me);
    process.descriptors.erase(fd);
    Reply reply = done(fd);
    if (made.is_value()) {
      const DescriptionId description =
          now.describe(made.value(), O_RDWR | (call.flags & O_NONBLOCK), {true, true});
      now.hold(description);
      now.install(process, fd, description, (call.flags & SOCK_CLOEXEC) != 0);
      if (call.asks_name)
        tell_name(reply, now.unix_sockets_.at(*now.unix_sockets_.at(made.value()).peer).name);
    }
    now.let_go(number);
    if (made.is_blocked()) return failed(waits ? EINVAL : EAGAIN);
    return made.is_value() ? reply : failed(made.error().value);
  }};
}

Calls::Start Calls::operator()(const call::Getsockname& call) {
  if (const int error = error_of_socket(call.fd); error != 0) return failed(error);
  Reply reply = done(0);
  tell_name(reply, world.unix_sockets_.at(world.find(thread, call.fd)->object).name);
  return reply;
}

Calls::Start Calls::operator()(const call::Getpeername& call) {
  if (const int error = error_of_socket(call.fd); error != 0) return failed(error);
  const auto peer = world.unix_sockets_.at(world.find(thread, call.fd)->object).peer;
  if (!peer) return failed(ENOTCONN);
  Reply reply = done(0);
  tell_name(reply, world.unix_sockets_.at(*peer).name);
  return reply;
}

}  // namespace flinch::mechanisms
