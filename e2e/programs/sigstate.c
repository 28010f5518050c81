// What the process finds set for every signal when it starts, and that sigaction gives back what it was
// given; also pending signals, the alternate stack and the thread's mask.
#include <signal.h>
#include <string.h>

#include "robust.h"

static void handler(int number) { (void)number; }

int main(void) {
  sigset_t mask, pending;
  stack_t stack;
  sigprocmask(SIG_BLOCK, NULL, &mask);
  sigpending(&pending);
  sigaltstack(NULL, &stack);
  printf("alternate stack flags %d\n", stack.ss_flags);
  for (int number = 1; number < 65; ++number) {
    struct sigaction old, set, back;
    if (sigaction(number, NULL, &old) != 0) {
      printf("%d refused errno %d\n", number, errno);
      continue;
    }
    memset(&set, 0, sizeof set);
    set.sa_handler = handler;
    set.sa_flags = SA_RESTART | SA_NODEFER;
    sigaddset(&set.sa_mask, SIGHUP);
    int answer = sigaction(number, &set, NULL);
    sigaction(number, NULL, &back);
    printf("%d %s flags %x blocked %d pending %d set %d back %d %x %d\n", number,
           old.sa_handler == SIG_DFL   ? "default"
           : old.sa_handler == SIG_IGN ? "ignored"
                                       : "HANDLER",
           (unsigned)old.sa_flags, sigismember(&mask, number), sigismember(&pending, number), answer,
           back.sa_handler == handler, (unsigned)(back.sa_flags & (SA_RESTART | SA_NODEFER | SA_SIGINFO)),
           sigismember(&back.sa_mask, SIGHUP));
  }
  return 0;
}
