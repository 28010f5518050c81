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

/// Part by part; whoever has been woken by the room that one left may run before the next is taken.
Calls::Start Calls::receive_from_stream(DescriptionId number, std::size_t size, int flags) {
  const ObjectId object = world.descriptions_.at(number).object;
  if (world.unix_sockets_.at(object).state != UnixSocket::State::kConnected) return failed(EINVAL);
  if ((world.descriptions_.at(number).flags & O_NONBLOCK) != 0) flags |= MSG_DONTWAIT;
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
    return reply;
  }};
}

}  // namespace flinch::mechanisms
