// launcher [-v] PROGRAM [ARG...]: forks, executes, waits, and ends as a shell would; -v prints what
// wait() said. Alone it stands where flinch would stand, so that parent and child relate alike.
#include <string.h>
#include <sys/wait.h>

#include "robust.h"

int main(int argc, char** argv) {
  int verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
  pid_t child = fork();
  if (child == 0) {
    execvp(argv[1 + verbose], argv + 1 + verbose);
    _exit(127);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (verbose)
    printf("exited %d status %d signalled %d signal %d core %d\n", WIFEXITED(status),
           WIFEXITED(status) ? WEXITSTATUS(status) : -1, WIFSIGNALED(status),
           WIFSIGNALED(status) ? WTERMSIG(status) : -1, WIFSIGNALED(status) && WCOREDUMP(status));
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
