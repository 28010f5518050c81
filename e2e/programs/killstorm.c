// Children that are killed wherever they happen to be, in their calls, in fork and in vfork: killstorm KIND,
// with KIND threads, fork or vfork. Nothing of theirs may outlive them: the pipe they held comes to its end.
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "robust.h"

enum { kChildren = 60 };

static atomic_ulong* rounds;

static void* exchange_for_ever(void* argument) {
  const int* ends = argument;
  char bytes[8];
  for (;;) {
    write_all(ends[1], "aaaa", 4);
    if (read(ends[0], bytes, sizeof bytes) < 0 && errno != EINTR) fail("read");
    atomic_fetch_add(rounds, 1);
  }
  return NULL;
}

static void be_threads(void) {
  int ends[2];
  pthread_t thread;
  if (pipe(ends) != 0) fail("pipe");
  for (int i = 0; i < 3; ++i)
    if (pthread_create(&thread, NULL, exchange_for_ever, ends) != 0) fail("pthread_create");
  exchange_for_ever(ends);
}

static void wait_for(pid_t child) {
  while (waitpid(child, NULL, 0) < 0)
    if (errno != EINTR) fail("waitpid");
}

static void fork_for_ever(void) {
  for (;;) {
    pid_t child = fork();
    if (child == 0) _exit(0);
    if (child > 0) wait_for(child);
    atomic_fetch_add(rounds, 1);
  }
}

static void vfork_for_ever(void) {
  for (;;) {
    pid_t child = vfork();
    if (child == 0) {
      execl("/bin/true", "true", (char*)NULL);
      _exit(1);
    }
    if (child > 0) wait_for(child);
    atomic_fetch_add(rounds, 1);
  }
}

int main(int argc, char** argv) {
  int held[2], killed = 0;
  if (argc != 2 || pipe(held) != 0) fail("pipe");
  rounds = mmap(NULL, sizeof *rounds, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (rounds == MAP_FAILED) fail("mmap");
  for (unsigned i = 0; i < kChildren; ++i) {
    unsigned long before = atomic_load(rounds);
    pid_t child = fork();
    if (child < 0) fail("fork");
    if (child == 0) {
      close(held[0]);
      if (strcmp(argv[1], "threads") == 0) be_threads();
      if (strcmp(argv[1], "fork") == 0) fork_for_ever();
      vfork_for_ever();
    }
    // At another moment each time: the work itself is the clock.
    while (atomic_load(rounds) < before + 1 + i % 3) sched_yield();
    for (unsigned spin = 0; spin < i * 7919 % 100; ++spin) sched_yield();
    kill(child, SIGKILL);
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
      if (errno != EINTR) fail("waitpid");
    killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  }
  close(held[1]);
  char byte;
  printf("%s: %d killed, %zu bytes left\n", argv[1], killed, read_all(held[0], &byte, 1));
  return 0;
}
