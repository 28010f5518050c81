// Large blocking transfers while signals come that the program ignores, in a program that also has a handler
// without SA_RESTART. Alone, each transfer is made in one piece.
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "robust.h"

enum { kSize = 1 << 20 };

static unsigned char bytes[kSize];

static void count(int signal) { (void)signal; }

// Reads all, and bothers its parent at every step. 0 if every byte came once and in order.
static int drain(int fd) {
  unsigned char part[4096];
  for (size_t all = 0;;) {
    kill(getppid(), SIGWINCH);
    ssize_t got = read(fd, part, sizeof part);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("read");
    if (got == 0) return all == kSize ? 0 : 1;
    if (all + (size_t)got > kSize || memcmp(part, bytes + all, (size_t)got) != 0) return 2;
    all += (size_t)got;
  }
}

static ssize_t by_write(int fd) { return write(fd, bytes, kSize); }

static ssize_t by_writev(int fd) {
  struct iovec parts[3] = {
      {bytes, 1000}, {bytes + 1000, kSize / 2}, {bytes + 1000 + kSize / 2, kSize / 2 - 1000}};
  return writev(fd, parts, 3);
}

static ssize_t by_send(int fd) { return send(fd, bytes, kSize, 0); }

static ssize_t by_sendmsg(int fd) {
  struct iovec parts[2] = {{bytes, kSize / 4}, {bytes + kSize / 4, kSize - kSize / 4}};
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
  return sendmsg(fd, &message, 0);
}

static void transfer(const char* name, ssize_t (*call)(int), int reader, int writer) {
  pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    close(writer);
    _exit(drain(reader));
  }
  close(reader);
  ssize_t done = call(writer);
  close(writer);
  int status = -1;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) fail("waitpid");
  printf("%s: %zd, status %#x\n", name, done, status);
}

// The reader goes away once the pipe is full: the write says how much went in, for SIGPIPE is ignored. It was
// asked for its rest again and again.
static void lose_reader(const char* name, ssize_t (*call)(int)) {
  int ends[2];
  if (pipe(ends) != 0) fail("pipe");
  pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    close(ends[1]);
    for (int queued = 0; queued < 65536;)
      if (ioctl(ends[0], FIONREAD, &queued) != 0) fail("ioctl");
    _exit(0);
  }
  close(ends[0]);
  ssize_t first = call(ends[1]);
  ssize_t second = call(ends[1]);
  printf("%s without a reader: %zd, then %zd %s\n", name, first, second, strerror(errno));
  close(ends[1]);
  while (waitpid(child, NULL, 0) < 0)
    if (errno != EINTR) fail("waitpid");
}

int main(int argc, char** argv) {
  struct sigaction action = {.sa_handler = count};
  sigaction(SIGUSR1, &action, NULL);
  signal(SIGPIPE, SIG_IGN);
  setvbuf(stdout, NULL, _IOLBF, 0);
  fill(bytes, sizeof bytes);
  if (argc > 1 && strcmp(argv[1], "readerless") == 0) {
    lose_reader("write", by_write);
    lose_reader("writev", by_writev);
    return 0;
  }
  int ends[2];
  if (pipe(ends) != 0) fail("pipe");
  transfer("write", by_write, ends[0], ends[1]);
  if (pipe(ends) != 0) fail("pipe");
  transfer("writev", by_writev, ends[0], ends[1]);
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) fail("socketpair");
  transfer("send", by_send, ends[0], ends[1]);
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) fail("socketpair");
  transfer("sendmsg", by_sendmsg, ends[0], ends[1]);
  return 0;
}
