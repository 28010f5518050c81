// Closes every descriptor there can be, twice, then does IPC; tells by its exit status alone.
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <sys/wait.h>

#include "robust.h"

int main(void) {
  for (int fd = 0; fd < 4096; ++fd) close(fd);
  syscall(SYS_close_range, 0U, ~0U, 0U);
  int ends[2];
  if (pipe(ends) != 0 || ends[0] != 0 || ends[1] != 1) return 10;
  pid_t child = fork();
  if (child < 0) return 11;
  if (child == 0) {
    for (int i = 0; i < 1000; ++i) write_all(1, "abcdefgh", 8);
    _exit(5);
  }
  close(1);
  char bytes[8001];
  if (read_all(0, bytes, sizeof bytes) != 8000) return 12;
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 5 ? 42 : 13;
}
