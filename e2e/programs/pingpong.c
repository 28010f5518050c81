// pingpong COUNT: a byte to the child and back, COUNT times; 0 is for ever. Says when it is going.
#include <sys/wait.h>

#include "robust.h"

int main(int argc, char** argv) {
  unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
  int there[2], back[2];
  if (pipe(there) != 0 || pipe(back) != 0) fail("pipe");
  pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    char byte;
    close(there[1]);
    close(back[0]);
    while (read_all(there[0], &byte, 1) == 1) write_all(back[1], &byte, 1);
    _exit(0);
  }
  close(there[0]);
  close(back[1]);
  printf("ready %d %d\n", getpid(), child);
  fflush(stdout);
  for (unsigned long i = 0; count == 0 || i < count; ++i) {
    char byte = (char)i, answer = 0;
    write_all(there[1], &byte, 1);
    if (read_all(back[0], &answer, 1) != 1 || answer != byte) {
      printf("child gone\n");
      return 3;
    }
  }
  close(there[1]);
  while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
  }
  printf("done %lu\n", count);
  return 0;
}
