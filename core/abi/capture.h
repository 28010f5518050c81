// What a call's pointers lead to, copied into the event while the call is at hand.
//
// Both tiers use it: the shim on its own memory, the supervisor on the program's. So it is
// freestanding: no libc call, no heap, no exception, and no trust in any pointer, since every byte
// comes through a `Memory` that answers false where the program's address is bad:
//
//     bool read(std::uint64_t address, void* into, std::size_t size);
//
// The decoder in core/log reads the captures back.
//
// Over 400 lines: one class, whose parts all append to the same event's area; a template, so that there is no
// other file to put them in.
#pragma once

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>

#include "core/abi/event.h"
#include "core/abi/syscall_descriptor.h"

namespace flinch {

/// Before the call what the kernel will read, after it what the kernel wrote.
enum class Phase : std::uint8_t { kEntry, kExit };

/// Most bytes of one argument. Two of the largest kinds fit one event, and so does every row's list.
inline constexpr std::size_t kCaptureBytesMax = 48;  // of buffers, joined iovecs and arrays
inline constexpr std::size_t kCapturePathMax = 64;   // a longer path has full_length 65
inline constexpr std::size_t kCaptureSockAddrMax = 64;
inline constexpr std::size_t kCaptureArgvMax = 64;    // of a new program's arguments, with a NUL behind each
inline constexpr std::size_t kCaptureCloneArgs = 40;  // struct clone_args, up to exit_signal
inline constexpr std::size_t kCaptureIovecsMax = 16;  // of one call; the others are not looked at

/// msgsnd and msgrcv take `long type; char text[size]`: the type is captured in front of the text.
inline constexpr std::size_t kMessageTypeSize = 8;

// The kernel's layouts, which libc's headers hide or rename.
inline constexpr std::size_t kPollFdSize = 8;
inline constexpr std::size_t kEpollEventSize = 12;  // packed on x86-64
inline constexpr std::size_t kSemOpSize = 6;
inline constexpr std::size_t kSignalSetSize = 8;
inline constexpr std::size_t kSigactionSize = 32;    // handler, flags, restorer, mask
inline constexpr std::size_t kSiginfoHeadSize = 32;  // what a sender fills in, and a child's status
inline constexpr std::size_t kSigeventHeadSize = 16;
inline constexpr std::size_t kOpenHowSize = 24;
inline constexpr std::size_t kMqAttrHeadSize = 32;
inline constexpr std::size_t kControlMax = 40;  // of a message: a header and five descriptors

/// A message's name and control data have no argument of their own; they stand under these, which no call
/// with a message uses.
inline constexpr unsigned kControlArgument = 4;
inline constexpr unsigned kNameArgument = 5;
inline constexpr std::size_t kTimeSize = 16;  // timespec, timeval
inline constexpr std::size_t kEpollEventsCaptured = 3;

inline constexpr std::uint64_t kOpenCreat = 0100;
inline constexpr std::uint64_t kIoctlFionbio = 0x5421;
inline constexpr std::uint64_t kIoctlFionread = 0x541b;

namespace detail {

/// Adds to one event. Holds references only; lives for one call of capture_arguments().
template <typename Memory>
class Capturer {
 public:
  Capturer(Event& event, const SyscallDescriptor& row, std::int64_t ret, Memory& memory)
      : event_(event), row_(row), ret_(ret), memory_(memory) {}

  void entry(unsigned argument) {
    const std::uint64_t address = event_.args[argument];
    if (address == 0) return;
    switch (row_.args[argument]) {
      case Arg::kInBuffer: return block(argument, address, next(argument), kCaptureBytesMax);
      case Arg::kInIovec: return iovec(argument, address, next(argument), ~std::uint64_t{0});
      case Arg::kInMessage:
      case Arg::kInMessages: return message(argument, address, ~std::uint64_t{0});
      case Arg::kPath: return path(argument, address);
      case Arg::kSockAddrIn: return block(argument, address, next(argument), kCaptureSockAddrMax);
      case Arg::kSockAddrOut: return integer(argument + 1, next(argument));
      case Arg::kPollFds: return array(argument, address, next(argument), kPollFdSize);
      case Arg::kSigaction:
        if (is_written(argument)) return;
        return block(argument, address, kSigactionSize, kSigactionSize);
      case Arg::kSignalSet:
        if (is_written(argument)) return;
        return block(argument, address, kSignalSetSize, kSignalSetSize);
      case Arg::kTimespec:
        if (is_written(argument)) return;
        return block(argument, address, kTimeSize, kTimeSize);
      case Arg::kTimeval: return block(argument, address, kTimeSize, kTimeSize);
      case Arg::kEpollEventIn: return block(argument, address, kEpollEventSize, kEpollEventSize);
      default: return entry_of_call(argument, address);
    }
  }

