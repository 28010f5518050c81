// Receiving from Unix sockets, for as long as a call takes.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include "core/mechanisms/calls_impl.h"
#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {
namespace {

constexpr short kForReaders = POLLIN | POLLERR;  // news of room alone are nothing to them

/// How far a call has come.
struct Reading {
  Bytes got;
  std::optional<ObjectId> sender = std::nullopt;
  int error = 0;
  bool has_slept = false;   // for something to receive
  bool is_at_turn = false;  // nobody else receives meanwhile
};

enum class Next : std::uint8_t { kEnd, kSleep, kGoOn };

/// Receives one part, if there is one.
Next receive_part(UnixSockets& sockets, ObjectId object, std::size_t size, int flags, Reading& reading) {
  const std::size_t enough =
      (flags & MSG_WAITALL) != 0 && size > 0 && !MUTANT(unix_waitall_is_nothing) ? size : 1;
  if (sockets.at(object).queue.empty() && reading.got.size() >= enough) return Next::kEnd;
  if (!sockets.at(object).queue.empty()) reading.sender = sockets.at(object).queue.front().sender;
  if (!sockets.at(object).queue.empty() && (flags & MSG_PEEK) != 0) {
    reading.got = sockets.peek(object, size);
    return Next::kEnd;
  }
  const auto part = sockets.receive_part(object, size - reading.got.size());
  if (part.is_value()) {
    reading.got += part.value().bytes;
    return part.value().was_whole && reading.got.size() < size ? Next::kGoOn : Next::kEnd;
  }
  if (part.is_blocked() && (flags & MSG_DONTWAIT) == 0) return Next::kSleep;
  reading.error = part.is_blocked() ? EAGAIN : part.error().value;
  return Next::kEnd;
}

}  // namespace

Calls::Start Calls::receive(DescriptionId number, std::size_t size, int flags, AsksName asks) {
  const World::Description& description = world.descriptions_.at(number);
  if ((description.flags & O_NONBLOCK) != 0) flags |= MSG_DONTWAIT;
  const bool is_stream = world.unix_sockets_.at(description.object).is_stream();
  return is_stream ? receive_from_stream(number, size, flags, asks)
                   : receive_packet(number, size, flags, asks);
}

/// Part by part; whoever has been woken by the room that one left may run before the next is taken.
Calls::Start Calls::receive_from_stream(DescriptionId number, std::size_t size, int flags, AsksName asks) {
  const ObjectId object = world.descriptions_.at(number).object;
  if (world.unix_sockets_.at(object).state != UnixSocket::State::kConnected) return failed(EINVAL);
  world.hold(number);
  return World::Attempt{[=, me = thread, reading = Reading{}](World& now, Occasion) mutable -> Outcome {
    UnixSockets& sockets = now.unix_sockets_;
    const Sleep for_data{{{object, Queue::kReaders, Wait::kShared, kForReaders}}};
    if (reading.has_slept && !sockets.is_receivable(object)) return for_data;
    reading.has_slept = false;
    if (!reading.is_at_turn && !sockets.lock(object))
      return Sleep{{{object, Queue::kTurn, Wait::kExclusive}}};
    reading.is_at_turn = true;
    Next next = Next::kGoOn;
    while (next == Next::kGoOn) {
      next = receive_part(sockets, object, size, flags, reading);
      now.spread_socket_wakes();
      if (next == Next::kGoOn && !now.runnable_.empty()) {
        now.rouse(me);
        return Sleep{};
      }
    }
    sockets.unlock(object);
    now.spread_socket_wakes();
    reading.is_at_turn = false;
    reading.has_slept = next == Next::kSleep;
    if (reading.has_slept) return for_data;
    now.let_go(number);
    if (reading.got.empty() && reading.error != 0) return failed(reading.error);
    Reply reply = done(static_cast<std::int64_t>(reading.got.size()));
    reply.bytes = std::move(reading.got);
    if (asks == AsksName::kYes) tell_sender(reply, sockets, reading.sender);
    return reply;
  }};
}

/// One at a time, and what there is no room for is lost. Readers stand in line for them.
Calls::Start Calls::receive_packet(DescriptionId number, std::size_t size, int flags, AsksName asks) {
  const ObjectId object = world.descriptions_.at(number).object;
  const UnixSocket& socket = world.unix_sockets_.at(object);
  if (socket.is_connection() && socket.state != UnixSocket::State::kConnected) return failed(ENOTCONN);
  world.hold(number);
  return World::Attempt{[=](World& now, Occasion) -> Outcome {
    const UnixSocket& own = now.unix_sockets_.at(object);
    const auto keep = (flags & MSG_PEEK) != 0 ? UnixSockets::Keep::kYes : UnixSockets::Keep::kNo;
    auto packet = now.unix_sockets_.receive_packet(object, keep);
    const bool waits = (flags & MSG_DONTWAIT) == 0;
    if (packet.is_blocked() && waits && !own.receives_no_more)
      return Sleep{{{object, Queue::kReaders, packet.blocked().wait, kForReaders}}};
    now.spread_socket_wakes();
    now.let_go(number);
    if (packet.is_blocked()) {
      // Whoever would not wait is told of the end of a connection only.
      const bool sees_end =
          own.receives_no_more && (waits || own.is_connection()) && !MUTANT(unix_end_is_eagain);
      Reply end = sees_end ? done(0) : failed(EAGAIN);
      if (sees_end && asks == AsksName::kYes) tell_sender(end, now.unix_sockets_, std::nullopt);
      return end;
    }
    if (!packet.is_value()) return failed(packet.error().value);
    const Bytes& bytes = packet.value().bytes;
    Reply reply;
    reply.bytes = bytes.substr(0, size);
    const bool tells_all = (flags & MSG_TRUNC) != 0 && !MUTANT(unix_trunc_is_nothing);
    reply.value = static_cast<std::int64_t>(tells_all ? bytes.size() : reply.bytes.size());
    if (asks == AsksName::kYes) tell_sender(reply, now.unix_sockets_, packet.value().sender);
    return reply;
  }};
}

/// Whoever has no name is told as nothing at all.
void Calls::tell_sender(Reply& reply, const UnixSockets& sockets, std::optional<ObjectId> sender) {
  if (sender && sockets.at(*sender).name)
    tell_name(reply, sockets.at(*sender).name);
  else
    reply.numbers.push_back(0);
}

}  // namespace flinch::mechanisms
