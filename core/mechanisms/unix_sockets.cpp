#include "core/mechanisms/unix_sockets.h"

#include <errno.h>
#include <poll.h>

#include <algorithm>
#include <limits>

#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {
namespace {

constexpr short kIn = POLLIN | POLLRDNORM;
constexpr short kOut = POLLOUT | POLLWRNORM | POLLWRBAND;
constexpr short kData = kIn | POLLPRI | POLLRDBAND;

}  // namespace

void UnixSockets::make(ObjectId number, int type) {
  sockets_.emplace(number,
                   UnixSocket{type, limits_.send_buffer, limits_.receive_buffer, limits_.packets_max});
}

void UnixSockets::join(ObjectId one, ObjectId other) {
  socket(one).peer = other;
  socket(other).peer = one;
  socket(one).state = socket(other).state = UnixSocket::State::kConnected;
}

void UnixSockets::close(ObjectId number) { end(number, Birth::kDone); }

void UnixSockets::end(ObjectId number, Birth birth) {
  UnixSocket& closed = socket(number);
  std::erase_if(names_, [number](const auto& entry) { return entry.second == number; });
  if (MUTANT(unix_file_goes_with_socket))
    std::erase_if(files_, [number](const auto& entry) { return entry.second == number; });
  closed.is_dead = closed.receives_no_more = closed.sends_no_more = true;
  const bool was_listening = closed.state == UnixSocket::State::kListening;
  closed.state = UnixSocket::State::kClosed;
  const std::optional<ObjectId> peer = std::exchange(closed.peer, std::nullopt);
  tell_peers(number, Wake::Who::kAll, 0);
  if (peer && closed.is_connection()) {
    // Nothing was lost of a packet that was empty.
    auto unread = closed.queue.begin();
    if (unread != closed.queue.end() && unread->bytes.empty()) ++unread;
    UnixSocket& left = socket(*peer);
    left.receives_no_more = left.sends_no_more = true;
    const bool is_reset = unread != closed.queue.end() && !MUTANT(unix_unread_is_no_reset);
    if (is_reset || birth == Birth::kMissed) left.error = ECONNRESET;
    tell_all(*peer);
  }
  closed.watched.reset();
  if (was_listening)
    for (const UnixMessage& connection : std::exchange(closed.queue, {}))
      end(connection.sender, Birth::kMissed);
  throw_away_queue(number);
}

void UnixSockets::throw_away_queue(ObjectId number) {
  std::deque<UnixMessage>& queue = socket(number).queue;
  while (!queue.empty()) {
    const UnixMessage message = std::move(queue.front());
    queue.pop_front();
    discharge(message);
  }
}

Answer<int> UnixSockets::shut_down(ObjectId number, int how) {
  if (how != SHUT_RD && how != SHUT_WR && how != SHUT_RDWR) return Errno{EINVAL};
  UnixSocket& own = socket(number);
  if (how != SHUT_WR) own.receives_no_more = true;
  if (how != SHUT_RD) own.sends_no_more = true;
  tell_all(number);
  if (!own.peer || !own.is_connection()) return 0;
  UnixSocket& peer = socket(*own.peer);
  if (how != SHUT_WR && !MUTANT(unix_shutdown_is_one_sided)) peer.sends_no_more = true;
  if (how != SHUT_RD) peer.receives_no_more = true;
  tell_all(*own.peer);
  return 0;
}

int UnixSockets::take_error(UnixSocket& socket) {
  if (MUTANT(unix_error_stays)) return socket.error;
  return std::exchange(socket.error, 0);
}

void UnixSockets::enqueue(ObjectId to, UnixMessage message) {
  socket(to).queue.push_back(std::move(message));
  tell_of_data(to);
}

void UnixSockets::discharge(const UnixMessage& message) {
  socket(message.sender).charged -= message.charge;
  tell_of_room(message.sender);
}

short UnixSockets::events(ObjectId number) {
  const UnixSocket& own = at(number);
  int events = 0;
  if (own.error != 0) events |= POLLERR;
  if (own.receives_no_more && own.sends_no_more) events |= POLLHUP;
  if (own.receives_no_more) events |= POLLRDHUP | kIn;
  if (!own.queue.empty()) events |= kIn;
  if (own.is_connection() && own.state == UnixSocket::State::kClosed) events |= POLLHUP;
  // A datagram socket that sends to one that does not send back stops at that one's queue.
  bool is_peer_full = false;
  if (own.peer && !own.is_stream() && *own.peer != number) {
    const UnixSocket& peer = at(*own.peer);
    is_peer_full = peer.peer != number && is_full(peer) && !peer.is_dead;
    if (is_peer_full) watch_peer(number);
  }
  if (is_writable(own) && !is_peer_full) events |= kOut;
  return static_cast<short>(events);
}

std::size_t UnixSockets::bytes_queued(ObjectId number) const {
  std::size_t sum = 0;
  for (const UnixMessage& message : at(number).queue) {
    sum += message.bytes.size();
    // Whoever reads datagrams needs room for the next one.
    if (!at(number).is_connection() && !MUTANT(unix_fionread_is_of_all)) break;
  }
  return sum;
}

/// poll(2) is told of room once three quarters of the buffer are free; who waits in a call may have less.
bool UnixSockets::is_writable(const UnixSocket& socket) const {
  if (socket.state == UnixSocket::State::kListening) return false;
  const std::size_t share = MUTANT(unix_writable_while_not_full) ? 1 : 4;
  return (socket.charged + 1) * share <= static_cast<std::size_t>(socket.send_buffer);
}

void UnixSockets::wake(ObjectId number, Wake::Who who, short events) {
  for (const Queue queue : {Queue::kReaders, Queue::kWriters})
    wakes_.push_back({number, {queue, who, events}});
}

void UnixSockets::tell_of_data(ObjectId number) { wake(number, Wake::Who::kOne, kData); }

void UnixSockets::tell_of_room(ObjectId number) {
  if (is_writable(socket(number)) && !MUTANT(unix_room_wakes_nobody)) wake(number, Wake::Who::kOne, kOut);
}

void UnixSockets::tell_peers(ObjectId number, Wake::Who who, short events) {
  for (auto& [other, socket] : sockets_) {
    if (socket.watched != number) continue;
    socket.watched.reset();
    wake(other, Wake::Who::kOne, events);
  }
  if (!MUTANT(unix_queue_wakes_nobody)) wakes_.push_back({number, {Queue::kPeers, who, events}});
}

void UnixSockets::tell_all(ObjectId number) { wake(number, Wake::Who::kAll, 0); }

}  // namespace flinch::mechanisms
