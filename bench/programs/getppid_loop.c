// A call that flinch has no interest in: what the filter costs everybody.
#include <sys/syscall.h>
#include <unistd.h>

#include "loop.h"

int main(int argc, char** argv) {
  FLINCH_BENCH_LOOP(limit_s(argc, argv), 1000, {
    if (syscall(SYS_getppid) < 0) return 2;
  });
  return 0;
}
