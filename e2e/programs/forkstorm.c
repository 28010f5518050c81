// 500 processes at once, each with ten bytes to tell; none starts before all exist.
#include <sys/wait.h>

#include "robust.h"

enum { kProcesses = 500, kBytes = 10 };

int main(void) {
  int start[2], told[2];
  if (pipe(start) != 0 || pipe(told) != 0) fail("pipe");
  for (int i = 0; i < kProcesses; ++i) {
    pid_t child = fork();
    if (child < 0) fail("fork");
    if (child != 0) continue;
    char byte;
    close(start[1]);
    read_all(start[0], &byte, 1);
    for (int n = 0; n < kBytes; ++n) write_all(told[1], "x", 1);
    _exit(i % 7);
  }
  close(start[0]);
  close(start[1]);
  close(told[1]);
  static char bytes[kProcesses * kBytes + 1];
  size_t total = read_all(told[0], bytes, sizeof bytes);
  int status, ended = 0, sum = 0;
  while (ended < kProcesses) {
    if (wait(&status) < 0) {
      if (errno == EINTR) continue;
      fail("wait");
    }
    ++ended;
    sum += WIFEXITED(status) ? WEXITSTATUS(status) : 1000;
  }
  printf("%d processes, %zu bytes, statuses sum to %d\n", ended, total, sum);
  return 0;
}
