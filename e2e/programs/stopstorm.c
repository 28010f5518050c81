// Four pairs of threads that exchange numbered bytes in a child, which is stopped and continued a hundred and fifty times
// wherever it happens to be: no call may answer wrongly, no mask may change, and stopped has to mean stopped.
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "robust.h"

enum { kPairs = 4, kStops = 150 };

struct shared {
  atomic_ulong rounds;
  atomic_bool enough;
};

static struct shared* shared;

static void say_and_leave(const char* what, long number) {
  fprintf(stderr, "%s %ld: %s\n", what, number, strerror(errno));
  exit(9);
}

static void* write_numbers(void* argument) {
  const int* ends = argument;
  for (unsigned char next = 0; !atomic_load(&shared->enough); ++next) {
    char bytes[8];
    memset(bytes, next, sizeof bytes);
    struct iovec parts[2] = {{bytes, 3}, {bytes + 3, 5}};
    ssize_t done = writev(ends[1], parts, 2);
    if (done != 8) say_and_leave("writev", done);
    atomic_fetch_add(&shared->rounds, 1);
  }
  close(ends[1]);
  return NULL;
}

static void* read_numbers(void* argument) {
  const int* ends = argument;
  unsigned long got = 0;
  for (;;) {
    unsigned char bytes[8];
    struct iovec parts[2] = {{bytes, 3}, {bytes + 3, 5}};
    ssize_t done = readv(ends[0], parts, 2);
    if (done < 0) say_and_leave("readv", done);
    if (done == 0) break;
    for (ssize_t i = 0; i < done; ++i, ++got)
      if (bytes[i] != (unsigned char)(got / 8)) say_and_leave("wrong byte", (long)got);
    sigset_t blocked;
    pthread_sigmask(SIG_BLOCK, NULL, &blocked);
    for (int signal = 1; signal < 32; ++signal)
      if (sigismember(&blocked, signal)) say_and_leave("blocked signal", signal);
  }
  if (got % 8 != 0) say_and_leave("bytes", (long)got);
  return NULL;
}

static int work(void) {
  static int ends[kPairs][2];
  pthread_t threads[2 * kPairs];
  for (int i = 0; i < kPairs; ++i) {
    if (pipe(ends[i]) != 0 || pthread_create(&threads[2 * i], NULL, write_numbers, ends[i]) != 0 ||
        pthread_create(&threads[2 * i + 1], NULL, read_numbers, ends[i]) != 0)
      fail("threads");
  }
  for (int i = 0; i < 2 * kPairs; ++i) pthread_join(threads[i], NULL);
  return 0;
}

// 'T' in stat(5) is stopped; 't' would be a tracer's stop.
static char state_of(pid_t pid) {
  char name[64], line[512] = "";
  snprintf(name, sizeof name, "/proc/%d/stat", pid);
  FILE* file = fopen(name, "r");
  if (file == NULL || fgets(line, sizeof line, file) == NULL) fail(name);
  fclose(file);
  return strrchr(line, ')')[2];
}

int main(void) {
  int status = 0, stopped = 0;
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) fail("mmap");
  pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) return work();
  unsigned long before = 0;
  for (int i = 0; i < kStops; ++i) {
    // Somewhere else each time.
    while (atomic_load(&shared->rounds) < before + 3 + (unsigned)i % 5) sched_yield();
    kill(child, SIGSTOP);
    while (waitpid(child, &status, WUNTRACED) < 0)
      if (errno != EINTR) fail("waitpid");
    if (!WIFSTOPPED(status)) break;
    before = atomic_load(&shared->rounds);
    for (int spin = 0; spin < 200; ++spin) sched_yield();
    stopped += state_of(child) == 'T' && atomic_load(&shared->rounds) == before;
    kill(child, SIGCONT);
  }
  atomic_store(&shared->enough, true);
  if (stopped == kStops)
    while (waitpid(child, &status, 0) < 0)
      if (errno != EINTR) fail("waitpid");
  printf("stopped %d times, status %#x\n", stopped, status);
  return 0;
}
