// The part that all programs of as_c_program() share: it starts processes, has them make the calls, and says
// who answers and who waits.
#pragma once

namespace flinch::conformance {

inline constexpr const char* kDriverBefore = R"(#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum kind { SYSTEM_CALL, FORK, EXIT };

struct step {
  int thread;
  enum kind kind;
  int child; /* of FORK: the number of the new thread */
  const char* text;
  long number;
  long arguments[6];
  void (*prepare)(void);
};

/* Bytes that no other step writes. */
__attribute__((unused)) static void fill(unsigned long place, unsigned long size, unsigned step) {
  unsigned value = step * 2654435761U + 1;
  for (unsigned long i = 0; i < size; ++i) {
    value = value * 1664525U + 1013904223U;
    ((unsigned char*)place)[i] = (unsigned char)(value >> 24 | 1);
  }
}

__attribute__((unused)) static void put(unsigned long place, const char* bytes, unsigned long size) {
  memcpy((void*)place, bytes, size);
}
)";

inline constexpr const char* kDriverAfter = R"(
enum { THREADS_MAX = 64 };
struct slot {
  atomic_int asked, answered, sigpipes;
  const struct step* step;
  long result;
  pid_t pid;
};
static struct slot* slots;
static struct slot* own;

static void note(int signal) {
  (void)signal;
  atomic_fetch_add(&own->sigpipes, 1);
}

static void act(int thread) {
  own = &slots[thread];
  own->pid = getpid();
  struct sigaction action = {.sa_handler = note};
  sigaction(SIGPIPE, &action, NULL);
  for (;;) {
    while (atomic_load(&own->asked) == atomic_load(&own->answered)) sched_yield();
    const struct step* step = own->step;
    const long* a = step->arguments;
    if (step->kind == EXIT) _exit((int)a[0]);
    if (step->kind == FORK) {
      pid_t child = fork();
      if (child == 0) { /* goes on in its own place */
        own = &slots[step->child];
        own->pid = getpid();
        continue;
      }
      slots[step->child].pid = child;
      own->result = step->child;
    } else {
      own->result = syscall(step->number, a[0], a[1], a[2], a[3], a[4], a[5]);
      if (own->result == -1) own->result = -errno;
    }
    atomic_fetch_add(&own->answered, 1);
  }
}

/* 0 done, 1 asleep in its call, 2 neither yet */
static int look(struct slot* slot) {
  char path[64], text[128] = "";
  if (atomic_load(&slot->asked) == atomic_load(&slot->answered)) return 0;
  snprintf(path, sizeof path, "/proc/%d/syscall", (int)slot->pid);
  FILE* file = fopen(path, "r");
  if (file == NULL) return 2;
  char* line = fgets(text, sizeof text, file);
  fclose(file);
  if (line == NULL || strncmp(text, "running", 7) == 0) return 2;
  if (slot->step->kind == EXIT) return atol(text) == -1 ? 0 : 2;
  return slot->step->kind == SYSTEM_CALL && atol(text) == slot->step->number ? 1 : 2;
}

int main(void) {
  char folder[] = "/tmp/conformance-XXXXXX";
  int was_busy[THREADS_MAX] = {0};
  slots = mmap(NULL, sizeof *slots * THREADS_MAX, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  void* memory = mmap((void*)MEMORY, MEMORY_SIZE, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  if (slots == MAP_FAILED || memory != (void*)MEMORY || mkdtemp(folder) == NULL) return 2;
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  pid_t first = fork();
  if (first == 0) {
    struct rlimit limit = {DESCRIPTORS, DESCRIPTORS};
    if (chdir(folder) != 0) _exit(2);
    close_range(0, ~0U, 0);
    setrlimit(RLIMIT_NOFILE, &limit);
    act(0);
  }
  slots[0].pid = first;
  for (unsigned i = 0; i < sizeof steps / sizeof *steps; ++i) {
    struct slot* slot = &slots[steps[i].thread];
    if (steps[i].prepare != NULL) steps[i].prepare();
    slot->step = &steps[i];
    was_busy[steps[i].thread] = 1;
    printf("thread %d: %s\n", steps[i].thread, steps[i].text);
    atomic_fetch_add(&slot->asked, 1);
    /* Nothing moves any more when one look at everybody finds all of them done or asleep. */
    for (int moves = 1; moves;) {
      moves = 0;
      for (int t = 0; t < THREADS_MAX; ++t) moves |= was_busy[t] && look(&slots[t]) == 2;
      if (moves) sched_yield();
    }
    for (int t = 0; t < THREADS_MAX; ++t) {
      struct slot* other = &slots[t];
      if (!was_busy[t] || (was_busy[t] = look(other)) != 0) continue;
      if (other->step->kind == EXIT) continue;
      printf("  thread %d: = %ld%s%s%s\n", t, other->result < 0 ? -1 : other->result, other->result < 0 ? " " : "",
             other->result < 0 ? strerrorname_np((int)-other->result) : "",
             atomic_exchange(&other->sigpipes, 0) != 0 ? ", SIGPIPE" : "");
    }
    for (int t = 0; t < THREADS_MAX; ++t)
      if (was_busy[t]) printf("  thread %d waits\n", t);
  }
  for (int t = 0; t < THREADS_MAX; ++t)
    if (slots[t].pid > 0) kill(slots[t].pid, SIGKILL);
  while (wait(NULL) > 0) {
  }
  char command[128];
  snprintf(command, sizeof command, "rm -rf '%s'", folder);
  return system(command) == 0 ? 0 : 2;
}
)";

}  // namespace flinch::conformance
