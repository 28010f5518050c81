// The mistake: a signal handler writes a byte into a non-blocking pipe to wake the main loop, and a
// full pipe is taken for an impossible failure. A pipe holds 64 KiB as a rule, but two pages once the
// user has many pipes (pipe(7), pipe-user-pages-soft).
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { kSignals = 20000 };

static int wake_ends[2];

static void on_signal(int signal_number) {
  (void)signal_number;
  int saved_errno = errno;
  if (write(wake_ends[1], "!", 1) != 1) {
    static const char text[] = "cannot write to the wake-up pipe\n";
    ssize_t ignored = write(STDERR_FILENO, text, strlen(text));
    (void)ignored;
    _exit(1);
  }
  errno = saved_errno;
}

int main(void) {
  if (pipe(wake_ends) != 0) return 2;
  fcntl(wake_ends[0], F_SETFL, O_NONBLOCK);
  fcntl(wake_ends[1], F_SETFL, O_NONBLOCK);
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGUSR1, &action, NULL);

  // A long piece of work, during which the main loop does not look at the pipe.
  for (int i = 0; i < kSignals; ++i) raise(SIGUSR1);

  char buffer[4096];
  int awake = 0;
  while (read(wake_ends[0], buffer, sizeof buffer) > 0) awake = 1;
  puts(awake ? "woken" : "asleep");
  return awake ? 0 : 1;
}
