// What an argument points to that means something in one call only.
#include <sys/socket.h>
#include <sys/syscall.h>

#include "core/abi/capture.h"
#include "core/log/structs.h"
#include "core/log/symbols.h"

namespace flinch {
namespace {

/// Writes one captured argument; lives as long as that takes.
class StructOfCall {
 public:
  StructOfCall(const ArgumentOfCall& argument, const Capture& capture, Writer& writer)
      : argument_(argument), capture_(capture), writer_(writer) {}

  bool write() {
    switch (argument_.row.number) {
      case SYS_openat2:
        if (argument_.index != 2) return false;
        write_open_how(capture_, writer_);
        return true;
      case SYS_mq_open:
      case SYS_mq_getsetattr:
        if (argument_.row.args[argument_.index] != Arg::kPointer) return false;
        write_mq_attributes(capture_, writer_);
        return true;
      case SYS_mq_notify:
      case SYS_timer_create:
        if (argument_.index != 1) return write_int();
        write_sigevent(capture_, writer_);
        return true;
      case SYS_rt_sigqueueinfo:
      case SYS_rt_tgsigqueueinfo:
      case SYS_pidfd_send_signal:
      case SYS_rt_sigtimedwait:
      case SYS_waitid:
        if (argument_.row.args[argument_.index] != Arg::kPointer) return false;
        write_siginfo(capture_, writer_);
        return true;
      case SYS_mq_timedreceive: return argument_.index == 3 && write_int();
      case SYS_getsockopt:
      case SYS_setsockopt:
        if (argument_.event.args[1] == SOL_SOCKET && argument_.index == 3 && write_socket_option())
          return true;
        return write_int();
      case SYS_ioctl:
      case SYS_accept:
      case SYS_accept4:
      case SYS_getsockname:
      case SYS_getpeername:
      case SYS_recvfrom: return write_int();
      case SYS_wait4: return argument_.index == 1 && write_wait_status();
      case SYS_msgsnd:
      case SYS_msgrcv:
        if (argument_.index != 1) return false;
        write_message(capture_, writer_);
        return true;
      case SYS_semop:
      case SYS_semtimedop:
        if (argument_.index != 1) return false;
        write_semops(capture_, writer_);
        return true;
      case SYS_execve:
      case SYS_execveat:
        if (argument_.row.args[argument_.index] != Arg::kPointer) return false;
        write_strings(capture_, writer_);
        return true;
      case SYS_clone3: write_clone_args(capture_, writer_); return true;
      case SYS_timerfd_settime:
      case SYS_timer_settime:
        if (argument_.index != 2) return false;
        write_timer(capture_, Fraction::kNanoseconds, writer_);
        return true;
      case SYS_timerfd_gettime: write_timer(capture_, Fraction::kNanoseconds, writer_); return true;
      case SYS_setitimer:
      case SYS_getitimer:
        if (argument_.index != 1) return false;
        write_timer(capture_, Fraction::kMicroseconds, writer_);
        return true;
      case SYS_futex:
        if (argument_.index != 3) return false;
        write_time(capture_, 0, Fraction::kNanoseconds, writer_);
        return true;
      default: return false;
    }
  }

 private:
  /// A pointer to one int or socklen_t: [1]. Wider options stay bytes.
  bool write_int() {
    const Arg kind = argument_.row.args[argument_.index];
    const bool is_address = kind == Arg::kSockAddrOut || kind == Arg::kOutBuffer;
    const auto number = capture_.at<std::int32_t>(0);
    if (is_address || !number) return false;
    if (capture_.bytes.size() != sizeof *number || capture_.is_cut()) {
      writer_.bytes(capture_.bytes, capture_.is_cut());
      return true;
    }
    writer_.open_list();
    writer_.number(*number);
    writer_.close_list();
    return true;
  }

  /// Options that are a structure. False if this one is none.
  bool write_socket_option() {
    const auto option = static_cast<int>(argument_.event.args[2]);
    const bool is_time = option == SO_RCVTIMEO || option == SO_SNDTIMEO;
    if (is_time && capture_.bytes.size() == kTimeSize) {
      write_time(capture_, 0, Fraction::kMicroseconds, writer_);
      return true;
    }
    const auto seconds = capture_.at<std::int32_t>(4);
    if (option != SO_LINGER || !seconds) return false;
    writer_.open_object();
    writer_.key("on");
    writer_.number(*capture_.at<std::int32_t>(0));
    writer_.key("seconds");
    writer_.number(*seconds);
    writer_.close_object();
    return true;
  }

  bool write_wait_status() {
    const auto status = capture_.at<std::int32_t>(0);
    if (!status) return false;
    writer_.open_list();
    writer_.symbol(wait_status_text(*status));
    writer_.close_list();
    return true;
  }

  const ArgumentOfCall& argument_;
  const Capture& capture_;
  Writer& writer_;
};

}  // namespace

bool write_struct_of_call(const ArgumentOfCall& argument, const Capture& capture, Writer& writer) {
  return StructOfCall{argument, capture, writer}.write();
}

}  // namespace flinch
