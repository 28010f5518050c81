// The least that any supervisor costs: read and write are notified and let go on, and nothing else is done.
//
//   notify_floor PROGRAM [ARGUMENT...]
//
// What flinch takes beyond this is flinch's; this much is the kernel's (seccomp_unotify(2)).
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int install(void) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_read, 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = {sizeof code / sizeof *code, code};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                      SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &program);
}

union control {
  struct cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int))];
};

static struct msghdr message(struct iovec* part, union control* control) {
  return (struct msghdr){
      .msg_iov = part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof *control};
}

int main(int argc, char** argv) {
  int ends[2];
  char byte = 0;
  struct iovec part = {&byte, 1};
  union control control = {{0}};
  struct msghdr envelope = message(&part, &control);
  if (argc < 2 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return 2;
  const pid_t child = fork();
  if (child == 0) {
    int listener = install();
    control.header = (struct cmsghdr){CMSG_LEN(sizeof listener), SOL_SOCKET, SCM_RIGHTS};
    memcpy(CMSG_DATA(&control.header), &listener, sizeof listener);
    if (listener < 0 || sendmsg(ends[1], &envelope, 0) != 1) _exit(2);
    execvp(argv[1], argv + 1);
    _exit(127);
  }
  close(ends[1]);
  if (child < 0 || recvmsg(ends[0], &envelope, MSG_CMSG_CLOEXEC) != 1) return 2;
  int listener;
  memcpy(&listener, CMSG_DATA(&control.header), sizeof listener);
  ioctl(listener, _IOW('!', 4, unsigned long), 1UL);  // SECCOMP_IOCTL_NOTIF_SET_FLAGS: wake on our core
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN};
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  while (epoll_wait(epoll, &event, 1, -1) == 1 && (event.events & EPOLLIN) != 0) {
    struct seccomp_notif call = {0};
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) continue;
    struct seccomp_notif_resp answer = {.id = call.id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
