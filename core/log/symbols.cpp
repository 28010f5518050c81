#include "core/log/symbols.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <span>

namespace flinch {
namespace {

struct Name {
  std::uint64_t value;
  const char* text;
};
#define NAME(constant) \
  Name { static_cast<std::uint64_t>(static_cast<std::uint32_t>(constant)), #constant }

void join(std::string& out, const std::string& word) {
  if (!out.empty()) out += '|';
  out += word;
}

/// The word of exactly that value, or the number.
std::string one_of(std::span<const Name> names, std::uint64_t value) {
  value = static_cast<std::uint32_t>(value);  // the kernel's int
  for (const Name& name : names)
    if (name.value == value) return name.text;
  return fmt::format("{}", static_cast<std::int32_t>(value));
}

/// Words of all bits, joined; names of several bits must stand before those of one of them. What is
/// left is a number. `out` may already hold words.
std::string flags_of(std::span<const Name> names, std::uint64_t value, std::string out = {}) {
  for (const Name& name : names) {
    if (name.value == 0 || (value & name.value) != name.value) continue;
    join(out, name.text);
    value &= ~name.value;
  }
  if (value != 0) join(out, fmt::format("{:#x}", value));
  return out.empty() ? "0" : out;
}

constexpr Name kOpen[] = {
    NAME(O_TMPFILE),
    NAME(O_SYNC),
    NAME(O_CREAT),
    NAME(O_EXCL),
    NAME(O_NOCTTY),
    NAME(O_TRUNC),
    NAME(O_APPEND),
    NAME(O_NONBLOCK),
    NAME(O_DSYNC),
    NAME(O_ASYNC),
    NAME(O_DIRECT),
    NAME(O_DIRECTORY),
    NAME(O_NOFOLLOW),
    NAME(O_NOATIME),
    NAME(O_CLOEXEC),
    NAME(O_PATH),
    {0100000, "O_LARGEFILE"},  // glibc says 0
};
constexpr Name kDomains[] = {NAME(AF_UNSPEC),    NAME(AF_UNIX),    NAME(AF_INET),
                             NAME(AF_INET6),     NAME(AF_NETLINK), NAME(AF_PACKET),
                             NAME(AF_BLUETOOTH), NAME(AF_ALG),     NAME(AF_VSOCK)};
constexpr Name kSocketTypes[] = {NAME(SOCK_STREAM), NAME(SOCK_DGRAM),     NAME(SOCK_RAW),
                                 NAME(SOCK_RDM),    NAME(SOCK_SEQPACKET), NAME(SOCK_PACKET)};
constexpr Name kSocketFlags[] = {NAME(SOCK_NONBLOCK), NAME(SOCK_CLOEXEC)};
constexpr Name kMessageFlags[] = {
    NAME(MSG_OOB),        NAME(MSG_PEEK),     NAME(MSG_DONTROUTE),    NAME(MSG_CTRUNC),
    NAME(MSG_TRUNC),      NAME(MSG_DONTWAIT), NAME(MSG_EOR),          NAME(MSG_WAITALL),
    NAME(MSG_CONFIRM),    NAME(MSG_ERRQUEUE), NAME(MSG_NOSIGNAL),     NAME(MSG_MORE),
    NAME(MSG_WAITFORONE), NAME(MSG_FASTOPEN), NAME(MSG_CMSG_CLOEXEC), NAME(MSG_ZEROCOPY)};
constexpr Name kFcntl[] = {
    NAME(F_DUPFD),      NAME(F_GETFD),      NAME(F_SETFD),     NAME(F_GETFL),     NAME(F_SETFL),
    NAME(F_GETLK),      NAME(F_SETLK),      NAME(F_SETLKW),    NAME(F_SETOWN),    NAME(F_GETOWN),
    NAME(F_SETSIG),     NAME(F_GETSIG),     NAME(F_SETOWN_EX), NAME(F_GETOWN_EX), NAME(F_OFD_GETLK),
    NAME(F_OFD_SETLK),  NAME(F_OFD_SETLKW), NAME(F_SETLEASE),  NAME(F_GETLEASE),  NAME(F_NOTIFY),
    NAME(F_SETPIPE_SZ), NAME(F_GETPIPE_SZ), NAME(F_ADD_SEALS), NAME(F_GET_SEALS), NAME(F_DUPFD_CLOEXEC)};
constexpr Name kIoctl[] = {NAME(FIONBIO),         NAME(FIONREAD),   NAME(FIOASYNC),  NAME(FIOCLEX),
                           NAME(FIONCLEX),        NAME(TIOCOUTQ),   NAME(TCGETS),    NAME(TCSETS),
                           NAME(TCSETSW),         NAME(TIOCGWINSZ), NAME(TIOCGPGRP), NAME(TIOCSPGRP),
                           {0x8905, "SIOCATMARK"}};
constexpr Name kEpollOperations[] = {NAME(EPOLL_CTL_ADD), NAME(EPOLL_CTL_DEL), NAME(EPOLL_CTL_MOD)};
constexpr Name kEpollEvents[] = {
    NAME(EPOLLIN),     NAME(EPOLLPRI),       NAME(EPOLLOUT),    NAME(EPOLLERR),     NAME(EPOLLHUP),
    NAME(EPOLLRDNORM), NAME(EPOLLRDBAND),    NAME(EPOLLWRNORM), NAME(EPOLLWRBAND),  NAME(EPOLLMSG),
    NAME(EPOLLRDHUP),  NAME(EPOLLEXCLUSIVE), NAME(EPOLLWAKEUP), NAME(EPOLLONESHOT), NAME(EPOLLET)};
constexpr Name kPollEvents[] = {NAME(POLLIN),     NAME(POLLPRI),    NAME(POLLOUT),    NAME(POLLERR),
                                NAME(POLLHUP),    NAME(POLLNVAL),   NAME(POLLRDNORM), NAME(POLLRDBAND),
                                NAME(POLLWRNORM), NAME(POLLWRBAND), NAME(POLLMSG),    NAME(POLLRDHUP)};
constexpr Name kLevels[] = {NAME(SOL_SOCKET), NAME(IPPROTO_IP), NAME(IPPROTO_TCP), NAME(IPPROTO_UDP),
                            NAME(IPPROTO_IPV6)};
constexpr Name kSocketOptions[] = {
    NAME(SO_DEBUG),     NAME(SO_REUSEADDR),    NAME(SO_TYPE),        NAME(SO_ERROR),     NAME(SO_DONTROUTE),
    NAME(SO_BROADCAST), NAME(SO_SNDBUF),       NAME(SO_RCVBUF),      NAME(SO_KEEPALIVE), NAME(SO_OOBINLINE),
    NAME(SO_PRIORITY),  NAME(SO_LINGER),       NAME(SO_REUSEPORT),   NAME(SO_PASSCRED),  NAME(SO_PEERCRED),
    NAME(SO_RCVLOWAT),  NAME(SO_SNDLOWAT),     NAME(SO_RCVTIMEO),    NAME(SO_SNDTIMEO),  NAME(SO_ACCEPTCONN),
    NAME(SO_PEERSEC),   NAME(SO_SNDBUFFORCE),  NAME(SO_RCVBUFFORCE), NAME(SO_PROTOCOL),  NAME(SO_DOMAIN),
    NAME(SO_BUSY_POLL), NAME(SO_INCOMING_CPU), NAME(SO_PEEK_OFF),    NAME(SO_TIMESTAMP), NAME(SO_MARK)};
constexpr Name kTcpOptions[] = {NAME(TCP_NODELAY),  NAME(TCP_MAXSEG),    NAME(TCP_CORK),
                                NAME(TCP_KEEPIDLE), NAME(TCP_KEEPINTVL), NAME(TCP_KEEPCNT),
                                NAME(TCP_SYNCNT),   NAME(TCP_LINGER2),   NAME(TCP_DEFER_ACCEPT),
                                NAME(TCP_INFO),     NAME(TCP_QUICKACK),  NAME(TCP_USER_TIMEOUT),
                                NAME(TCP_FASTOPEN)};
constexpr Name kIpOptions[] = {NAME(IP_TOS),           NAME(IP_TTL),           NAME(IP_RECVERR),
                               NAME(IP_PKTINFO),       NAME(IP_MULTICAST_TTL), NAME(IP_MULTICAST_LOOP),
                               NAME(IP_ADD_MEMBERSHIP)};
constexpr Name kIpv6Options[] = {NAME(IPV6_V6ONLY), NAME(IPV6_RECVPKTINFO), NAME(IPV6_UNICAST_HOPS),
                                 NAME(IPV6_TCLASS), NAME(IPV6_RECVERR)};
constexpr Name kMaskHows[] = {NAME(SIG_BLOCK), NAME(SIG_UNBLOCK), NAME(SIG_SETMASK)};
constexpr Name kFutexes[] = {
    NAME(FUTEX_WAIT),        NAME(FUTEX_WAKE),        NAME(FUTEX_REQUEUE),         NAME(FUTEX_CMP_REQUEUE),
    NAME(FUTEX_WAKE_OP),     NAME(FUTEX_LOCK_PI),     NAME(FUTEX_UNLOCK_PI),       NAME(FUTEX_TRYLOCK_PI),
    NAME(FUTEX_WAIT_BITSET), NAME(FUTEX_WAKE_BITSET), NAME(FUTEX_WAIT_REQUEUE_PI), NAME(FUTEX_CMP_REQUEUE_PI),
    NAME(FUTEX_LOCK_PI2)};
constexpr Name kFutexFlags[] = {NAME(FUTEX_PRIVATE_FLAG), NAME(FUTEX_CLOCK_REALTIME)};
constexpr Name kClone[] = {NAME(CLONE_VM),
                           NAME(CLONE_FS),
                           NAME(CLONE_FILES),
                           NAME(CLONE_SIGHAND),
                           NAME(CLONE_PIDFD),
                           NAME(CLONE_PTRACE),
                           NAME(CLONE_VFORK),
                           NAME(CLONE_PARENT),
                           NAME(CLONE_THREAD),
                           NAME(CLONE_NEWNS),
                           NAME(CLONE_SYSVSEM),
                           NAME(CLONE_SETTLS),
                           NAME(CLONE_PARENT_SETTID),
                           NAME(CLONE_CHILD_CLEARTID),
                           NAME(CLONE_DETACHED),
                           NAME(CLONE_UNTRACED),
                           NAME(CLONE_CHILD_SETTID),
                           NAME(CLONE_NEWCGROUP),
                           NAME(CLONE_NEWUTS),
                           NAME(CLONE_NEWIPC),
                           NAME(CLONE_NEWUSER),
                           NAME(CLONE_NEWPID),
                           NAME(CLONE_NEWNET),
                           NAME(CLONE_IO)};
constexpr Name kProts[] = {NAME(PROT_READ), NAME(PROT_WRITE), NAME(PROT_EXEC), NAME(PROT_GROWSDOWN)};
constexpr Name kMapFlags[] = {NAME(MAP_SHARED_VALIDATE), NAME(MAP_SHARED),    NAME(MAP_PRIVATE),
                              NAME(MAP_FIXED),           NAME(MAP_ANONYMOUS), NAME(MAP_GROWSDOWN),
                              NAME(MAP_DENYWRITE),       NAME(MAP_LOCKED),    NAME(MAP_NORESERVE),
                              NAME(MAP_POPULATE),        NAME(MAP_NONBLOCK),  NAME(MAP_STACK),
                              NAME(MAP_HUGETLB),         NAME(MAP_SYNC),      NAME(MAP_FIXED_NOREPLACE)};
constexpr Name kIpcFlags[] = {NAME(IPC_CREAT), NAME(IPC_EXCL), NAME(IPC_NOWAIT)};
constexpr Name kShmGetFlags[] = {NAME(IPC_CREAT), NAME(IPC_EXCL), NAME(SHM_HUGETLB), NAME(SHM_NORESERVE)};
constexpr Name kShmAtFlags[] = {NAME(SHM_RDONLY), NAME(SHM_RND), NAME(SHM_REMAP), NAME(SHM_EXEC)};
constexpr Name kMsgRcvFlags[] = {NAME(IPC_NOWAIT), NAME(MSG_NOERROR), NAME(MSG_EXCEPT), NAME(MSG_COPY)};
constexpr Name kIpcCommands[] = {NAME(IPC_RMID), NAME(IPC_SET), NAME(IPC_STAT), NAME(IPC_INFO)};
constexpr Name kSemCommands[] = {NAME(GETPID), NAME(GETVAL), NAME(GETALL),   NAME(GETNCNT), NAME(GETZCNT),
                                 NAME(SETVAL), NAME(SETALL), NAME(SEM_STAT), NAME(SEM_INFO)};
constexpr Name kShmCommands[] = {NAME(SHM_LOCK), NAME(SHM_UNLOCK), NAME(SHM_STAT), NAME(SHM_INFO)};
constexpr Name kMsgCommands[] = {NAME(MSG_STAT), NAME(MSG_INFO)};
constexpr Name kSemFlags[] = {NAME(IPC_NOWAIT), NAME(SEM_UNDO)};
constexpr Name kWaits[] = {NAME(WNOHANG), NAME(WUNTRACED),   NAME(WEXITED), NAME(WCONTINUED),
                           NAME(WNOWAIT), NAME(__WNOTHREAD), NAME(__WALL),  NAME(__WCLONE)};
constexpr Name kShutdowns[] = {NAME(SHUT_RD), NAME(SHUT_WR), NAME(SHUT_RDWR)};
constexpr Name kSplices[] = {NAME(SPLICE_F_MOVE), NAME(SPLICE_F_NONBLOCK), NAME(SPLICE_F_MORE),
                             NAME(SPLICE_F_GIFT)};
constexpr Name kActions[] = {NAME(SA_NOCLDSTOP), NAME(SA_NOCLDWAIT),         NAME(SA_SIGINFO),
                             NAME(SA_ONSTACK),   NAME(SA_RESTART),           NAME(SA_NODEFER),
                             NAME(SA_RESETHAND), {0x04000000, "SA_RESTORER"}};
constexpr Name kClocks[] = {NAME(CLOCK_REALTIME),           NAME(CLOCK_MONOTONIC),
                            NAME(CLOCK_PROCESS_CPUTIME_ID), NAME(CLOCK_THREAD_CPUTIME_ID),
                            NAME(CLOCK_MONOTONIC_RAW),      NAME(CLOCK_REALTIME_COARSE),
                            NAME(CLOCK_MONOTONIC_COARSE),   NAME(CLOCK_BOOTTIME)};
constexpr Name kTimerFlags[] = {NAME(TIMER_ABSTIME), {2, "TIMER_CANCEL_ON_SET"}};
constexpr Name kMemfdFlags[] = {NAME(MFD_CLOEXEC), NAME(MFD_ALLOW_SEALING), NAME(MFD_HUGETLB)};
constexpr Name kEventfdFlags[] = {NAME(EFD_SEMAPHORE), NAME(EFD_CLOEXEC), NAME(EFD_NONBLOCK)};
constexpr Name kSignalfdFlags[] = {{O_CLOEXEC, "SFD_CLOEXEC"}, {O_NONBLOCK, "SFD_NONBLOCK"}};
constexpr Name kTimerfdFlags[] = {{O_CLOEXEC, "TFD_CLOEXEC"}, {O_NONBLOCK, "TFD_NONBLOCK"}};
constexpr Name kEpollFlags[] = {{O_CLOEXEC, "EPOLL_CLOEXEC"}};
#undef NAME

std::string fd_flags(int number, std::uint64_t value) {
  switch (number) {
    case SYS_eventfd2: return flags_of(kEventfdFlags, value);
    case SYS_signalfd4: return flags_of(kSignalfdFlags, value);
    case SYS_timerfd_create: return flags_of(kTimerfdFlags, value);
    case SYS_epoll_create1: return flags_of(kEpollFlags, value);
    case SYS_accept4: return flags_of(kSocketFlags, value);
    default: return flags_of(kOpen, value);
  }
}

std::string socket_type(int number, std::uint64_t value) {
  if (number == SYS_accept4) return flags_of(kSocketFlags, value);  // only the flags, no type
  const std::uint64_t flags = value & (SOCK_NONBLOCK | SOCK_CLOEXEC);
  return flags_of(kSocketFlags, flags, one_of(kSocketTypes, value & ~flags));
}

std::string option_name(std::uint64_t level, std::uint64_t name) {
  switch (static_cast<int>(level)) {
    case SOL_SOCKET: return one_of(kSocketOptions, name);
    case IPPROTO_TCP: return one_of(kTcpOptions, name);
    case IPPROTO_IP: return one_of(kIpOptions, name);
    case IPPROTO_IPV6: return one_of(kIpv6Options, name);
    default: return one_of({}, name);
  }
}

std::string futex_operation(std::uint64_t value) {
  const std::uint64_t flags = value & (FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME);
  return flags_of(kFutexFlags, flags, one_of(kFutexes, value & ~flags));
}

}  // namespace

std::string clone_flags(std::uint64_t value) {
  const std::uint64_t signal = value & 0xff;
  std::string out = flags_of(kClone, value & ~std::uint64_t{0xff});
  if (signal == 0) return out;
  return value == signal ? signal_name(signal) : out + "|" + signal_name(signal);
}

namespace {

std::string ipc_flags(int number, std::uint64_t value) {
  switch (number) {
    case SYS_msgrcv: return flags_of(kMsgRcvFlags, value);
    case SYS_msgsnd: return flags_of(kIpcFlags, value);
    default: break;
  }
  const std::span<const Name> names = number == SYS_shmget ? std::span<const Name>{kShmGetFlags} : kIpcFlags;
  const std::uint64_t mode = value & 0777;
  const std::uint64_t flags = value & ~std::uint64_t{0777};
  return (flags == 0 ? "" : flags_of(names, flags) + "|") + fmt::format("{:#o}", mode);
}

std::string ipc_command(int number, std::uint64_t value) {
  value &= ~std::uint64_t{0x100};  // IPC_64, which libc adds
  for (const Name& name : kIpcCommands)
    if (name.value == value) return name.text;
  switch (number) {
    case SYS_semctl: return one_of(kSemCommands, value);
    case SYS_shmctl: return one_of(kShmCommands, value);
    default: return one_of(kMsgCommands, value);
  }
}

}  // namespace

std::string errno_name(int code) {
  const char* const name = strerrorname_np(code);
  if (name != nullptr) return name;
  switch (code) {  // the kernel's own, which only a tracer sees
    case 512: return "ERESTARTSYS";
    case 513: return "ERESTARTNOINTR";
    case 514: return "ERESTARTNOHAND";
    case 516: return "ERESTART_RESTARTBLOCK";
    default: return fmt::format("E{}", code);
  }
}

std::string errno_text(int code) {
  const char* const text = strerrordesc_np(code);
  if (text != nullptr) return text;
  return code >= 512 && code <= 516 ? "To be restarted" : "Unknown error";
}

std::string signal_name(std::uint64_t number) {
  // glibc keeps 32 and 33 for itself, so a program's SIGRTMIN is 34.
  constexpr std::uint64_t kRealTimeFirst = 34;
  if (number >= kRealTimeFirst && number <= 64)
    return number == kRealTimeFirst ? "SIGRTMIN" : fmt::format("SIGRTMIN+{}", number - kRealTimeFirst);
  const char* const name = number < kRealTimeFirst ? sigabbrev_np(static_cast<int>(number)) : nullptr;
  if (number == 0 || name == nullptr) return fmt::format("{}", number);
  return std::string{"SIG"} + name;
}

std::string signal_set_text(std::uint64_t bits) {
  const bool is_inverted = __builtin_popcountll(bits) > 32;
  if (is_inverted) bits = ~bits;
  std::string out;
  for (unsigned signal = 1; signal <= 64; ++signal) {
    if (((bits >> (signal - 1)) & 1U) == 0) continue;
    const std::string name = signal_name(signal);
    if (!out.empty()) out += ' ';
    out += name.starts_with("SIG") && !name.starts_with("SIGRT") ? name.substr(3) : name;
  }
  return (is_inverted ? "~[" : "[") + out + "]";
}

std::string family_name(unsigned family) { return one_of(kDomains, family); }

std::string wait_status_text(int status) {
  if (WIFEXITED(status)) return fmt::format("exited {}", WEXITSTATUS(status));
  if (WIFCONTINUED(status)) return "continued";
  if (WIFSTOPPED(status)) return "stopped by " + signal_name(static_cast<unsigned>(WSTOPSIG(status)));
  return "killed by " + signal_name(static_cast<unsigned>(WTERMSIG(status))) +
         (WCOREDUMP(status) ? ", core dumped" : "");
}

std::string poll_events(unsigned events) { return flags_of(kPollEvents, events); }
std::string epoll_events(std::uint32_t events) { return flags_of(kEpollEvents, events); }
std::string sigaction_flags(std::uint64_t flags) { return flags_of(kActions, flags); }
std::string semop_flags(std::uint32_t flags) { return flags_of(kSemFlags, flags); }
std::string clock_name(std::uint64_t clock) { return one_of(kClocks, clock); }
std::string timer_flags(std::uint64_t flags) { return flags_of(kTimerFlags, flags); }
std::string shmat_flags(std::uint64_t flags) { return flags_of(kShmAtFlags, flags); }
std::string memfd_flags(std::uint64_t flags) { return flags_of(kMemfdFlags, flags); }

std::string open_flags(std::uint64_t flags) {
  constexpr const char* kAccess[] = {"O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE"};
  const std::string access = kAccess[flags & O_ACCMODE];
  return flags_of(kOpen, static_cast<std::uint32_t>(flags) & ~std::uint64_t{O_ACCMODE}, access);
}

bool is_symbolic(Arg kind) {
  switch (kind) {
    case Arg::kSignal:
    case Arg::kOpenFlags:
    case Arg::kFdFlags:
    case Arg::kSocketDomain:
    case Arg::kSocketType:
    case Arg::kMsgFlags:
    case Arg::kFcntlCommand:
    case Arg::kIoctlRequest:
    case Arg::kEpollOperation:
    case Arg::kSockOptLevel:
    case Arg::kSockOptName:
    case Arg::kSigprocmaskHow:
    case Arg::kFutexOperation:
    case Arg::kCloneFlags:
    case Arg::kMode:
    case Arg::kProt:
    case Arg::kMapFlags:
    case Arg::kIpcKey:
    case Arg::kIpcFlags:
    case Arg::kIpcCommand:
    case Arg::kWaitOptions:
    case Arg::kShutdownHow:
    case Arg::kSpliceFlags: return true;
    default: return false;
  }
}

std::string symbol_of(const SyscallDescriptor& row, unsigned index, const std::uint64_t (&args)[6]) {
  const std::uint64_t full = args[index];
  // Flags and commands are ints to the kernel, which does not look at the register's upper half.
  const std::uint64_t value = static_cast<std::uint32_t>(full);
  switch (row.args[index]) {
    case Arg::kSignal: return signal_name(value);
    case Arg::kOpenFlags: return open_flags(value);
    case Arg::kFdFlags: return fd_flags(row.number, value);
    case Arg::kSocketDomain: return one_of(kDomains, value);
    case Arg::kSocketType: return socket_type(row.number, value);
    case Arg::kMsgFlags: return flags_of(kMessageFlags, value);
    case Arg::kFcntlCommand: return one_of(kFcntl, value);
    case Arg::kIoctlRequest:
      for (const Name& name : kIoctl)
        if (name.value == value) return name.text;
      return fmt::format("{:#x}", value);
    case Arg::kEpollOperation: return one_of(kEpollOperations, value);
    case Arg::kSockOptLevel: return one_of(kLevels, value);
    case Arg::kSockOptName: return option_name(index > 0 ? args[index - 1] : 0, value);
    case Arg::kSigprocmaskHow: return one_of(kMaskHows, value);
    case Arg::kFutexOperation: return futex_operation(value);
    case Arg::kCloneFlags: return clone_flags(full);
    case Arg::kMode:
      return (value & S_IFMT) == S_IFIFO ? fmt::format("S_IFIFO|{:#o}", value & ~S_IFMT)
                                         : fmt::format("{:#o}", value);
    case Arg::kProt: return value == 0 ? "PROT_NONE" : flags_of(kProts, value);
    case Arg::kMapFlags: return flags_of(kMapFlags, value);
    case Arg::kIpcKey: return value == 0 ? "IPC_PRIVATE" : fmt::format("{:#x}", value);
    case Arg::kIpcFlags: return ipc_flags(row.number, value);
    case Arg::kIpcCommand: return ipc_command(row.number, value);
    case Arg::kWaitOptions: return flags_of(kWaits, value);
    case Arg::kShutdownHow: return one_of(kShutdowns, value);
    case Arg::kSpliceFlags: return flags_of(kSplices, value);
    default: return fmt::format("{:#x}", full);
  }
}

}  // namespace flinch
