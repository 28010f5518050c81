// Looks at the object behind a descriptor with plain system calls. `Sys` makes them: the shim through
// its gateway, the supervisor on a duplicate of the program's descriptor; what is seen is the same.
//
// Freestanding: no libc function, no heap, no locks.
#pragma once

#include <asm/ioctls.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <atomic>

#include "core/abi/syscall_table.h"
#include "core/decision/injector.h"

namespace flinch {

/// What a descriptor refers to.
struct ObjectIdentity {
  Mechanism mechanism = Mechanism::kNone;
  std::uint64_t key = 0;  // device and inode
};

template <typename Sys>
class Probe {
 public:
  explicit Probe(Sys sys) : sys_{sys} {}

  ObjectIdentity identify(int fd) {
    struct stat status;
    if (call(SYS_fstat, fd, &status) < 0) return {};
    const std::uint64_t key =
        (static_cast<std::uint64_t>(status.st_dev) << 32) | (status.st_ino & 0xffffffffU);
    switch (status.st_mode & S_IFMT) {
      case S_IFIFO: return {is_named(fd, status.st_dev) ? Mechanism::kFifo : Mechanism::kPipe, key};
      case S_IFSOCK: return {socket_mechanism(fd), key};
      case S_IFREG:
        return {is_shared_memory(fd, status.st_dev) ? Mechanism::kPosixShm : Mechanism::kNone, key};
      case 0: return {anonymous_mechanism(fd), key};
      default: return {};
    }
  }

  void look(int fd, Direction direction, ObjectView& object) {
    const long flags = call(SYS_fcntl, fd, F_GETFL);
    if (flags >= 0 && (flags & O_NONBLOCK) != 0) object.is_nonblocking = true;
    object.is_packet_pipe = flags >= 0 && is_pipe(object.mechanism) && (flags & O_DIRECT) != 0;
    struct pollfd poll = {fd, POLLIN | POLLOUT | POLLRDHUP, 0};
    if (call(SYS_poll, &poll, 1, 0) > 0) {
      object.is_readable = (poll.revents & POLLIN) != 0;
      object.is_writable = (poll.revents & POLLOUT) != 0;
      object.is_hung_up = (poll.revents & (POLLHUP | POLLERR)) != 0;
      object.is_ended = (poll.revents & (POLLHUP | POLLRDHUP)) != 0;
    }
    if (is_pipe(object.mechanism)) {
      object.queued = number_from_ioctl(fd, FIONREAD);
      const long capacity = call(SYS_fcntl, fd, F_GETPIPE_SZ);
      object.capacity = capacity > 0 ? static_cast<std::uint64_t>(capacity) : 0;
    } else if (object.mechanism != Mechanism::kNone) {
      look_at_socket(fd, direction, object);
    }
  }

