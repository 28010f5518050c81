// libc's functions that are system calls under another roof, made from the table's rows.
//
// Each stands under its libc name by an assembler label, so that libc's own declarations, with their
// types, need not be repeated: registers have none.
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
}
