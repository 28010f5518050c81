// daemonize FILE: forks twice with setsid between; the daemon waits for its starter's end (end of file
// on a pipe), works a little and writes FILE.
#include <fcntl.h>
#include <sys/wait.h>

#include "robust.h"

int main(int argc, char** argv) {
  int alive[2];
  if (argc < 2 || pipe(alive) != 0) fail("pipe");
  pid_t child = fork();
  if (child < 0) fail("fork");
  if (child > 0) {
    close(alive[0]);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    printf("started %d\n", status);
    return 7;
  }
  close(alive[1]);
  if (setsid() < 0) fail("setsid");
  if (fork() != 0) _exit(0);
  for (int fd = 0; fd < 3; ++fd) close(fd);
  char byte;
  read_all(alive[0], &byte, 1);
  int work[2];
  if (pipe(work) != 0) _exit(1);
  for (int i = 0; i < 100; ++i) {
    write_all(work[1], "x", 1);
    read_all(work[0], &byte, 1);
  }
  int file = open(argv[1], O_WRONLY | O_CREAT | O_EXCL, 0644);
  write_all(file, "worked\n", 7);
  return 0;
}
