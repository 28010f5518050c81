// Sending through Unix sockets, for as long as a call takes.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>

#include "core/mechanisms/calls_impl.h"
#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {

Calls::Start Calls::send(DescriptionId number, Bytes bytes, int flags, const std::optional<SocketName>& to) {
  const World::Description& description = world.descriptions_.at(number);
  if ((description.flags & O_NONBLOCK) != 0) flags |= MSG_DONTWAIT;
  const UnixSocket& socket = world.unix_sockets_.at(description.object);
  if (!socket.is_stream()) return send_packet(number, std::move(bytes), flags, to);
  if (to) return failed(socket.state == UnixSocket::State::kConnected ? EISCONN : EOPNOTSUPP);
  return send_to_stream(number, std::move(bytes), flags);
}

/// Part by part; whoever has been woken by one may run before the next is sent.
Calls::Start Calls::send_to_stream(DescriptionId number, Bytes bytes, int flags) {
  const ObjectId object = world.descriptions_.at(number).object;
  if (const int error = world.unix_sockets_.refusal(object); error != 0) {
    if (error == EPIPE && (flags & MSG_NOSIGNAL) == 0 && !MUTANT(unix_no_sigpipe))
      world.send_signal(thread, SIGPIPE);
    return failed(error);
  }
  world.hold(number);
  return World::Attempt{[=, me = thread, bytes = std::move(bytes), sent = std::size_t{0},
                         next = std::size_t{0}](World& now, Occasion occasion) mutable -> Outcome {
    UnixSockets& sockets = now.unix_sockets_;
    const Sleep for_room{{{object, Queue::kWriters, Wait::kShared}}};
    // How much is sent next has been settled before waiting for room for it, whatever the buffer is now.
    if (occasion == Occasion::kWoken && next > 0 && !sockets.may_send(object)) return for_room;
    int error = 0;
    while (sent < bytes.size() && error == 0) {
      if (next == 0) next = sockets.part_of(object, bytes.size() - sent);
      const auto part = sockets.send_part(object, std::string_view{bytes}.substr(sent, next));
      if (part.is_blocked() && (flags & MSG_DONTWAIT) == 0) return for_room;
      if (part.is_value()) sent += std::exchange(next, 0);
      if (!part.is_value()) error = part.is_blocked() ? EAGAIN : part.error().value;
      now.spread_socket_wakes();
      if (error == 0 && sent < bytes.size() && !now.runnable_.empty()) {
        now.rouse(me);
        return Sleep{};
      }
    }
    now.let_go(number);
    return sent == 0 && error != 0 ? failed(error) : done(static_cast<std::int64_t>(sent));
  }};
}

/// Whole or not at all: there has to be room in the sender's own buffer, and then in the receiver's queue.
Calls::Start Calls::send_packet(DescriptionId number, Bytes bytes, int flags,
                                const std::optional<SocketName>& to) {
  const ObjectId object = world.descriptions_.at(number).object;
  if (const int error = world.unix_sockets_.packet_refusal(object); error != 0) return failed(error);
  const bool is_named = to && !world.unix_sockets_.at(object).is_connection();
  if (is_named)
    if (const int error = error_of_socket_name(*to); error != 0) return failed(error);
  world.hold(number);
  const Sending begun{
      is_named ? to->rest : Bytes{}, {std::move(bytes), object, 0}, std::nullopt, false, false};
  return World::Attempt{[=, sending = begun](World& now, Occasion) mutable -> Outcome {
    UnixSockets& sockets = now.unix_sockets_;
    const bool waits = (flags & MSG_DONTWAIT) == 0;
    const Sleep for_room{{{object, Queue::kWriters, Wait::kShared}}};
    if (sending.has_slept_for_room && !sockets.may_send(object)) return for_room;
    sending.has_slept_for_room = false;
    if (!sending.is_charged) {
      const auto charge = sockets.reserve(object, sending.packet.bytes.size());
      sending.has_slept_for_room = charge.is_blocked() && waits;
      if (sending.has_slept_for_room) return for_room;
      if (charge.is_value()) sending.packet.charge = charge.value();
      sending.is_charged = charge.is_value();
      if (!charge.is_value()) {
        now.let_go(number);
        return failed(charge.is_blocked() ? EAGAIN : charge.error().value);
      }
    }
    const auto sent = deliver(now, sending);
    if (sent.is_blocked() && waits) return Sleep{{{*sending.to, sent.blocked().queue, sent.blocked().wait}}};
    if (sent.is_blocked() && sockets.at(object).peer == sending.to) sockets.watch_peer(object);
    if (!sent.is_value()) sockets.discharge(sending.packet);
    now.spread_socket_wakes();
    now.let_go(number);
    if (sent.is_blocked()) return failed(EAGAIN);
    return sent.is_value() ? done(static_cast<std::int64_t>(sent.value())) : failed(sent.error().value);
  }};
}

/// To the peer, or to whom the name stands for; if he has gone meanwhile, to whom it stands for now.
Answer<std::size_t> Calls::deliver(World& now, Sending& sending) {
  UnixSockets& sockets = now.unix_sockets_;
  const ObjectId from = sending.packet.sender;
  for (;;) {
    if (!sending.to && sending.name.empty()) sending.to = sockets.at(from).peer;
    if (!sending.to && sending.name.empty()) return Errno{ENOTCONN};
    if (!sending.to) {
      const auto found = find_socket(now, sending.name, sockets.at(from).type);
      if (!found.is_value()) return found.error();
      sending.to = found.value();
    }
    const auto sent = sockets.deliver(from, *sending.to, sending.packet);
    const bool has_gone = !sent.is_value() && !sent.is_blocked() && sent.error() == Errno{ECONNRESET};
    if (!has_gone || sending.name.empty()) return sent;
    sending.to.reset();
  }
}

}  // namespace flinch::mechanisms
