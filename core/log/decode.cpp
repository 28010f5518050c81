#include "core/log/decode.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>

#include <algorithm>

#include "core/abi/capture.h"
#include "core/abi/syscall_table.h"
#include "core/log/captures.h"
#include "core/log/structs.h"
#include "core/log/symbols.h"

namespace flinch {
namespace {

/// Mechanisms that a descriptor can be tagged with; the others say nothing of it.
bool is_descriptor(Mechanism mechanism) {
  constexpr std::uint32_t kTagged =
      bit_of(Mechanism::kPipe) | bit_of(Mechanism::kFifo) | bit_of(Mechanism::kUnixStream) |
      bit_of(Mechanism::kUnixDatagram) | bit_of(Mechanism::kUnixSeqpacket) | bit_of(Mechanism::kTcp) |
      bit_of(Mechanism::kUdp) | bit_of(Mechanism::kOtherSocket) | bit_of(Mechanism::kPosixShm) |
      bit_of(Mechanism::kPosixMq) | bit_of(Mechanism::kEventfd) | bit_of(Mechanism::kTimerfd) |
      bit_of(Mechanism::kSignalfd);
  return mechanism < Mechanism::kCount && (kTagged & bit_of(mechanism)) != 0;
}

constexpr unsigned kNoArgument = 6;

/// Which argument is the descriptor of the call's object.
unsigned fd_argument(const SyscallDescriptor& row) {
  if (row.object == ObjectSource::kSecondFd) return 1;
  for (unsigned i = 0; i < 6; ++i)
    if (row.args[i] == Arg::kFd) return i;
  return kNoArgument;
}

std::int32_t as_int(std::uint64_t value) { return static_cast<std::int32_t>(value); }

/// Writes one event's arguments; lives as long as that takes.
class ArgumentWriter {
 public:
  ArgumentWriter(const Event& event, const SyscallDescriptor& row, Writer& writer)
      : event_(event), row_(row), captures_(event), writer_(writer) {}

  void write() {
    for (unsigned i = 0; i < 6 && row_.args[i] != Arg::kNone; ++i) {
      if (is_absent(i)) continue;
      const char* const name = argument_name(row_, i);
      writer_.argument(name);
      const bool has_more =
          is_message(row_.args[i]) && writer_.style() == Style::kText && has_more_of_message();
      if (has_more) {
        writer_.open_object();
        writer_.key("data");
      }
      write(i);
      write_full_length(i, name);
      if (is_message(row_.args[i])) write_more_of_message();
      if (has_more) writer_.close_object();
    }
  }

 private:
  static bool is_message(Arg kind) {
    return kind == Arg::kInMessage || kind == Arg::kOutMessage || kind == Arg::kInMessages ||
           kind == Arg::kOutMessages;
  }

  [[nodiscard]] bool has_more_of_message() const {
    const Capture* const control = captures_.first(kControlArgument);
    return captures_.first(kNameArgument) != nullptr || (control != nullptr && has_descriptors(*control));
  }

  /// Whom a message is for or from, and the descriptors that go with it.
  void write_more_of_message() {
    if (const Capture* const name = captures_.first(kNameArgument)) {
      writer_.key("address");
      write_sock_addr(*name, writer_);
    }
    const Capture* const control = captures_.first(kControlArgument);
    if (control == nullptr || !has_descriptors(*control)) return;
    writer_.key("descriptors");
    write_descriptors(*control, writer_);
  }

  /// Arguments that a call with a variable list of them was made without.
  [[nodiscard]] bool is_absent(unsigned index) const {
    if (row_.args[index] == Arg::kMode && index > 0 && row_.args[index - 1] == Arg::kOpenFlags)
      return (event_.args[index - 1] & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))) == 0;
    if (row_.number == SYS_mq_open && index == 3) return (event_.args[1] & O_CREAT) == 0;
    if (row_.number != SYS_fcntl || index != 2) return false;
    const int command = as_int(event_.args[1]);
    return command == F_GETFD || command == F_GETFL || command == F_GETOWN || command == F_GETSIG ||
           command == F_GETLEASE || command == F_GETPIPE_SZ || command == F_GET_SEALS;
  }

  void write(unsigned index) {
    const std::uint64_t value = event_.args[index];
    const Arg kind = row_.args[index];
    if (is_symbolic(kind)) return writer_.symbol(symbol_of(row_, index, event_.args));
    switch (kind) {
      case Arg::kFd: return write_fd(index);
      case Arg::kDirFd:
        if (as_int(value) == AT_FDCWD) return writer_.symbol("AT_FDCWD");
        return writer_.number(as_int(value));
      case Arg::kPid:
      case Arg::kMilliseconds: return writer_.number(as_int(value));
      case Arg::kSize: return writer_.unsigned_number(value);
      default: break;
    }
    const Capture* const capture = captures_.first(index);
    if (write_of_call(index, value, capture)) return;
    if (capture != nullptr && write_pointed(kind, *capture)) return;
    write_plain(kind, value);
  }

