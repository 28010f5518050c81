// Sending through Unix sockets, for as long as a call takes.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>

#include "core/mechanisms/calls_impl.h"
#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {

Calls::Start Calls::send(DescriptionId number, Bytes bytes, int flags) {
  const World::Description& description = world.descriptions_.at(number);
  if ((description.flags & O_NONBLOCK) != 0) flags |= MSG_DONTWAIT;
  const bool is_stream = world.unix_sockets_.at(description.object).is_stream();
  return is_stream ? send_to_stream(number, std::move(bytes), flags)
                   : send_packet(number, std::move(bytes), flags);
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

/// Whole or not at all.
Calls::Start Calls::send_packet(DescriptionId number, Bytes bytes, int flags) {
  const ObjectId object = world.descriptions_.at(number).object;
  if (const int error = world.unix_sockets_.packet_refusal(object); error != 0) return failed(error);
  world.hold(number);
  return World::Attempt{
      [=, bytes = std::move(bytes), has_slept = false](World& now, Occasion) mutable -> Outcome {
        UnixSockets& sockets = now.unix_sockets_;
        const Sleep for_room{{{object, Queue::kWriters, Wait::kShared}}};
        if (has_slept && !sockets.may_send(object)) return for_room;
        auto sent = sockets.reserve(object, bytes.size());
        has_slept = sent.is_blocked() && (flags & MSG_DONTWAIT) == 0;
        if (has_slept) return for_room;
        if (sent.is_value()) {
          const UnixMessage packet{bytes, object, sent.value()};
          sent = sockets.deliver(object, packet);
          if (!sent.is_value()) sockets.discharge(packet);
        }
        now.spread_socket_wakes();
        now.let_go(number);
        if (sent.is_blocked()) return failed(EAGAIN);
        return sent.is_value() ? done(static_cast<std::int64_t>(bytes.size())) : failed(sent.error().value);
      }};
}

}  // namespace flinch::mechanisms
