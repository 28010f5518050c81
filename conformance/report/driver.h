// The part that all programs of as_c_program() share: it starts processes, has them make the calls, and says
// who answers and who waits.
#pragma once

namespace flinch::conformance {

inline constexpr const char* kDriverBefore = R"(#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
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

enum kind { SYSTEM_CALL, FORK, EXIT, SIGACTION };

struct step {
  int thread;
  enum kind kind;
  int child; /* of FORK: the number of the new thread */
  const char* text;
  long number;
  long arguments[6];
  unsigned processes; /* arguments, as bits, that are numbers of threads and stand for their processes */
  unsigned groups;    /* or for their process groups */
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
  atomic_int asked, answered, handled;
  int signals[256];
  const struct step* step;
  long result;
  pid_t pid;
};
static struct slot* slots;
static struct slot* own;

static void note(int signal) {
  int place = atomic_fetch_add(&own->handled, 1);
  if (place < 256) own->signals[place] = signal;
}

asm(".text\nrestorer: mov $15, %eax\n  syscall\n"); /* rt_sigreturn */
extern void restorer(void);

/* What a signal does: SIG_DFL, SIG_IGN or note(). */
struct wanted {
  long handler;
  int flags;
  unsigned long mask;
};

static long use_action(const long* a) {
  const struct wanted* wanted = (const struct wanted*)a[1];
  struct {
    void* handler;
    unsigned long flags;
    void (*restorer)(void);
    unsigned long mask;
  } action = {NULL, 0x04000000, restorer, 0};
  if (wanted != NULL) {
    action.handler = wanted->handler == 2 ? (void*)note : (void*)wanted->handler;
    action.flags |= (unsigned)wanted->flags;
    action.mask = wanted->mask;
  }
  return syscall(SYS_rt_sigaction, a[0], wanted == NULL ? NULL : &action, NULL, 8);
}

static long make_call(const struct step* step) {
  long a[6];
  for (int i = 0; i < 6; ++i) {
    a[i] = step->processes >> i & 1 ? slots[step->arguments[i]].pid : step->arguments[i];
    if (step->groups >> i & 1) a[i] = -a[i];
  }
  return syscall(step->number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static void act(int thread) {
  own = &slots[thread];
  own->pid = getpid();
  for (;;) {
    int answered = atomic_load(&own->answered);
    while (atomic_load(&own->asked) == answered) syscall(SYS_futex, &own->asked, FUTEX_WAIT, answered, NULL);
    const struct step* step = own->step;
    if (step->kind == EXIT) _exit((int)step->arguments[0]);
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
      own->result = step->kind == SIGACTION ? use_action(step->arguments) : make_call(step);
      if (own->result == -1) own->result = -errno;
    }
    atomic_fetch_add(&own->answered, 1);
  }
}

enum state { DONE, ASLEEP, MOVING, STOPPED, DEAD };

static enum state look(struct slot* slot) {
  char path[64], text[256] = "", call[128] = "";
  snprintf(path, sizeof path, "/proc/%d/stat", (int)slot->pid);
  FILE* file = fopen(path, "r");
  if (file == NULL || fgets(text, sizeof text, file) == NULL) text[0] = 0;
  if (file != NULL) fclose(file);
  const char* end = strrchr(text, ')');
  if (end == NULL || end[2] == 'Z' || end[2] == 'X') return DEAD;
  if (end[2] == 'T') return STOPPED;
  if (end[2] != 'S') return MOVING;
  snprintf(path, sizeof path, "/proc/%d/syscall", (int)slot->pid);
  file = fopen(path, "r");
  if (file == NULL || fgets(call, sizeof call, file) == NULL) call[0] = 0;
  if (file != NULL) fclose(file);
  if (strncmp(call, "running", 7) == 0) return MOVING;
  if (atomic_load(&slot->asked) == atomic_load(&slot->answered)) return atol(call) == SYS_futex ? DONE : MOVING;
  int is_in_it = atol(call) == slot->step->number || atol(call) == SYS_restart_syscall;
  return slot->step->kind == SYSTEM_CALL && is_in_it ? ASLEEP : MOVING;
}

static void say(int thread, enum state state, int* was_busy) {
  struct slot* slot = &slots[thread];
  int has_answered = atomic_load(&slot->asked) == atomic_load(&slot->answered);
  int count = atomic_exchange(&slot->handled, 0);
  if (*was_busy && has_answered)
    printf("  thread %d: = %ld%s%s", thread, slot->result < 0 ? -1 : slot->result, slot->result < 0 ? " " : "",
           slot->result < 0 ? strerrorname_np((int)-slot->result) : "");
  else if (count > 0)
    printf("  thread %d handles", thread);
  for (int i = 0; i < count && i < 256; ++i) {
    const char* name = sigabbrev_np(slot->signals[i]);
    if (name != NULL)
      printf(", SIG%s", name);
    else
      printf(", signal %d", slot->signals[i]);
  }
  if ((*was_busy && has_answered) || count > 0) printf("\n");
  if (has_answered) *was_busy = 0;
  if (state == ASLEEP) printf("  thread %d waits\n", thread);
  if (state == STOPPED) printf("  thread %d is stopped\n", thread);
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
    struct rlimit no_core = {1, 1};
    setrlimit(RLIMIT_CORE, &no_core);
    setpgid(0, 0);
    struct sigaction action = {.sa_handler = note};
    sigaction(SIGPIPE, &action, NULL);
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
    syscall(SYS_futex, &slot->asked, FUTEX_WAKE, 1);
    /* Nothing moves any more when one look at everybody finds all of them done, asleep, stopped or dead. */
    enum state seen[THREADS_MAX];
    for (int moves = 1; moves;) {
      moves = 0;
      for (int t = 0; t < THREADS_MAX; ++t)
        if (slots[t].pid > 0) moves |= (seen[t] = look(&slots[t])) == MOVING;
      if (moves) sched_yield();
    }
    for (int t = 0; t < THREADS_MAX; ++t)
      if (slots[t].pid > 0 && seen[t] != DEAD) say(t, seen[t], &was_busy[t]);
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