  void exit(unsigned argument) {
    const std::uint64_t address = event_.args[argument];
    if (address == 0 || ret_ < 0) return;
    const auto count = static_cast<std::uint64_t>(ret_);
    switch (row_.args[argument]) {
      case Arg::kOutBuffer: return out_buffer(argument, address, count);
      case Arg::kOutIovec: return iovec(argument, address, next(argument), count);
      case Arg::kOutMessage: return message(argument, address, count);
      case Arg::kOutMessages:
        if (count != 0) first_message_out(argument, address);
        return;
      case Arg::kSockAddrOut: return sock_addr_out(argument, address);
      case Arg::kFdPair: return block(argument, address, 2 * sizeof(int), 2 * sizeof(int));
      case Arg::kPollFds: return refresh(argument, address);
      case Arg::kSigaction:
        if (is_written(argument)) block(argument, address, kSigactionSize, kSigactionSize);
        return;
      case Arg::kSignalSet:
        if (is_written(argument)) block(argument, address, kSignalSetSize, kSignalSetSize);
        return;
      case Arg::kEpollEventsOut:
        return block(argument, address, saturated(count, kEpollEventSize),
                     kEpollEventsCaptured * kEpollEventSize);
      default: return exit_of_call(argument, address);
    }
  }

 private:
  // Calls whose pointers mean something that no Arg kind says.

  void entry_of_call(unsigned argument, std::uint64_t address) {
    switch (row_.number) {
      case SYS_semop:
      case SYS_semtimedop:
        if (argument == 1) array(argument, address, event_.args[2], kSemOpSize);
        return;
      case SYS_ioctl:
        if (argument == 2 && event_.args[1] == kIoctlFionbio) integer(argument, address);
        return;
      case SYS_msgsnd:
        if (argument == 1) block(argument, address, with_type(event_.args[2]), kCaptureBytesMax);
        return;
      case SYS_execve:
        if (argument == 1) strings(argument, address);
        return;
      case SYS_execveat:
        if (argument == 2) strings(argument, address);
        return;
      case SYS_clone3:
        if (argument == 0) block(argument, address, next(argument), kCaptureCloneArgs);
        return;
      case SYS_openat2:
        if (argument == 2) block(argument, address, next(argument), kOpenHowSize);
        return;
      case SYS_mq_open:
        if (argument == 3 && (event_.args[1] & kOpenCreat) != 0)
          block(argument, address, kMqAttrHeadSize, kMqAttrHeadSize);
        return;
      case SYS_mq_getsetattr:
        if (argument == 1) block(argument, address, kMqAttrHeadSize, kMqAttrHeadSize);
        return;
      case SYS_mq_notify:
      case SYS_timer_create:
        if (argument == 1) block(argument, address, kSigeventHeadSize, kSigeventHeadSize);
        return;
      case SYS_rt_sigqueueinfo:
      case SYS_pidfd_send_signal:
        if (argument == 2) block(argument, address, kSiginfoHeadSize, kSiginfoHeadSize);
        return;
      case SYS_rt_tgsigqueueinfo:
        if (argument == 3) block(argument, address, kSiginfoHeadSize, kSiginfoHeadSize);
        return;
      case SYS_timerfd_settime:
      case SYS_timer_settime:
        if (argument == 2) block(argument, address, 2 * kTimeSize, 2 * kTimeSize);
        return;
      case SYS_setitimer:
        if (argument == 1) block(argument, address, 2 * kTimeSize, 2 * kTimeSize);
        return;
      case SYS_futex:
        if (argument == 3 && is_futex_with_timeout()) block(argument, address, kTimeSize, kTimeSize);
        return;
#ifdef SYS_select
      case SYS_select:
#endif
      case SYS_pselect6:
        if (argument >= 1 && argument <= 3) fd_set_of_call(argument, address);
        return;
      default: return;
    }
  }

