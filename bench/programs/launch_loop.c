// Starts a program and waits for it: launch_loop SECONDS [PROGRAM ARGUMENT...], /bin/echo hello without.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loop.h"

extern char** environ;

static int launch(char** arguments) {
  posix_spawn_file_actions_t actions;
  pid_t child;
  int status = -1;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  int answer = posix_spawn(&child, arguments[0], &actions, NULL, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  return answer == 0 && waitpid(child, &status, 0) == child && status == 0;
}

int main(int argc, char** argv) {
  static char* usual[] = {"/bin/echo", "hello", NULL};
  FLINCH_BENCH_LOOP(limit_s(argc, argv), 10, {
    if (!launch(argc > 2 ? argv + 2 : usual)) return 2;
  });
  return 0;
}
