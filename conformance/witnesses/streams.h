// The byte streams that Linux has, each as two descriptors of one process.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "core/abi/mechanism.h"
#include "core/common/fd.h"

namespace flinch::conformance {

inline constexpr std::size_t kMiB = std::size_t{1} << 20;

inline constexpr Mechanism kStreams[] = {Mechanism::kPipe, Mechanism::kFifo, Mechanism::kUnixStream,
                                         Mechanism::kTcp};
/// Those whose bytes are with the reader as soon as the writer's call has ended.
inline constexpr Mechanism kLocalStreams[] = {Mechanism::kPipe, Mechanism::kFifo, Mechanism::kUnixStream};

struct Stream {
  Fd reader;
  Fd writer;
};

inline Stream open_fifo() {
  std::string folder = "/tmp/flinch-witness-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) std::abort();
  const std::string path = folder + "/fifo";
  if (mkfifo(path.c_str(), 0600) != 0) std::abort();
  Stream stream{Fd{open(path.c_str(), O_RDONLY | O_NONBLOCK)}, Fd{open(path.c_str(), O_WRONLY)}};
  fcntl(stream.reader.get(), F_SETFL, 0);
  unlink(path.c_str());
  rmdir(folder.c_str());
  return stream;
}

struct Listener {
  Fd fd{socket(AF_INET, SOCK_STREAM, 0)};
  sockaddr_in address{};
  socklen_t length = sizeof address;

  Listener() {
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // Inherited by what is accepted: small, so that a MiB is more than a connection holds.
    const int bytes = 32768;
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(fd.get(), generic, length) != 0 || getsockname(fd.get(), generic, &length) != 0 ||
        listen(fd.get(), 8) != 0)
      std::abort();
  }
  [[nodiscard]] Fd connect() const {
    Fd client{socket(AF_INET, SOCK_STREAM, 0)};
    const int bytes = 32768;
    setsockopt(client.get(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    const int yes = 1;
    setsockopt(client.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0) std::abort();
    return client;
  }
};

inline Stream open_stream(Mechanism mechanism) {
  int pair[2] = {-1, -1};
  switch (mechanism) {
    case Mechanism::kPipe:
      if (pipe(pair) != 0) std::abort();
      return {Fd{pair[0]}, Fd{pair[1]}};
    case Mechanism::kFifo: return open_fifo();
    case Mechanism::kUnixStream:
      if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) std::abort();
      return {Fd{pair[0]}, Fd{pair[1]}};
    case Mechanism::kTcp: {
      const Listener listener;
      Fd client = listener.connect();
      return {Fd{accept(listener.fd.get(), nullptr, nullptr)}, std::move(client)};
    }
    default: std::abort();
  }
}

inline void set_nonblocking(const Fd& fd) { fcntl(fd.get(), F_SETFL, O_NONBLOCK); }

/// The call's result, or -errno.
inline long answer(long result) { return result < 0 ? -errno : result; }

inline long put(const Fd& fd, std::size_t size) {
  const std::vector<char> bytes(size, 'x');
  return answer(write(fd.get(), bytes.data(), size));
}
inline long take(const Fd& fd, std::size_t size) {
  std::vector<char> bytes(size);
  return answer(read(fd.get(), bytes.data(), size));
}

inline int queued(const Fd& fd) {
  int bytes = -1;
  ioctl(fd.get(), FIONREAD, &bytes);
  return bytes;
}

/// Waits until a reader finds that many bytes: TCP carries them when it likes.
inline void wait_until_queued(const Fd& fd, int bytes) {
  while (queued(fd) < bytes) sched_yield();
}

/// Writes until the stream, set non-blocking, takes no more.
inline void fill(const Fd& fd) {
  while (put(fd, 4096) > 0) {
  }
  while (put(fd, 1) > 0) {
  }
}

inline std::string name(Mechanism mechanism) { return name_of(mechanism); }

}  // namespace flinch::conformance