  void exit_of_call(unsigned argument, std::uint64_t address) {
    switch (row_.number) {
      case SYS_ioctl:
        if (argument == 2 && event_.args[1] == kIoctlFionread) integer(argument, address);
        return;
      case SYS_msgrcv:
        if (argument != 1) return;
        return block(argument, address, with_type(static_cast<std::uint64_t>(ret_)), kCaptureBytesMax);
      case SYS_wait4:
        if (argument == 1 && ret_ > 0) integer(argument, address);
        return;
      case SYS_getsockopt:
        if (argument == 3) option_out(argument, address);
        if (argument == 4) integer(argument, address);
        return;
      case SYS_mq_timedreceive:
        if (argument == 3) integer(argument, address);
        return;
      case SYS_timer_create:
        if (argument == 2) integer(argument, address);
        return;
      case SYS_mq_getsetattr:
        if (argument == 2) block(argument, address, kMqAttrHeadSize, kMqAttrHeadSize);
        return;
      case SYS_rt_sigtimedwait:
        if (argument == 1) block(argument, address, kSiginfoHeadSize, kSiginfoHeadSize);
        return;
      case SYS_waitid:
        if (argument == 2) block(argument, address, kSiginfoHeadSize, kSiginfoHeadSize);
        return;
      case SYS_timerfd_gettime:
      case SYS_getitimer:
        if (argument == 1) block(argument, address, 2 * kTimeSize, 2 * kTimeSize);
        return;
#ifdef SYS_select
      case SYS_select:
#endif
      case SYS_pselect6:
        // A second capture of the argument: what was asked stands in the first.
        if (argument >= 1 && argument <= 3) fd_set_of_call(argument, address);
        return;
      default: return;
    }
  }

  /// FUTEX_WAIT and its like take a timespec where FUTEX_REQUEUE takes a number.
  [[nodiscard]] bool is_futex_with_timeout() const {
    constexpr std::uint64_t kWithTimeout = 1U << 0 | 1U << 6 | 1U << 9 | 1U << 11 | 1U << 13;
    const std::uint64_t operation = event_.args[1] & 0x7f;
    return operation < 32 && ((kWithTimeout >> operation) & 1U) != 0;
  }

  void fd_set_of_call(unsigned argument, std::uint64_t address) {
    const auto nfds = static_cast<std::int32_t>(event_.args[0]);
    if (nfds <= 0) return;
    const auto words = (static_cast<std::uint64_t>(nfds) + 63) / 64;
    block(argument, address, words * 8, words > 1 ? 16 : 8);
  }

  void option_out(unsigned argument, std::uint64_t address) {
    std::uint32_t length = 0;
    if (event_.args[4] == 0 || !memory_.read(event_.args[4], &length, sizeof length)) return;
    block(argument, address, length, kTimeSize);
  }

  static std::uint64_t with_type(std::uint64_t text) { return saturated(text, 1) + kMessageTypeSize; }

  void out_buffer(unsigned argument, std::uint64_t address, std::uint64_t count) {
    // With MSG_TRUNC the answer is the datagram's length, which can exceed what was copied.
    const bool has_size = argument + 1 < 6 && row_.args[argument + 1] == Arg::kSize;
    if (has_size && count > next(argument)) count = next(argument);
    block(argument, address, count, kCaptureBytesMax);
  }

  void sock_addr_out(unsigned argument, std::uint64_t address) {
    // The kernel answers the address' own length, even if it wrote no more than there was room for,
    // which is what the entry captured.
    std::uint32_t length = 0;
    if (next(argument) == 0 || !memory_.read(next(argument), &length, sizeof length)) return;
    std::uint32_t room = length;
    char* const captured = find(argument + 1, sizeof room);
    if (captured != nullptr) {
      copy(&room, captured, sizeof room);
      copy(captured, &length, sizeof length);
    }
    const std::uint32_t written = room < length ? room : length;
    block(argument, address, written, kCaptureSockAddrMax);
  }

