// libc's functions that are system calls under another roof, made from the table's rows.
//
// Each stands under its libc name by an assembler label, so that libc's own declarations, with their
// types, need not be repeated: registers have none.
#include <fcntl.h>

#include "core/abi/syscall_table.h"
#include "core/shim/shim.h"
#include "core/shim/x86_64/call.h"

extern "C" int* __errno_location() __attribute__((weak));

namespace flinch {
namespace {

long finish(long result) {
  if (!is_error(result)) return result;
  if (&__errno_location != nullptr) *__errno_location() = static_cast<int>(-result);
  return -1;
}

/// A process group's owner would look like an error; libc asks this way too.
long owner_of(unsigned long fd) {
  struct {
    int type, pid;
  } owner = {};
  constexpr int kGroup = 2;  // F_OWNER_PGRP
  const long result =
      handle_watched(Row::fcntl, {fd, F_GETOWN_EX, reinterpret_cast<unsigned long>(&owner), 0, 0, 0}, false);
  if (is_error(result)) return finish(result);
  return owner.type == kGroup ? -owner.pid : owner.pid;
}

}  // namespace
}  // namespace flinch

#define FLINCH_WRAP_kNone(name)
#define FLINCH_WRAP_kPlain(name) FLINCH_WRAP(name, false)
#define FLINCH_WRAP_kCancel(name) FLINCH_WRAP(name, true)
#define FLINCH_WRAP(name, is_cancellation_point)                                                             \
  extern "C" [[gnu::visibility("default")]] long flinch_##name(unsigned long a, unsigned long b,             \
                                                               unsigned long c, unsigned long d,             \
                                                               unsigned long e, unsigned long f) asm(#name); \
  extern "C" long flinch_##name(unsigned long a, unsigned long b, unsigned long c, unsigned long d,          \
                                unsigned long e, unsigned long f) {                                          \
    return flinch::finish(                                                                                   \
        flinch::handle_call(flinch::Row::name, {a, b, c, d, e, f}, is_cancellation_point));                  \
  }
#define FLINCH_SYSCALL(name, wrapper, ...) FLINCH_WRAP_##wrapper(name)
#include "core/abi/syscalls.inc"
#include FLINCH_ARCH_SYSCALLS
#undef FLINCH_SYSCALL

// libc functions that are one of these calls with arguments left out or checked.
extern "C" {
[[gnu::visibility("default")]] long flinch_recv(unsigned long fd, unsigned long buffer, unsigned long size,
                                                unsigned long flags) asm("recv");
long flinch_recv(unsigned long fd, unsigned long buffer, unsigned long size, unsigned long flags) {
  return flinch::finish(flinch::handle_call(flinch::Row::recvfrom, {fd, buffer, size, flags, 0, 0}, true));
}

[[gnu::visibility("default")]] long flinch_send(unsigned long fd, unsigned long buffer, unsigned long size,
                                                unsigned long flags) asm("send");
long flinch_send(unsigned long fd, unsigned long buffer, unsigned long size, unsigned long flags) {
  return flinch::finish(flinch::handle_call(flinch::Row::sendto, {fd, buffer, size, flags, 0, 0}, true));
}

// From these a program learns of a stream, or they change one.
#define FLINCH_WATCH(name)                                                                                  \
  [[gnu::visibility("default")]] long flinch_##name(unsigned long a, unsigned long b, unsigned long c,      \
                                                    unsigned long d, unsigned long e) asm(#name);           \
  long flinch_##name(unsigned long a, unsigned long b, unsigned long c, unsigned long d, unsigned long e) { \
    return flinch::finish(flinch::handle_watched(flinch::Row::name, {a, b, c, d, e, 0}, false));            \
  }
FLINCH_WATCH(ioctl)
FLINCH_WATCH(getsockopt)
FLINCH_WATCH(setsockopt)
#undef FLINCH_WATCH

[[gnu::visibility("default")]] long flinch_fcntl(unsigned long fd, unsigned long command,
                                                 unsigned long argument) asm("fcntl");
long flinch_fcntl(unsigned long fd, unsigned long command, unsigned long argument) {
  const int what = static_cast<int>(command);
  if (what == F_GETOWN) return flinch::owner_of(fd);
  const bool is_cancellation_point = what == F_SETLKW || what == F_OFD_SETLKW;
  return flinch::finish(
      flinch::handle_watched(flinch::Row::fcntl, {fd, command, argument, 0, 0, 0}, is_cancellation_point));
}
[[gnu::visibility("default"), gnu::alias("fcntl")]] long flinch_fcntl64(
    unsigned long fd, unsigned long command, unsigned long argument) asm("fcntl64");
}
