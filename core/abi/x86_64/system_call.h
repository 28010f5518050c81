// A system call without libc: no errno, no cancellation, no wrapper in between.
#pragma once

/// For functions that run on a borrowed stack or a borrowed memory, of which a sanitizer knows nothing.
#define FLINCH_NO_SANITIZE __attribute__((no_sanitize("address", "thread", "undefined")))

namespace flinch {

/// The kernel's answer, -errno for an error.
FLINCH_NO_SANITIZE inline long system_call(long number, unsigned long a = 0, unsigned long b = 0,
                                           unsigned long c = 0, unsigned long d = 0, unsigned long e = 0,
                                           unsigned long f = 0) {
  register unsigned long r10 asm("r10") = d;
  register unsigned long r8 asm("r8") = e;
  register unsigned long r9 asm("r9") = f;
  long result = number;
  asm volatile("syscall"
               : "+a"(result)
               : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory", "cc");
  return result;
}

}  // namespace flinch