  /// Makes the buffer behind the object as small as `amount` (a pipe) or as the kernel allows (a socket).
  /// The kernel refuses where more is queued.
  void shrink(int fd, Mechanism mechanism, std::uint64_t amount) {
    if (fd < 0 || amount == 0) return;
    if (is_pipe(mechanism)) {
      call(SYS_fcntl, fd, F_SETPIPE_SZ, amount);
      return;
    }
    const int bytes = 1;  // raised to SOCK_MIN_SNDBUF
    call(SYS_setsockopt, fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  }

  /// Inode of the socket at the other end of a Unix stream socket; 0 if the kernel does not say.
  std::uint32_t unix_peer(std::uint32_t inode) {
    const long fd = call(SYS_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (fd < 0) return 0;
    struct {
      struct nlmsghdr head;
      struct unix_diag_req request;
    } question = {};
    question.head.nlmsg_len = sizeof question;
    question.head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    question.head.nlmsg_flags = NLM_F_REQUEST;
    question.request.sdiag_family = AF_UNIX;
    question.request.udiag_states = ~0U;
    question.request.udiag_ino = inode;
    question.request.udiag_show = UDIAG_SHOW_PEER;
    question.request.udiag_cookie[0] = ~0U;
    question.request.udiag_cookie[1] = ~0U;
    alignas(8) char answer[512];
    long size = call(SYS_sendto, fd, &question, sizeof question, 0, nullptr, 0);
    if (size > 0) size = call(SYS_recvfrom, fd, answer, sizeof answer, MSG_DONTWAIT, nullptr, nullptr);
    call(SYS_close, fd);
    return size > 0 ? peer_in(answer, static_cast<std::size_t>(size)) : 0;
  }

 private:
  template <typename... Args>
  long call(long number, Args... args) {
    return sys_(number, (unsigned long)(args)...);  // NOLINT: registers have no types
  }

  /// All pipes without a name lie on one device, the same until the next boot.
  bool is_named(int fd, std::uint64_t device) {
    static std::atomic<std::uint64_t> pipe_device;
    if (device == pipe_device.load(std::memory_order_relaxed)) return false;
    constexpr long kPipeFs = 0x50495045;
    struct statfs status;
    if (call(SYS_fstatfs, fd, &status) != 0 || status.f_type != kPipeFs) return true;
    pipe_device.store(device, std::memory_order_relaxed);
    return false;
  }

  /// memfd_create(2) and shm_open(3), by name, since other files may lie in a tmpfs too. Most files lie on
  /// one device that is none.
  bool is_shared_memory(int fd, std::uint64_t device) {
    static std::atomic<std::uint64_t> other_device;
    if (device == other_device.load(std::memory_order_relaxed)) return false;
    constexpr unsigned kTmpFs = 0x01021994;
    constexpr unsigned kHugeTlbFs = 0x958458f6;
    struct statfs status;
    if (call(SYS_fstatfs, fd, &status) != 0) return false;
    const auto type = static_cast<unsigned>(status.f_type);
    if (type != kTmpFs && type != kHugeTlbFs) {
      other_device.store(device, std::memory_order_relaxed);
      return false;
    }
    const Link link = link_of(fd);
    return begins(link.target, "/memfd:") || begins(link.target, "/dev/shm/");
  }

  int option(int fd, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    return call(SYS_getsockopt, fd, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
  }

  Mechanism socket_mechanism(int fd) {
    const int domain = option(fd, SO_DOMAIN);
    const int type = option(fd, SO_TYPE);
    if (domain == AF_UNIX) {
      if (type == SOCK_STREAM) return Mechanism::kUnixStream;
      return type == SOCK_DGRAM ? Mechanism::kUnixDatagram : Mechanism::kUnixSeqpacket;
    }
    if (domain == AF_INET || domain == AF_INET6) {
      if (type == SOCK_STREAM && option(fd, SO_PROTOCOL) == IPPROTO_TCP) return Mechanism::kTcp;
      if (type == SOCK_DGRAM && option(fd, SO_PROTOCOL) == IPPROTO_UDP) return Mechanism::kUdp;
    }
    return Mechanism::kOtherSocket;
  }

  struct Link {
    long size;
    char target[40];
  };

  Link link_of(int fd) {
    char path[32] = "/proc/self/fd/";
    char digits[12];
    int count = 0;
    for (int rest = fd; count == 0 || rest > 0; rest /= 10)
      digits[count++] = static_cast<char>('0' + rest % 10);
    for (int i = 0; i < count; ++i) path[14 + i] = digits[count - 1 - i];
    path[14 + count] = '\0';
    Link link = {};
    link.size = call(SYS_readlink, path, link.target, sizeof link.target - 1);
    return link;
  }

  Mechanism anonymous_mechanism(int fd) {
    const Link link = link_of(fd);
    if (link.size < 20) return Mechanism::kNone;
    // anon_inode:[eventfd] and its like: the letters that differ stand from the 13th on.
    const char* kind = link.target + 12;
    if (begins(kind, "eventfd")) return Mechanism::kEventfd;
    if (begins(kind, "timerfd")) return Mechanism::kTimerfd;
    if (begins(kind, "signalfd")) return Mechanism::kSignalfd;
    if (begins(kind, "eventpoll")) return Mechanism::kReadiness;
    return Mechanism::kNone;
  }

  static bool begins(const char* text, const char* with) {
    for (; *with != '\0'; ++text, ++with)
      if (*text != *with) return false;
    return true;
  }

  std::uint64_t number_from_ioctl(int fd, unsigned long request) {
    int value = 0;
    return call(SYS_ioctl, fd, request, &value) == 0 && value > 0 ? static_cast<std::uint64_t>(value) : 0;
  }

  void look_at_socket(int fd, Direction direction, ObjectView& object) {
    object.is_listening = option(fd, SO_ACCEPTCONN) == 1;
    if (!object.is_listening)
      object.queued = number_from_ioctl(fd, direction == Direction::kWrite ? SIOCOUTQ : SIOCINQ);
    object.has_low_water_mark = option(fd, SO_RCVLOWAT) > 1;
    const int buffer = option(fd, direction == Direction::kWrite ? SO_SNDBUF : SO_RCVBUF);
    object.capacity = buffer > 0 ? static_cast<std::uint64_t>(buffer) : 0;
    struct timeval timeout = {};
    socklen_t size = sizeof timeout;
    const int name = direction == Direction::kWrite ? SO_SNDTIMEO : SO_RCVTIMEO;
    if (call(SYS_getsockopt, fd, SOL_SOCKET, name, &timeout, &size) == 0)
      object.has_timeout = timeout.tv_sec != 0 || timeout.tv_usec != 0;
  }

  static std::uint32_t peer_in(const char* answer, std::size_t size) {
    const auto* head = reinterpret_cast<const struct nlmsghdr*>(answer);
    constexpr std::size_t kFixed = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct unix_diag_msg));
    if (size < kFixed || head->nlmsg_type != SOCK_DIAG_BY_FAMILY) return 0;
    for (std::size_t at = kFixed; at + sizeof(struct nlattr) <= size;) {
      const auto* attribute = reinterpret_cast<const struct nlattr*>(answer + at);
      if (attribute->nla_len < sizeof *attribute || at + attribute->nla_len > size) return 0;
      if (attribute->nla_type == UNIX_DIAG_PEER && attribute->nla_len >= sizeof *attribute + 4)
        return *reinterpret_cast<const std::uint32_t*>(answer + at + sizeof *attribute);
      at += NLA_ALIGN(attribute->nla_len);
    }
    return 0;
  }

  Sys sys_;
};

}  // namespace flinch
