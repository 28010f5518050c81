// Mended: one SIGCHLD may stand for many children. See broken.c for the mistake.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { kChildren = 2 };

static volatile sig_atomic_t reaped;

static void on_child(int signal_number) {
  (void)signal_number;
  int saved_errno = errno;
  while (waitpid(-1, NULL, WNOHANG) > 0) ++reaped;
  errno = saved_errno;
}

static void on_alarm(int signal_number) {
  (void)signal_number;
  static const char text[] = "a child was never reaped\n";
  ssize_t ignored = write(STDERR_FILENO, text, strlen(text));
  (void)ignored;
  _exit(1);
}

int main(void) {
  struct sigaction action = {.sa_handler = on_child};
  sigaction(SIGCHLD, &action, NULL);
  action.sa_handler = on_alarm;
  sigaction(SIGALRM, &action, NULL);

  sigset_t child_only, before;
  sigemptyset(&child_only);
  sigaddset(&child_only, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child_only, &before);
  for (int i = 0; i < kChildren; ++i) {
    pid_t child = fork();
    if (child < 0) return 2;
    if (child == 0) {
      nanosleep(&(struct timespec){.tv_nsec = i * 100 * 1000 * 1000}, NULL);
      _exit(0);
    }
  }
  alarm(1);
  while (reaped < kChildren) sigsuspend(&before);
  printf("%d children reaped\n", (int)reaped);
  return 0;
}
