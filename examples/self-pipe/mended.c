// Mended: a full pipe wakes the loop as well as one more byte would. See broken.c for the mistake.
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
  if (write(wake_ends[1], "!", 1) != 1 && errno != EAGAIN) {
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
