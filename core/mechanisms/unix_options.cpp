// Options of Unix sockets: socket(7).
#include <errno.h>

#include <algorithm>
#include <limits>

#include "core/mechanisms/mutants.h"
#include "core/mechanisms/unix_sockets.h"

namespace flinch::mechanisms {
namespace {

constexpr int kSendBufferMin = 4608;
constexpr int kReceiveBufferMin = 2304;

/// Linux takes twice what it is asked for, and a negative number is a large one.
int buffer_size(int asked, int max, int min) {
  const auto wanted = std::min(static_cast<unsigned>(asked), static_cast<unsigned>(max));
  const int half =
      static_cast<int>(std::min(wanted, static_cast<unsigned>(std::numeric_limits<int>::max()) / 2));
  return std::max(MUTANT(unix_buffer_is_not_doubled) ? half : half * 2, min);
}

}  // namespace

Answer<int> UnixSockets::option(ObjectId number, int option) {
  UnixSocket& own = socket(number);
  switch (option) {
    case SO_SNDBUF: return own.send_buffer;
    case SO_RCVBUF: return own.receive_buffer;
    case SO_TYPE: return own.type;
    case SO_DOMAIN: return AF_UNIX;
    case SO_PROTOCOL: return 0;
    case SO_ERROR: return take_error(own);
    case SO_ACCEPTCONN: return own.state == UnixSocket::State::kListening ? 1 : 0;
    default: return Errno{ENOPROTOOPT};
  }
}

Answer<int> UnixSockets::set_option(ObjectId number, int option, int value) {
  UnixSocket& own = socket(number);
  switch (option) {
    case SO_SNDBUF:
      own.send_buffer = buffer_size(value, limits_.send_buffer_max, kSendBufferMin);
      tell_of_room(number);
      return 0;
    case SO_RCVBUF:
      own.receive_buffer = buffer_size(value, limits_.receive_buffer_max, kReceiveBufferMin);
      return 0;
    default: return Errno{ENOPROTOOPT};
  }
}

}  // namespace flinch::mechanisms
