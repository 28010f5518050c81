// One row a system call: what Linux says about it, as data. Filter, wrappers, decoder, legality and
// documentation derive from the rows; the rows stand in syscalls.inc and, where an architecture has
// calls of its own, in x86_64/syscalls.inc.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/abi/mechanism.h"

namespace flinch {

/// What an argument means: the decoder prints it so, and the log captures what it points to.
enum class Arg : std::uint8_t {
  kNone,
  kFd,     // a descriptor
  kDirFd,  // a descriptor or AT_FDCWD
  kInt,    // a plain number, printed in decimal
  kHex,
  kPointer,    // an address whose target is not shown
  kSize,       // bytes
  kInBuffer,   // bytes that the kernel reads; the next argument is their count
  kOutBuffer,  // bytes that the kernel writes; the result is their count
  kInIovec,    // struct iovec[], the next argument is how many
  kOutIovec,
  kInMessage,  // struct msghdr *
  kOutMessage,
  kInMessages,  // struct mmsghdr[], the next argument is how many
  kOutMessages,
  kPath,         // a NUL-terminated string
  kSockAddrIn,   // the next argument is its length
  kSockAddrOut,  // the next argument is a socklen_t *
  kFdPair,       // int[2] filled in by the kernel
  kPid,
  kSignal,     // a signal's number
  kSignalSet,  // sigset_t *
  kSigaction,  // struct sigaction * (the kernel's layout)
  kPollFds,    // struct pollfd[], the next argument is how many
  kEpollEventIn,
  kEpollEventsOut,
  kTimespec,  // struct timespec *
  kTimeval,
  kMilliseconds,  // int, -1 is for ever
  kOpenFlags,
  kFdFlags,  // O_CLOEXEC, O_NONBLOCK of pipe2, eventfd2, dup3 …
  kSocketDomain,
  kSocketType,
  kMsgFlags,  // MSG_DONTWAIT …
  kFcntlCommand,
  kIoctlRequest,
  kEpollOperation,
  kSockOptLevel,
  kSockOptName,
  kSigprocmaskHow,
  kFutexOperation,
  kCloneFlags,
  kMode,  // octal
  kProt,
  kMapFlags,
  kIpcKey,
  kIpcFlags,  // IPC_CREAT, IPC_NOWAIT … with a mode
  kIpcCommand,
  kWaitOptions,
  kShutdownHow,
  kSpliceFlags,
};

/// Where the mechanism of a call comes from.
enum class ObjectSource : std::uint8_t {
  kFixed,     // the row's `mechanism` says it
  kFirstFd,   // the object behind argument 0
  kSecondFd,  // the object behind argument 1
  kEitherFd,  // splice, sendfile: the first argument that is a descriptor, else the second that is
  kResult,    // made by the call itself: pipe, socket, shm
};

/// Which way bytes go through the call's object.
enum class Direction : std::uint8_t { kNeither, kRead, kWrite };

/// What signal(7) says of a call that a handler interrupts.
enum class Restart : std::uint8_t {
  kNotBlocking,       // never answers EINTR
  kBySaRestart,       // restarted if the handler has SA_RESTART, else EINTR
  kUnlessTimeout,     // as above, but never restarted when SO_RCVTIMEO/SO_SNDTIMEO is set
  kNever,             // EINTR whatever the handler's flags
  kBySaRestartFutex,  // FUTEX_WAIT: restarted since 2.6.22, EINTR otherwise
};

/// How the shim offers the call.
enum class Wrapper : std::uint8_t {
  kNone,    // not wrapped: libc's own call reaches tier 0
  kPlain,   // libc's function takes the system call's arguments
  kCancel,  // as kPlain, and it is a cancellation point (pthreads(7))
};

inline constexpr std::size_t kErrorsMax = 28;

struct SyscallDescriptor {
  int number;
  const char* name;
  Wrapper wrapper;
  Arg args[6];
  ObjectSource object;
  Mechanism mechanism;  // with kFixed and kResult; kNone where the descriptor decides
  Direction direction;
  Restart restart;
  std::uint8_t errors[kErrorsMax];  // of the manual page, 0-terminated
  const char* source;               // the manual page
};

}  // namespace flinch