  void write_plain(Arg kind, std::uint64_t value) {
    if (kind == Arg::kHex) {
      if (writer_.style() == Style::kJson && looks_like_address(value)) return writer_.address(value);
      if (value < 10 || writer_.style() == Style::kJson) return writer_.unsigned_number(value);
      return writer_.symbol(fmt::format("{:#x}", value));
    }
    if (kind != Arg::kInt) return writer_.address(value);
    // An int's upper half is not the kernel's business, but some rows have a long here.
    const std::uint64_t high = value >> 32;
    const bool is_int = high == 0 || high == 0xffffffff;
    writer_.number(is_int ? as_int(value) : static_cast<std::int64_t>(value));
  }

  /// What an ioctl takes may be a number or a place; places are not the same in two runs.
  static bool looks_like_address(std::uint64_t value) {
    return value >= (std::uint64_t{1} << 32) && value < (std::uint64_t{1} << 47);
  }

  void write_fd(unsigned index) {
    const std::int32_t fd = as_int(event_.args[index]);
    const bool is_tagged = writer_.style() == Style::kText && fd >= 0 && index == fd_argument(row_) &&
                           row_.object != ObjectSource::kEitherFd && is_descriptor(event_.mechanism);
    if (!is_tagged) return writer_.number(fd);
    writer_.symbol(fmt::format("{}<{}>", fd, name_of(event_.mechanism)));
  }

  /// What a captured argument of that kind points to. False if the kind has no captures.
  bool write_pointed(Arg kind, const Capture& capture) {
    switch (kind) {
      case Arg::kInBuffer:
      case Arg::kOutBuffer: write_buffer(capture, event_.mechanism, writer_); return true;
      case Arg::kInIovec:
      case Arg::kOutIovec:
      case Arg::kInMessage:
      case Arg::kOutMessage:
      case Arg::kInMessages:
      case Arg::kOutMessages:
      case Arg::kPath: writer_.bytes(capture.bytes, capture.is_cut()); return true;
      case Arg::kSockAddrIn:
      case Arg::kSockAddrOut: write_sock_addr(capture, writer_); return true;
      case Arg::kFdPair: write_fd_pair(capture, writer_); return true;
      case Arg::kPollFds: write_poll_fds(capture, writer_); return true;
      case Arg::kSignalSet: write_signal_set(capture, writer_); return true;
      case Arg::kSigaction: write_sigaction(capture, writer_); return true;
      case Arg::kEpollEventIn: write_epoll_event(capture, 0, writer_); return true;
      case Arg::kEpollEventsOut: write_epoll_events(capture, writer_); return true;
      case Arg::kTimespec: write_time(capture, 0, Fraction::kNanoseconds, writer_); return true;
      case Arg::kTimeval: write_time(capture, 0, Fraction::kMicroseconds, writer_); return true;
      default: return false;
    }
  }

  /// Arguments whose meaning depends on the call. False if this one's does not.
  bool write_of_call(unsigned index, std::uint64_t value, const Capture* capture) {
    switch (row_.number) {
      case SYS_fcntl: return index == 2 && write_fcntl_argument(value);
      case SYS_clock_nanosleep:
      case SYS_timerfd_create:
      case SYS_timer_create:
        if (index == 0) return write_word(clock_name(value));
        if (index == 1 && row_.number == SYS_clock_nanosleep) return write_word(timer_flags(value));
        break;
      case SYS_shmat: return index == 2 && write_word(shmat_flags(value));
      case SYS_close_range:
        if (index == 2) return write_word(word_of_call(row_.number, index, value));
        writer_.unsigned_number(static_cast<std::uint32_t>(value));
        return true;
      case SYS_preadv2:
      case SYS_pwritev2:
      case SYS_execveat:
      case SYS_waitid:
      case SYS_setitimer:
      case SYS_getitimer:
        if (const std::string word = word_of_call(row_.number, index, value); !word.empty())
          return write_word(word);
        break;
      case SYS_memfd_create:
        if (index == 1) return write_word(memfd_flags(value));
        break;  // the name is a path
      case SYS_timerfd_settime:
      case SYS_timer_settime:
        if (index == 1) return write_word(timer_flags(value));
        break;
      default: break;
    }
    if (capture == nullptr) return false;
    if (is_select() && index >= 1 && index <= 3) return write_fd_sets(index, *capture);
    return write_struct_of_call({event_, row_, index}, *capture, writer_);
  }

  [[nodiscard]] bool is_select() const {
#ifdef SYS_select
    if (row_.number == SYS_select) return true;
#endif
    return row_.number == SYS_pselect6;
  }