  void array(unsigned argument, std::uint64_t address, std::uint64_t count, std::size_t element) {
    block(argument, address, saturated(count, element), kCaptureBytesMax / element * element);
  }

  /// Reads an array again into the place where the entry put it.
  void refresh(unsigned argument, std::uint64_t address) {
    std::size_t length = 0;
    char* const captured = find(argument, 1, &length);
    if (captured != nullptr) static_cast<void>(memory_.read(address, captured, length));
  }

  struct String {
    std::size_t length;  // without its NUL
    bool has_end;
    bool is_readable;
  };

  /// Copies a string's first bytes.
  String string(std::uint64_t address, char* into, std::size_t limit) {
    constexpr std::uint64_t kPage = 4096;
    String result{0, false, true};
    while (result.length < limit && !result.has_end) {
      // The string may end just before an unmapped page, so no read goes across one's edge.
      const std::uint64_t from = address + result.length;
      const std::size_t chunk =
          smaller(limit - result.length, static_cast<std::size_t>(kPage - from % kPage));
      char* const part = into + result.length;
      if (!memory_.read(from, part, chunk)) return {0, false, false};
      std::size_t used = 0;
      while (used < chunk && part[used] != '\0') ++used;
      result.has_end = used < chunk;
      result.length += used;
    }
    return result;
  }

  void path(unsigned argument, std::uint64_t address) {
    const String path = string(address, bytes(), smaller(kCapturePathMax, room()));
    if (path.is_readable) commit(argument, path.length, path.length + (path.has_end ? 0 : 1));
  }

  /// A list of strings that ends with a null pointer, each with its NUL, as far as there is room.
  void strings(unsigned argument, std::uint64_t address) {
    const std::size_t limit = smaller(kCaptureArgvMax, room());
    std::size_t length = 0;
    for (;; address += sizeof address) {
      std::uint64_t at = 0;
      if (!memory_.read(address, &at, sizeof at)) return;
      if (at == 0) return commit(argument, length, length);
      const String next = string(at, bytes() + length, limit - length);
      if (!next.is_readable) return;
      length += next.length;
      if (!next.has_end) return commit(argument, length, length + 1);
      bytes()[length++] = '\0';
    }
  }

  void message(unsigned argument, std::uint64_t address, std::uint64_t count) {
    msghdr header;  // a mmsghdr begins with it
    if (!memory_.read(address, &header, sizeof header)) return;
    iovec(argument, reinterpret_cast<std::uint64_t>(header.msg_iov), header.msg_iovlen, count);
    // Of several messages the fifth argument may be a timeout.
    const bool is_single = row_.args[argument] == Arg::kInMessage || row_.args[argument] == Arg::kOutMessage;
    if (is_single && header.msg_controllen != 0)
      block(kControlArgument, reinterpret_cast<std::uint64_t>(header.msg_control), header.msg_controllen,
            kControlMax);
    if (header.msg_namelen != 0)
      block(kNameArgument, reinterpret_cast<std::uint64_t>(header.msg_name), header.msg_namelen,
            kCaptureSockAddrMax);
  }

  void first_message_out(unsigned argument, std::uint64_t address) {
    unsigned int received = 0;  // mmsghdr::msg_len, behind the msghdr
    if (!memory_.read(address + sizeof(msghdr), &received, sizeof received)) return;
    message(argument, address, received);
  }

  /// The first bytes of the buffers, joined; no more than `most` of them are meant.
  void iovec(unsigned argument, std::uint64_t address, std::uint64_t buffers, std::uint64_t most) {
    const std::size_t limit = smaller(kCaptureBytesMax, room());
    if (buffers > kCaptureIovecsMax) buffers = kCaptureIovecsMax;
    std::uint64_t full = 0;
    std::size_t length = 0;
    for (std::uint64_t i = 0; i < buffers && full < most; ++i) {
      struct iovec buffer;
      if (!memory_.read(address + i * sizeof buffer, &buffer, sizeof buffer)) return;
      std::uint64_t size = buffer.iov_len;
      if (size > most - full) size = most - full;
      const std::size_t take = size < limit - length ? static_cast<std::size_t>(size) : limit - length;
      const auto from = reinterpret_cast<std::uint64_t>(buffer.iov_base);
      if (take != 0 && !memory_.read(from, bytes() + length, take)) return;
      length += take;
      full = size > ~full ? ~std::uint64_t{0} : full + size;
    }
    commit(argument, length, full);
  }

