// A child confines itself to a few system calls, as a sandbox does, and goes on talking through a pipe and a
// socket: sandbox HOW WHEN. HOW is kill or errno: what its filter does with other calls. WHEN is warm
// or cold: whether calls were made before, or asleep: the child sleeps while a signal comes that it ignores, and
// which it has not allowed itself the restart_syscall(2) for.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "robust.h"

#define LET(name) \
  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static void confine(const char* how) {
  const unsigned other = strcmp(how, "kill") == 0 ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | EPERM;
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      LET(read),
      LET(write),
      LET(recvfrom),
      LET(sendto),
      LET(clock_nanosleep),
      LET(kill),
      LET(exit),
      LET(exit_group),
      LET(rt_sigreturn),
      BPF_STMT(BPF_RET | BPF_K, other),
  };
  struct sock_fprog program = {sizeof code / sizeof *code, code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail("no_new_privs");
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) fail("prctl");
}

static void exchange(const int* ends) {
  char bytes[8];
  write_all(ends[1], "01234567", sizeof bytes);
  if (read_all(ends[0], bytes, sizeof bytes) != sizeof bytes) _exit(3);
  if (memcmp(bytes, "01234567", sizeof bytes) != 0) _exit(4);
}

static void nothing(int signal) { (void)signal; }

// Another process bothers the child a hundred times. It ends if it sleeps as often as it wants to.
static void sleep_bothered(const char* how) {
  // A handler without SA_RESTART, for a signal that never comes.
  struct sigaction action = {.sa_handler = nothing};
  sigaction(SIGUSR1, &action, NULL);
  pid_t sleeper = getpid();
  pid_t bother = fork();
  if (bother < 0) _exit(7);
  if (bother == 0) {
    for (int i = 0; i < 100 && kill(sleeper, SIGWINCH) == 0; ++i) usleep(500);
    _exit(0);
  }
  confine(how);
  struct timespec moment = {0, 2000000};
  for (int i = 0; i < 50; ++i)
    if (clock_nanosleep(CLOCK_MONOTONIC, 0, &moment, NULL) != 0) _exit(8);
}

static void exchange_datagram(const int* ends) {
  char bytes[3];
  if (send(ends[0], "abc", 3, 0) != 3) _exit(5);
  if (recv(ends[1], bytes, 3, 0) != 3) _exit(6);
}

int main(int argc, char** argv) {
  int ends[2], sockets[2], status;
  if (argc != 3 || pipe(ends) != 0 || socketpair(AF_UNIX, SOCK_DGRAM, 0, sockets) != 0) fail("ends");
  if (strcmp(argv[2], "warm") == 0) exchange(ends);
  pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    if (strcmp(argv[2], "asleep") == 0) {
      sleep_bothered(argv[1]);
      _exit(0);
    }
    confine(argv[1]);
    for (int i = 0; i < 20; ++i) {
      exchange(ends);
      exchange_datagram(sockets);
    }
    _exit(0);
  }
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) fail("waitpid");
  printf("%s %s: status %#x\n", argv[1], argv[2], status);
  return 0;
}
