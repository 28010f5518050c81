// One byte into a pipe and out again, through libc. A round is two calls.
#include <unistd.h>

#include "loop.h"

int main(int argc, char** argv) {
  int ends[2];
  char byte = 'x';
  if (pipe(ends) != 0) return 1;
  FLINCH_BENCH_LOOP(limit_s(argc, argv), 200, {
    if (write(ends[1], &byte, 1) != 1 || read(ends[0], &byte, 1) != 1) return 2;
  });
  return 0;
}
