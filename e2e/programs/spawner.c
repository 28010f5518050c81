// vfork and exec, posix_spawn, system, popen and an exec that fails after vfork: each many times.
#define _GNU_SOURCE
#include <spawn.h>
#include <sys/wait.h>

#include "robust.h"

extern char** environ;

static int status_of(pid_t child) {
  int status = 0;
  if (child < 0) fail("no child");
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WEXITSTATUS(status);
}

int main(void) {
  char* argv[] = {"sh", "-c", "exit 3", NULL};
  // Static, because a local variable's value after vfork is not defined.
  static int i, vforked, spawned, failed, system_status, popened;
  for (; i < 20; ++i) {
    pid_t child = vfork();
    if (child == 0) {
      execv("/bin/sh", argv);
      _exit(100);
    }
    vforked += status_of(child);
    child = vfork();
    if (child == 0) {
      execv("/no/such/program", argv);
      _exit(errno == ENOENT ? 4 : 100);
    }
    failed += status_of(child);
    if (posix_spawn(&child, "/bin/sh", NULL, NULL, argv, environ) != 0) fail("posix_spawn");
    spawned += status_of(child);
    system_status += WEXITSTATUS(system("exit 5"));
    FILE* stream = popen("echo 6", "r");
    int number = 0;
    if (stream == NULL || fscanf(stream, "%d", &number) != 1) fail("popen");
    pclose(stream);
    popened += number;
  }
  printf("%d %d %d %d %d\n", vforked, failed, spawned, system_status, popened);
  return 0;
}
