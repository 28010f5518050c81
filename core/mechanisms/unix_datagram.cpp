// Datagrams and sequenced packets of Unix sockets.
#include <errno.h>
#include <poll.h>

#include "core/mechanisms/mutants.h"
#include "core/mechanisms/unix_sockets.h"

namespace flinch::mechanisms {
namespace {

constexpr std::size_t kReserve = 32;  // of a buffer, that no datagram may use

}  // namespace

int UnixSockets::packet_refusal(ObjectId number) {
  UnixSocket& own = socket(number);
  if (!own.is_connection()) return 0;
  if (const int error = take_error(own); error != 0) return error;
  return own.state == UnixSocket::State::kConnected ? 0 : ENOTCONN;
}

Answer<std::size_t> UnixSockets::reserve(ObjectId number, std::size_t size) {
  UnixSocket& own = socket(number);
  if (size > static_cast<std::size_t>(own.send_buffer) - kReserve && !MUTANT(unix_datagram_has_no_limit))
    return Errno{EMSGSIZE};
  if (const int error = take_error(own); error != 0) return Errno{error};
  if (own.sends_no_more) return Errno{EPIPE};
  if (own.charged >= static_cast<std::size_t>(own.send_buffer))
    return Blocked{Queue::kWriters, Wait::kShared};
  const std::size_t charge = limits_.charges.of_datagram(size);
  own.charged += charge;
  return charge;
}

Answer<std::size_t> UnixSockets::deliver(ObjectId number, UnixMessage message) {
  UnixSocket& own = socket(number);
  if (!own.peer) return Errno{ENOTCONN};
  const ObjectId to = *own.peer;
  const UnixSocket& other = socket(to);
  if (other.is_dead && own.is_connection()) return Errno{EPIPE};
  if (other.is_dead) {
    if (!MUTANT(unix_dead_peer_stays)) forget_peer(number);
    return Errno{ECONNREFUSED};
  }
  if (other.receives_no_more) return Errno{EPIPE};
  const std::size_t size = message.bytes.size();
  enqueue(to, std::move(message));
  return size;
}

/// A peer is gone: so is what it sent.
void UnixSockets::forget_peer(ObjectId number) {
  UnixSocket& own = socket(number);
  own.peer.reset();
  own.state = UnixSocket::State::kClosed;
  wake(number, Wake::Who::kOne, POLLOUT | POLLWRNORM | POLLWRBAND);
  if (MUTANT(unix_dead_peers_messages_stay)) return;
  throw_away_queue(number);
}

Answer<UnixMessage> UnixSockets::receive_packet(ObjectId number, Keep keep) {
  UnixSocket& own = socket(number);
  if (const int error = take_error(own); error != 0) return Errno{error};
  if (own.queue.empty()) return Blocked{Queue::kReaders, Wait::kExclusive};
  if (keep == Keep::kYes) return own.queue.front();
  UnixMessage first = std::move(own.queue.front());
  own.queue.pop_front();
  discharge(first);
  return first;
}

}  // namespace flinch::mechanisms
