// What kind of kernel object a call works on.
#pragma once

#include <cstdint>

namespace flinch {

/// The mechanism behind a call or a descriptor. `kNone` is everything that is not inter-process
/// communication (regular files, directories, terminals, devices): such calls are neither counted
/// nor disturbed. The order is part of the compiled plan's bit masks.
enum class Mechanism : std::uint8_t {
  kNone,
  kPipe,
  kFifo,
  kUnixStream,
  kUnixDatagram,
  kUnixSeqpacket,
  kTcp,
  kUdp,
  kOtherSocket,
  kSysvShm,
  kPosixShm,
  kSysvMsg,
  kPosixMq,
  kSysvSem,
  kFutex,
  kSignal,
  kEventfd,
  kTimerfd,
  kSignalfd,
  kReadiness,   // poll, select, epoll
  kProcess,     // fork, exec, exit, wait
  kDescriptor,  // close, dup, fcntl: the object behind it is looked up when it matters
  kSleep,
  kIoUring,
  kCount,
};

/// The name that rules (`on=pipe`) and logs use.
constexpr const char* name_of(Mechanism mechanism) {
  constexpr const char* kNames[] = {
      "none",    "pipe",     "fifo",      "unix",      "unix-dgram", "unix-seqpacket", "tcp",   "udp",
      "socket",  "sysv-shm", "posix-shm", "sysv-msg",  "posix-mq",   "sysv-sem",       "futex", "signal",
      "eventfd", "timerfd",  "signalfd",  "readiness", "process",    "descriptor",     "sleep", "io_uring",
  };
  static_assert(sizeof kNames / sizeof *kNames == static_cast<std::size_t>(Mechanism::kCount));
  return kNames[static_cast<std::size_t>(mechanism)];
}

constexpr std::uint32_t bit_of(Mechanism mechanism) {
  return std::uint32_t{1} << static_cast<unsigned>(mechanism);
}

/// Objects that carry bytes without message boundaries: a read may return less than was asked.
constexpr bool is_byte_stream(Mechanism mechanism) {
  return mechanism == Mechanism::kPipe || mechanism == Mechanism::kFifo ||
         mechanism == Mechanism::kUnixStream || mechanism == Mechanism::kTcp;
}

constexpr bool is_pipe(Mechanism mechanism) {
  return mechanism == Mechanism::kPipe || mechanism == Mechanism::kFifo;
}

}  // namespace flinch