  bool write_word(const std::string& word) {
    writer_.symbol(word);
    return true;
  }

  bool write_fcntl_argument(std::uint64_t value) {
    switch (as_int(event_.args[1])) {
      case F_SETFL: return write_word(open_flags(value));
      case F_SETFD: return write_word(value == FD_CLOEXEC ? "FD_CLOEXEC" : fmt::format("{}", as_int(value)));
      case F_ADD_SEALS: return write_word(seal_flags(value));
      case F_SETSIG: return write_word(signal_name(value));
      case F_DUPFD:
      case F_DUPFD_CLOEXEC:
      case F_SETPIPE_SZ:
      case F_SETOWN:
      case F_SETLEASE: writer_.number(as_int(value)); return true;
      default: return false;
    }
  }

  /// What was asked and, after the call, what is ready: {asked=[3, 4], ready=[3]}.
  bool write_fd_sets(unsigned index, const Capture& asked) {
    const std::int32_t nfds = as_int(event_.args[0]);
    const Capture* const ready = captures_.second(index);
    if (ready == nullptr) {
      write_fd_set(asked, nfds, writer_);
      return true;
    }
    writer_.open_object();
    writer_.key("asked");
    write_fd_set(asked, nfds, writer_);
    writer_.key("ready");
    write_fd_set(*ready, nfds, writer_);
    writer_.close_object();
    return true;
  }

  /// In JSON a member says how long data was of which only the first bytes stand here.
  void write_full_length(unsigned index, const char* name) {
    const Capture* const capture = captures_.first(index);
    if (writer_.style() != Style::kJson || capture == nullptr || !capture->is_cut()) return;
    if (row_.args[index] == Arg::kPath || row_.number == SYS_execve || row_.number == SYS_execveat) {
      writer_.key(fmt::format("{}_is_cut", name));
      return writer_.boolean(true);  // how long it is was not looked for
    }
    writer_.key(fmt::format("{}_length", name));
    writer_.unsigned_number(capture->full_length);
  }

  const Event& event_;
  const SyscallDescriptor& row_;
  Captures captures_;
  Writer& writer_;
};

/// Calls that answer an address.
bool answers_address(const SyscallDescriptor& row) {
  return row.number == SYS_mmap || row.number == SYS_shmat;
}

}  // namespace

const SyscallDescriptor* row_of(const Event& event) {
  return event.row < kRowCount ? &kSyscalls[event.row] : nullptr;
}

const char* call_name(const Event& event) {
  const SyscallDescriptor* const row = row_of(event);
  return row == nullptr ? "?" : row->name;
}

const char* mechanism_name(const Event& event) {
  return name_of(event.mechanism < Mechanism::kCount ? event.mechanism : Mechanism::kNone);
}

const char* tier_name(const Event& event) {
  return name_of(event.tier <= Tier::kSite ? event.tier : Tier::kNotify);
}

FaultKind fault_of(const Event& event) {
  return event.fault_kind < FaultKind::kCount ? event.fault_kind : FaultKind::kNone;
}

std::optional<std::int32_t> fd_of(const Event& event) {
  const SyscallDescriptor* const row = row_of(event);
  const unsigned index = row == nullptr ? kNoArgument : fd_argument(*row);
  if (index == kNoArgument) return std::nullopt;
  const std::int32_t fd = as_int(event.args[index]);
  // mmap without a file and a new signalfd have -1 in its place; a read of -1 is the program's own.
  const bool may_lack = row->object == ObjectSource::kFixed || row->object == ObjectSource::kResult;
  if (fd < 0 && may_lack) return std::nullopt;
  return fd;
}

void write_arguments(const Event& event, Writer& writer) {
  const SyscallDescriptor* const row = row_of(event);
  if (row != nullptr) ArgumentWriter{event, *row, writer}.write();
}

int error_of(const Event& event) {
  constexpr std::int64_t kErrnoMax = 4095;
  return event.ret < 0 && event.ret >= -kErrnoMax ? static_cast<int>(-event.ret) : 0;
}

std::string result_text(const Event& event) {
  if (event.ret_known == 0) return "?";
  const int error = error_of(event);
  if (error != 0) return fmt::format("-1 {} ({})", errno_name(error), errno_text(error));
  const SyscallDescriptor* const row = row_of(event);
  if (row != nullptr && answers_address(*row))
    return fmt::format("{:#x}", static_cast<std::uint64_t>(event.ret));
  if (row != nullptr && row->number == SYS_fcntl && as_int(event.args[1]) == F_GETFL)
    return fmt::format("{:#x} ({})", event.ret, open_flags(static_cast<std::uint64_t>(event.ret)));
  return fmt::format("{}", event.ret);
}

}  // namespace flinch
