// A correct edge-triggered epoll loop on non-blocking sockets: it reads and writes until EAGAIN, so an
// EAGAIN that consumes an edge without giving it back hangs it for ever.
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "robust.h"

enum { kSize = 400000 };
static unsigned char out[kSize], in[kSize];

/// Sends `out` and takes the peer's bytes at once, each as far as it goes at every edge.
static int exchange(int fd) {
  int loop = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event wanted = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.fd = fd}};
  if (loop < 0 || epoll_ctl(loop, EPOLL_CTL_ADD, fd, &wanted) != 0) fail("epoll");
  size_t sent = 0, got = 0;
  while (sent < kSize || got < kSize) {
    struct epoll_event event;
    int ready = epoll_wait(loop, &event, 1, -1);
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) fail("epoll_wait");
    while (sent < kSize) {
      ssize_t done = write(fd, out + sent, kSize - sent);
      if (done > 0)
        sent += (size_t)done;
      else if (errno == EAGAIN)
        break;
      else if (errno != EINTR)
        fail("write");
    }
    while (got < kSize) {
      ssize_t done = read(fd, in + got, kSize - got);
      if (done > 0)
        got += (size_t)done;
      else if (done == 0)
        return 2;
      else if (errno == EAGAIN)
        break;
      else if (errno != EINTR)
        fail("read");
    }
  }
  return memcmp(in, out, kSize) == 0 ? 0 : 1;
}

int main(void) {
  int pair[2];
  fill(out, kSize);
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) != 0) fail("socketpair");
  pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    close(pair[0]);
    _exit(exchange(pair[1]));
  }
  close(pair[1]);
  int mine = exchange(pair[0]), theirs = 0;
  while (waitpid(child, &theirs, 0) < 0 && errno == EINTR) {
  }
  printf("parent %d, child %d\n", mine, theirs);
  return mine != 0 || theirs != 0;
}
