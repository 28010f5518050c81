// A correct program that is checked for leaks at its end, and that has handlers without SA_RESTART: built with
// AddressSanitizer, whose checker attaches to every thread with ptrace(2).
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "robust.h"

enum { kThreads = 3, kRounds = 200 };

static atomic_int handled;
static int ends[2];

static void count(int signal) {
  (void)signal;
  atomic_fetch_add(&handled, 1);
}

static void* exchange(void* own) {
  for (int i = 0; i < kRounds; ++i) {
    write_all(ends[1], "x", 1);
    if (i % 20 == 0) raise(SIGUSR1);
    char byte;
    if (read_all(ends[0], &byte, 1) != 1) fail("read");
  }
  return own;
}

// Waits for ever in a call, and is found there by the checker.
static void* linger(void* own) {
  int silent[2];
  char byte;
  if (pipe(silent) != 0) fail("pipe");
  read_all(silent[0], &byte, 1);
  return own;
}

int main(void) {
  struct sigaction action = {.sa_handler = count};
  pthread_t threads[kThreads], lingering;
  sigaction(SIGUSR1, &action, NULL);
  if (pipe(ends) != 0 || pthread_create(&lingering, NULL, linger, NULL) != 0) fail("start");
  for (int i = 0; i < kThreads; ++i)
    if (pthread_create(&threads[i], NULL, exchange, NULL) != 0) fail("start");
  for (int i = 0; i < kThreads; ++i) pthread_join(threads[i], NULL);
  printf("%d handled\n", atomic_load(&handled));
  return 0;
}
