// Streams of Unix sockets.
#include <errno.h>

#include <algorithm>

#include "core/mechanisms/mutants.h"
#include "core/mechanisms/unix_sockets.h"

namespace flinch::mechanisms {

int UnixSockets::refusal(ObjectId number) const {
  const UnixSocket& own = at(number);
  if (!own.peer) return ENOTCONN;
  return own.sends_no_more ? EPIPE : 0;
}

std::size_t UnixSockets::part_of(ObjectId number, std::size_t size) const {
  return MUTANT(unix_parts_are_whole) ? size : SocketCharges::part_of(size, at(number).send_buffer);
}

Answer<std::size_t> UnixSockets::send_part(ObjectId number, std::string_view part) {
  UnixSocket& own = socket(number);
  if (const int error = take_error(own); error != 0) return Errno{error};
  if (own.sends_no_more) return Errno{EPIPE};
  if (own.charged >= static_cast<std::size_t>(own.send_buffer))
    return Blocked{Queue::kWriters, Wait::kShared};
  const UnixSocket& peer = socket(*own.peer);
  if (peer.is_dead || peer.receives_no_more) return Errno{EPIPE};
  const std::size_t charge =
      MUTANT(unix_bytes_are_charged) ? part.size() : limits_.charges.of_part(part.size());
  own.charged += charge;
  enqueue(*own.peer, {Bytes{part}, number, charge});
  return part.size();
}

Answer<UnixSockets::Part> UnixSockets::receive_part(ObjectId number, std::size_t size) {
  UnixSocket& own = socket(number);
  if (own.queue.empty() || (MUTANT(unix_error_before_data) && own.error != 0)) {
    if (const int error = take_error(own); error != 0) return Errno{error};
    if (own.receives_no_more) return Part{{}, false};
    return Blocked{Queue::kReaders, Wait::kShared};
  }
  UnixMessage& first = own.queue.front();
  Bytes taken = first.bytes.substr(0, size);
  first.bytes.erase(0, taken.size());
  if (!first.bytes.empty()) return Part{std::move(taken), false};
  const UnixMessage whole = std::move(first);
  own.queue.pop_front();
  discharge(whole);
  return Part{std::move(taken), true};
}

Bytes UnixSockets::peek(ObjectId number, std::size_t size) const {
  Bytes seen;
  for (const UnixMessage& part : at(number).queue) {
    seen.append(part.bytes, 0, size - seen.size());
    if (seen.size() == size || MUTANT(unix_peek_sees_one_part)) break;
  }
  return seen;
}

bool UnixSockets::lock(ObjectId number) { return !std::exchange(socket(number).is_locked, true); }

void UnixSockets::unlock(ObjectId number) {
  socket(number).is_locked = false;
  wakes_.push_back({number, {Queue::kTurn, Wake::Who::kOne, 0}});
}

bool UnixSockets::is_receivable(ObjectId number) const {
  const UnixSocket& own = at(number);
  return !own.queue.empty() || own.error != 0 || own.receives_no_more;
}

bool UnixSockets::may_send(ObjectId number) const {
  const UnixSocket& own = at(number);
  return own.charged + 1 < static_cast<std::size_t>(own.send_buffer) || own.sends_no_more || own.error != 0;
}

}  // namespace flinch::mechanisms
