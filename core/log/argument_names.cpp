// What a call's arguments are called in the log: by their kind, and for some calls by hand.

#include <sys/syscall.h>

#include "core/log/decode.h"

namespace flinch {
namespace {

const char* name_by_kind(Arg kind) {
  switch (kind) {
    case Arg::kFd: return "fd";
    case Arg::kDirFd: return "directory";
    case Arg::kNone:
    case Arg::kInt:
    case Arg::kHex: return "value";
    case Arg::kPointer: return "pointer";
    case Arg::kSize: return "count";
    case Arg::kInBuffer:
    case Arg::kOutBuffer: return "buffer";
    case Arg::kInIovec:
    case Arg::kOutIovec: return "buffers";
    case Arg::kInMessage:
    case Arg::kOutMessage: return "message";
    case Arg::kInMessages:
    case Arg::kOutMessages: return "messages";
    case Arg::kPath: return "path";
    case Arg::kSockAddrIn:
    case Arg::kSockAddrOut: return "address";
    case Arg::kFdPair:
    case Arg::kPollFds: return "fds";
    case Arg::kPid: return "pid";
    case Arg::kSignal: return "signal";
    case Arg::kSignalSet: return "set";
    case Arg::kSigaction: return "action";
    case Arg::kEpollEventIn: return "event";
    case Arg::kEpollEventsOut: return "events";
    case Arg::kTimespec:
    case Arg::kTimeval: return "timeout";
    case Arg::kMilliseconds: return "timeout_ms";
    case Arg::kOpenFlags:
    case Arg::kFdFlags:
    case Arg::kMsgFlags:
    case Arg::kCloneFlags:
    case Arg::kMapFlags:
    case Arg::kIpcFlags:
    case Arg::kSpliceFlags: return "flags";
    case Arg::kSocketDomain: return "domain";
    case Arg::kSocketType: return "type";
    case Arg::kFcntlCommand:
    case Arg::kIpcCommand: return "command";
    case Arg::kIoctlRequest: return "request";
    case Arg::kEpollOperation:
    case Arg::kFutexOperation: return "operation";
    case Arg::kSockOptLevel: return "level";
    case Arg::kSockOptName: return "name";
    case Arg::kSigprocmaskHow:
    case Arg::kShutdownHow: return "how";
    case Arg::kMode: return "mode";
    case Arg::kProt: return "protection";
    case Arg::kIpcKey: return "key";
    case Arg::kWaitOptions: return "options";
  }
  return "value";
}

/// Only where the kinds do not say it, or say the same twice; null keeps the kind's name.
struct Names {
  int number;
  const char* of[6];
};
constexpr Names kNames[] = {
    {SYS_readv, {nullptr, nullptr, "count"}},
    {SYS_writev, {nullptr, nullptr, "count"}},
    {SYS_pread64, {nullptr, nullptr, nullptr, "offset"}},
    {SYS_pwrite64, {nullptr, nullptr, nullptr, "offset"}},
    {SYS_preadv, {nullptr, nullptr, "count", "offset", "offset_high"}},
    {SYS_pwritev, {nullptr, nullptr, "count", "offset", "offset_high"}},
    {SYS_preadv2, {nullptr, nullptr, "count", "offset", "offset_high", "flags"}},
    {SYS_pwritev2, {nullptr, nullptr, "count", "offset", "offset_high", "flags"}},
    {SYS_splice, {"fd", "offset", "to_fd", "to_offset"}},
    {SYS_tee, {"fd", "to_fd"}},
    {SYS_vmsplice, {nullptr, nullptr, "count"}},
    {SYS_sendfile, {"fd", "from_fd", "offset"}},
    {SYS_openat2, {nullptr, nullptr, "how", "how_size"}},
    {SYS_mknodat, {nullptr, nullptr, nullptr, "device"}},
    {SYS_socket, {nullptr, nullptr, "protocol"}},
    {SYS_socketpair, {nullptr, nullptr, "protocol"}},
    {SYS_bind, {nullptr, nullptr, "address_length"}},
    {SYS_listen, {nullptr, "backlog"}},
    {SYS_accept, {nullptr, nullptr, "address_length"}},
    {SYS_accept4, {nullptr, nullptr, "address_length"}},
    {SYS_connect, {nullptr, nullptr, "address_length"}},
    {SYS_getsockname, {nullptr, nullptr, "address_length"}},
    {SYS_getpeername, {nullptr, nullptr, "address_length"}},
    {SYS_sendto, {nullptr, nullptr, nullptr, nullptr, nullptr, "address_length"}},
    {SYS_recvfrom, {nullptr, nullptr, nullptr, nullptr, nullptr, "address_length"}},
    {SYS_sendmmsg, {nullptr, nullptr, "count"}},
    {SYS_recvmmsg, {nullptr, nullptr, "count"}},
    {SYS_setsockopt, {nullptr, nullptr, nullptr, "value", "length"}},
    {SYS_getsockopt, {nullptr, nullptr, nullptr, "value", "length"}},
    {SYS_shmget, {nullptr, "size"}},
    {SYS_shmat, {"id", "address", "flags"}},
    {SYS_shmdt, {"address"}},
    {SYS_shmctl, {"id", nullptr, "buffer"}},
    {SYS_memfd_create, {"name", "flags"}},
    {SYS_ftruncate, {nullptr, "length"}},
    {SYS_mmap, {"address", "length", nullptr, nullptr, nullptr, "offset"}},
    {SYS_munmap, {"address", "length"}},
    {SYS_msgsnd, {"id", "message"}},
    {SYS_msgrcv, {"id", "message", nullptr, "type"}},
    {SYS_msgctl, {"id", nullptr, "buffer"}},
    {SYS_mq_open, {nullptr, nullptr, nullptr, "attributes"}},
    {SYS_mq_timedsend, {nullptr, nullptr, nullptr, "priority"}},
    {SYS_mq_timedreceive, {nullptr, nullptr, nullptr, "priority"}},
    {SYS_mq_notify, {nullptr, "event"}},
    {SYS_mq_getsetattr, {nullptr, "attributes", "old_attributes"}},
    {SYS_semget, {nullptr, "semaphores"}},
    {SYS_semop, {"id", "operations", "count"}},
    {SYS_semtimedop, {"id", "operations", "count"}},
    {SYS_semctl, {"id", "semaphore", nullptr, "argument"}},
    {SYS_futex, {"address", nullptr, "value", "timeout", "address_2", "value_3"}},
    {SYS_futex_waitv, {"waiters", "count", "flags", nullptr, "clock"}},
    {SYS_tkill, {"tid"}},
    {SYS_tgkill, {"pid", "tid"}},
    {SYS_rt_sigqueueinfo, {nullptr, nullptr, "info"}},
    {SYS_rt_tgsigqueueinfo, {"pid", "tid", nullptr, "info"}},
    {SYS_pidfd_send_signal, {nullptr, nullptr, "info", "flags"}},
    {SYS_pidfd_open, {nullptr, "flags"}},
    {SYS_rt_sigaction, {nullptr, nullptr, "old_action", "set_size"}},
    {SYS_rt_sigprocmask, {nullptr, nullptr, "old_set", "set_size"}},
    {SYS_rt_sigpending, {nullptr, "set_size"}},
    {SYS_rt_sigsuspend, {nullptr, "set_size"}},
    {SYS_rt_sigtimedwait, {nullptr, "info", nullptr, "set_size"}},
    {SYS_setitimer, {"timer", "value", "old_value"}},
    {SYS_getitimer, {"timer", "value"}},
    {SYS_sigaltstack, {"stack", "old_stack"}},
    {SYS_timer_create, {"clock", "event", "timer"}},
    {SYS_timer_settime, {"timer", "flags", "value", "old_value"}},
    {SYS_timer_delete, {"timer"}},
    {SYS_signalfd4, {nullptr, nullptr, "set_size"}},
    {SYS_eventfd2, {"value"}},
    {SYS_timerfd_create, {"clock"}},
    {SYS_timerfd_settime, {nullptr, "flags", "value", "old_value"}},
    {SYS_timerfd_gettime, {nullptr, "value"}},
    {SYS_ppoll, {nullptr, "count", nullptr, nullptr, "set_size"}},
    {SYS_pselect6, {"nfds", "read", "write", "except", nullptr, "set"}},
    {SYS_epoll_ctl, {nullptr, nullptr, "target_fd"}},
    {SYS_epoll_pwait, {nullptr, nullptr, "count", nullptr, nullptr, "set_size"}},
    {SYS_epoll_pwait2, {nullptr, nullptr, "count", nullptr, nullptr, "set_size"}},
    {SYS_close_range, {"first", "last", "flags"}},
    {SYS_dup3, {nullptr, "new_fd"}},
    {SYS_fcntl, {nullptr, nullptr, "argument"}},
    {SYS_ioctl, {nullptr, nullptr, "argument"}},
    {SYS_clone3, {"arguments", "size"}},
    {SYS_execve, {nullptr, "argv", "envp"}},
    {SYS_execveat, {nullptr, nullptr, "argv", "envp", "flags"}},
    {SYS_exit, {"status"}},
    {SYS_exit_group, {"status"}},
    {SYS_wait4, {nullptr, "status", nullptr, "usage"}},
    {SYS_waitid, {"id_type", "id", "info", nullptr, "usage"}},
    {SYS_nanosleep, {"time", "remaining"}},
    {SYS_clock_nanosleep, {"clock", "flags", "time", "remaining"}},
    {SYS_io_uring_setup, {"entries", "parameters"}},
    {SYS_io_uring_enter, {nullptr, "to_submit", "min_complete", "flags", "argument", "size"}},
#if defined(__x86_64__)
    {SYS_mknod, {nullptr, nullptr, "device"}},
    {SYS_poll, {nullptr, "count"}},
    {SYS_select, {"nfds", "read", "write", "except"}},
    {SYS_epoll_create, {"size"}},
    {SYS_epoll_wait, {nullptr, nullptr, "count"}},
    {SYS_eventfd, {"value"}},
    {SYS_signalfd, {nullptr, nullptr, "set_size"}},
    {SYS_alarm, {"seconds"}},
    {SYS_dup2, {nullptr, "new_fd"}},
    {SYS_clone, {nullptr, "stack", "parent_tid", "child_tid", "tls"}},
#endif
};

}  // namespace

const char* argument_name(const SyscallDescriptor& row, unsigned index) {
  for (const Names& names : kNames)
    if (names.number == row.number && names.of[index] != nullptr) return names.of[index];
  return name_by_kind(row.args[index]);
}

}  // namespace flinch
