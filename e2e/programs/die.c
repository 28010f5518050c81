// die N: ends by signal N with its default action.
#define _GNU_SOURCE
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>

#include "robust.h"

int main(int argc, char** argv) {
  int number = argc > 1 ? atoi(argv[1]) : 0;
  struct sigaction action;
  sigset_t all;
  memset(&action, 0, sizeof action);
  action.sa_handler = SIG_DFL;
  sigaction(number, &action, NULL);
  sigemptyset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  // glibc's raise() refuses its two internal real-time signals; the kernel does not.
  syscall(SYS_kill, getpid(), number);
  return 0;
}
