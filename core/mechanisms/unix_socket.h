// One Unix socket as the kernel keeps it (unix(7)); unix_sockets.h is what they do to each other.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <deque>
#include <optional>

#include "core/mechanisms/answer.h"
#include "core/mechanisms/ids.h"

namespace flinch::mechanisms {

/// A datagram, or a part of a stream as it was sent.
struct UnixMessage {
  Bytes bytes;  // what is left of them
  ObjectId sender;
  std::size_t charge;  // of the sender's buffer, until it has been received whole
};

struct UnixSocket {
  enum class State : std::uint8_t { kClosed, kConnected, kListening };

  int type;
  int send_buffer;      // SO_SNDBUF: as Linux doubles it
  int receive_buffer;   // SO_RCVBUF: a number that nothing here depends on
  std::size_t backlog;  // how many it queues, packets or connections, and one more
  State state = State::kClosed;
  std::optional<ObjectId> peer = std::nullopt;
  std::deque<UnixMessage> queue = {};  // what is to be received
  std::size_t charged = 0;             // for what it has sent and nobody has received
  int error = 0;                       // SO_ERROR
  bool receives_no_more = false;       // shutdown(2), or its peer is closed
  bool sends_no_more = false;
  std::optional<Bytes> name = std::nullopt;        // as it is told: sun_path
  std::optional<ObjectId> watched = std::nullopt;  // a peer whose queue was full when somebody looked
  bool is_dead = false;                            // closed, but not yet forgotten by its peers
  bool is_locked = false;                          // somebody is in the middle of receiving from a stream

  [[nodiscard]] bool is_stream() const { return type == SOCK_STREAM; }
  /// A peer's shutdown and end are its own.
  [[nodiscard]] bool is_connection() const { return type != SOCK_DGRAM; }
};

}  // namespace flinch::mechanisms
