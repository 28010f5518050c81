// Datagrams and sequenced packets of Unix sockets.
#include <errno.h>
#include <poll.h>

#include "core/mechanisms/mutants.h"
#include "core/mechanisms/unix_sockets.h"

namespace flinch::mechanisms {
namespace {

constexpr short kOut = POLLOUT | POLLWRNORM | POLLWRBAND;
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

Answer<std::size_t> UnixSockets::deliver(ObjectId number, ObjectId to, UnixMessage message) {
  UnixSocket& own = socket(number);
  const UnixSocket& other = socket(to);
  if (other.peer && *other.peer != number && !MUTANT(unix_anybody_sends)) return Errno{EPERM};
  if (other.is_dead) {
    if (own.is_connection()) return Errno{EPIPE};
    if (own.peer != to) return Errno{ECONNRESET};
    if (!MUTANT(unix_dead_peer_stays)) leave_peer(number, std::nullopt);
    return Errno{ECONNREFUSED};
  }
  if (other.receives_no_more) return Errno{EPIPE};
  if (to != number && other.peer != number && is_full(other)) return Blocked{Queue::kPeers, Wait::kExclusive};
  const std::size_t size = message.bytes.size();
  enqueue(to, std::move(message));
  return size;
}

void UnixSockets::watch_peer(ObjectId number) {
  UnixSocket& own = socket(number);
  if (!own.watched) own.watched = own.peer;
}

Answer<int> UnixSockets::set_peer(ObjectId number, std::optional<ObjectId> peer) {
  UnixSocket& own = socket(number);
  if (peer && socket(*peer).peer && socket(*peer).peer != number) return Errno{EPERM};
  if (own.peer)
    leave_peer(number, peer);
  else
    own.peer = peer;
  return 0;
}

/// What the old one had sent is lost, and it is told so if it sends to nobody else.
void UnixSockets::leave_peer(ObjectId number, std::optional<ObjectId> next) {
  UnixSocket& own = socket(number);
  const ObjectId old = *std::exchange(own.peer, next);
  own.watched.reset();
  wake(number, Wake::Who::kOne, kOut);
  if (next == old || own.queue.empty() || MUTANT(unix_dead_peers_messages_stay)) return;
  throw_away_queue(number);
  tell_peers(number, Wake::Who::kAll, 0);
  UnixSocket& left = socket(old);
  if (left.is_dead || left.peer != number || MUTANT(unix_left_peer_is_not_told)) return;
  left.error = ECONNRESET;
  wake(old, Wake::Who::kOne, POLLERR);
}

Answer<UnixMessage> UnixSockets::receive_packet(ObjectId number, Keep keep) {
  UnixSocket& own = socket(number);
  if (const int error = take_error(own); error != 0) return Errno{error};
  if (own.queue.empty()) return Blocked{Queue::kReaders, Wait::kExclusive};
  tell_peers(number, Wake::Who::kOne, kOut);
  if (keep == Keep::kYes) return own.queue.front();
  UnixMessage first = std::move(own.queue.front());
  own.queue.pop_front();
  discharge(first);
  return first;
}

}  // namespace flinch::mechanisms
