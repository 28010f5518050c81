// reexec N: becomes itself N times over, carrying one byte through a pipe each time.
#define _GNU_SOURCE
#include <fcntl.h>

#include "robust.h"

int main(int argc, char** argv) {
  int left = argc > 1 ? atoi(argv[1]) : 0, total = argc > 2 ? atoi(argv[2]) : 0;
  int ends[2];
  char byte = 'n';
  if (pipe2(ends, O_CLOEXEC) != 0) fail("pipe");
  write_all(ends[1], "y", 1);
  read_all(ends[0], &byte, 1);
  total += byte == 'y';
  if (left == 0) {
    printf("%d times, highest descriptor %d\n", total, ends[1]);
    return 0;
  }
  char next[16], so_far[16];
  snprintf(next, sizeof next, "%d", left - 1);
  snprintf(so_far, sizeof so_far, "%d", total);
  execl(argv[0], argv[0], next, so_far, (char*)NULL);
  fail("execl");
}
