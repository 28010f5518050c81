// As pipe_loop, by the `syscall` instruction: what no library can see.
#include <sys/syscall.h>
#include <unistd.h>

#include "loop.h"

static long call(long number, long fd, void* data, long size) {
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(fd), "S"(data), "d"(size)
                   : "rcx", "r11", "memory");
  return result;
}

int main(int argc, char** argv) {
  int ends[2];
  char byte = 'x';
  if (pipe(ends) != 0) return 1;
  FLINCH_BENCH_LOOP(limit_s(argc, argv), 200, {
    if (call(SYS_write, ends[1], &byte, 1) != 1 || call(SYS_read, ends[0], &byte, 1) != 1) return 2;
  });
  return 0;
}
