// The mistake: read() <= 0 is taken for the end of the file. With a handler that was installed without
// SA_RESTART (here for a resized terminal window), read() also answers -1 and EINTR.
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { kAnswers = 5 };

static volatile sig_atomic_t resized;

static void on_resize(int signal_number) {
  (void)signal_number;
  resized = 1;
}

// The worker thinks a little before each answer, so that its reader waits.
static int answer(int fd) {
  for (int i = 0; i < kAnswers; ++i) {
    nanosleep(&(struct timespec){.tv_nsec = 20 * 1000 * 1000}, NULL);
    if (write(fd, "answer\n", 7) != 7) return 1;
  }
  return 0;
}

int main(void) {
  struct sigaction action = {.sa_handler = on_resize};
  sigaction(SIGWINCH, &action, NULL);

  int ends[2];
  if (pipe(ends) != 0) return 2;
  pid_t worker = fork();
  if (worker < 0) return 2;
  if (worker == 0) {
    close(ends[0]);
    signal(SIGPIPE, SIG_IGN);
    _exit(answer(ends[1]));
  }
  close(ends[1]);

  int lines = 0;
  for (;;) {
    char buffer[64];
    ssize_t count = read(ends[0], buffer, sizeof buffer);
    if (count <= 0) break;
    for (ssize_t i = 0; i < count; ++i) lines += buffer[i] == '\n';
  }
  close(ends[0]);
  waitpid(worker, NULL, 0);
  printf("%d answers\n", lines);
  return lines == kAnswers ? 0 : 1;
}
