// pipe, fork, read, write and wait by the `syscall` instruction alone: no library can see them.
#include <sys/syscall.h>

#include "robust.h"

static long call(long number, long a, long b, long c, long d) {
  register long r10 __asm__("r10") = d;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
                   : "rcx", "r11", "memory");
  return result;
}

enum { kSize = 150000 };
static unsigned char data[kSize];

int main(void) {
  int ends[2], status = 0;
  if (call(SYS_pipe2, (long)ends, 0, 0, 0) != 0) return 98;
  fill(data, kSize);
  long child = call(SYS_fork, 0, 0, 0, 0);
  if (child == 0) {
    for (long at = 0; at < kSize;) {
      long done = call(SYS_write, ends[1], (long)(data + at), kSize - at, 0);
      if (done < 0 && done != -EINTR) call(SYS_exit_group, 97, 0, 0, 0);
      if (done > 0) at += done;
    }
    call(SYS_exit_group, 0, 0, 0, 0);
  }
  call(SYS_close, ends[1], 0, 0, 0);
  uint64_t sum = 0, total = 0;
  for (;;) {
    unsigned char piece[777];
    long done = call(SYS_read, ends[0], (long)piece, sizeof piece, 0);
    if (done == -EINTR) continue;
    if (done < 0) return 96;
    if (done == 0) break;
    sum = checksum(sum, piece, (size_t)done);
    total += (uint64_t)done;
  }
  while (call(SYS_wait4, child, (long)&status, 0, 0) == -EINTR) {
  }
  printf("%lu bytes, sum %lx, child %d\n", total, sum, status);
  return status != 0 || total != kSize || sum != checksum(0, data, kSize);
}
