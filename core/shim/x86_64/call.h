// Two ways into the kernel: by an instruction of ours, which the filter sends to tier 0 like anybody's,
// and through the gateway page, which the filter exempts.
#pragma once

#include "core/abi/control_block.h"
#include "core/abi/x86_64/system_call.h"

namespace flinch {

/// Seen by the filter, as every instruction outside the gateway is.
inline long visible_call(long number, unsigned long a = 0, unsigned long b = 0, unsigned long c = 0,
                         unsigned long d = 0, unsigned long e = 0, unsigned long f = 0) {
  return system_call(number, a, b, c, d, e, f);
}

/// Exempt. Only once the gateway is mapped. The code is built without a red zone: `call` writes there.
inline long exempt_call(long number, unsigned long a = 0, unsigned long b = 0, unsigned long c = 0,
                        unsigned long d = 0, unsigned long e = 0, unsigned long f = 0) {
  register unsigned long r10 asm("r10") = d;
  register unsigned long r8 asm("r8") = e;
  register unsigned long r9 asm("r9") = f;
  long result = number;
  unsigned long gateway = kGatewayAddress;
  asm volatile("call *%[gateway]"
               : "+a"(result), [gateway] "+c"(gateway)
               : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "r11", "memory", "cc");
  return result;
}

struct ExemptSyscall {
  long operator()(long number, unsigned long a = 0, unsigned long b = 0, unsigned long c = 0,
                  unsigned long d = 0, unsigned long e = 0, unsigned long f = 0) const {
    return exempt_call(number, a, b, c, d, e, f);
  }
};

/// What the page at kGatewayAddress holds: syscall; ret.
inline constexpr unsigned char kGatewayCode[] = {0x0f, 0x05, 0xc3};

/// Tells threads that share memory apart: each has a thread control block of its own, whose first word
/// is its own address (the ABI's TLS variant II; glibc and musl alike).
inline unsigned long thread_key() {
  unsigned long key = 0;
  asm volatile("mov %%fs:0, %0" : "=r"(key));
  return key;
}

inline bool is_error(long result) { return static_cast<unsigned long>(result) > -4096UL; }

}  // namespace flinch