  void integer(unsigned argument, std::uint64_t address) {
    block(argument, address, sizeof(int), sizeof(int));
  }

  void block(unsigned argument, std::uint64_t address, std::uint64_t size, std::size_t limit) {
    if (address == 0) return;
    limit = smaller(limit, room());
    const std::size_t length = size < limit ? static_cast<std::size_t>(size) : limit;
    if (length != 0 && !memory_.read(address, bytes(), length)) return;
    commit(argument, length, size);
  }

  // The area itself.

  [[nodiscard]] std::size_t room() const {
    const std::size_t used = event_.capture_length + sizeof(CaptureHead);
    return used < kEventCaptureMax ? kEventCaptureMax - used : 0;
  }

  [[nodiscard]] char* bytes() { return event_.capture + event_.capture_length + sizeof(CaptureHead); }

  void commit(unsigned argument, std::size_t length, std::uint64_t full) {
    if (event_.capture_length + sizeof(CaptureHead) + length > kEventCaptureMax) return;
    CaptureHead head;
    head.argument = static_cast<std::uint8_t>(argument);
    head.length = static_cast<std::uint8_t>(length);
    head.reserved = 0;
    head.full_length = full < ~std::uint32_t{0} ? static_cast<std::uint32_t>(full) : ~std::uint32_t{0};
    copy(event_.capture + event_.capture_length, &head, sizeof head);
    event_.capture_length = static_cast<std::uint8_t>(event_.capture_length + sizeof head + length);
  }

  /// The bytes of an argument's capture, at least `least` long; null without.
  char* find(unsigned argument, std::size_t least, std::size_t* length = nullptr) {
    const std::size_t used = smaller(event_.capture_length, kEventCaptureMax);
    std::size_t at = 0;
    while (at + sizeof(CaptureHead) <= used) {
      CaptureHead head;
      copy(&head, event_.capture + at, sizeof head);
      at += sizeof head;
      if (at + head.length > used) return nullptr;
      if (head.argument == argument && head.length >= least) {
        if (length != nullptr) *length = head.length;
        return event_.capture + at;
      }
      at += head.length;
    }
    return nullptr;
  }

  [[nodiscard]] std::uint64_t next(unsigned argument) const {
    return argument + 1 < 6 ? event_.args[argument + 1] : 0;
  }

  /// Of two sigaction, sigset or timespec arguments the kernel reads the first and writes the second.
  [[nodiscard]] bool is_written(unsigned argument) const {
    if (row_.number == SYS_rt_sigpending) return true;
    for (unsigned i = 0; i < argument; ++i)
      if (row_.args[i] == row_.args[argument]) return true;
    return false;
  }

  static std::size_t smaller(std::size_t a, std::size_t b) { return a < b ? a : b; }

  static std::uint64_t saturated(std::uint64_t count, std::size_t element) {
    return count < ~std::uint32_t{0} ? count * element : ~std::uint32_t{0};
  }

  /// Not memcpy: the shim has none. The captures are not aligned.
  static void copy(void* into, const void* from, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i)
      static_cast<unsigned char*>(into)[i] = static_cast<const volatile unsigned char*>(from)[i];
  }

  Event& event_;
  const SyscallDescriptor& row_;
  std::int64_t ret_;
  Memory& memory_;
};

}  // namespace detail

/// Appends to `event.capture` what the arguments of `row` point to. `event.args` are those of the
/// call, `ret` its answer (not looked at on entry). An argument whose memory is bad, or for which no
/// room is left, has no capture.
template <typename Memory>
void capture_arguments(Event& event, const SyscallDescriptor& row, std::int64_t ret, Phase phase,
                       Memory&& memory) {
  detail::Capturer<Memory> capturer{event, row, ret, memory};
  for (unsigned i = 0; i < 6 && row.args[i] != Arg::kNone; ++i) {
    if (phase == Phase::kEntry) {
      capturer.entry(i);
    } else {
      capturer.exit(i);
    }
  }
}

}  // namespace flinch
