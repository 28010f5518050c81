// Sending through Unix sockets, for as long as a call takes.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>

#include "core/mechanisms/calls_impl.h"
#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {

/// Part by part; whoever has been woken by one may run before the next is sent.
Calls::Start Calls::send_to_stream(DescriptionId number, Bytes bytes, int flags) {
  const ObjectId object = world.descriptions_.at(number).object;
  if (const int error = world.unix_sockets_.refusal(object); error != 0) {
    if (error == EPIPE && (flags & MSG_NOSIGNAL) == 0 && !MUTANT(unix_no_sigpipe))
      world.send_signal(thread, SIGPIPE);
    return failed(error);
  }
  if ((world.descriptions_.at(number).flags & O_NONBLOCK) != 0) flags |= MSG_DONTWAIT;
  world.hold(number);
  return World::Attempt{[=, me = thread, bytes = std::move(bytes), sent = std::size_t{0}, has_slept = false](
                            World& now, Occasion) mutable -> Outcome {
    UnixSockets& sockets = now.unix_sockets_;
    const Sleep for_room{{{object, Queue::kWriters, Wait::kShared}}};
    if (has_slept && !sockets.may_send(object)) return for_room;
    has_slept = false;
    int error = 0;
    while (sent < bytes.size() && error == 0) {
      const auto part = sockets.send_part(object, std::string_view{bytes}.substr(sent));
      has_slept = part.is_blocked() && (flags & MSG_DONTWAIT) == 0;
      if (has_slept) return for_room;
      if (part.is_value()) sent += part.value();
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

}  // namespace flinch::mechanisms
