// The mistake: on a non-blocking socket, recv() <= 0 is taken for the end of the stream. A record comes
// in two reads, and its second half may be a moment late: then recv() answers EAGAIN.
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kSize = 64 * 1024, kRecord = 1024 };

static int listen_locally(struct sockaddr_in* where) {
  *where = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof *where;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  int small = 4096;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  if (fd < 0 || bind(fd, (struct sockaddr*)where, size) != 0 || listen(fd, 1) != 0) return -1;
  return getsockname(fd, (struct sockaddr*)where, &size) == 0 ? fd : -1;
}

static int serve(struct sockaddr_in where) {
  static char data[kSize];
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  int small = 4096;  // so that the end is not there before most of it is read
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
  if (connect(fd, (struct sockaddr*)&where, sizeof where) != 0) return 1;
  for (size_t sent = 0; sent < kSize;) {
    ssize_t count = send(fd, data + sent, kRecord, MSG_NOSIGNAL);
    if (count < 0) return 1;
    sent += (size_t)count;
  }
  return 0;
}

int main(void) {
  struct sockaddr_in where;
  int listener = listen_locally(&where);
  if (listener < 0) return 2;
  pid_t server = fork();
  if (server < 0) return 2;
  if (server == 0) _exit(serve(where));
  int fd = accept(listener, NULL, NULL);
  fcntl(fd, F_SETFL, O_NONBLOCK);

  size_t have = 0;
  for (;;) {
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    if (poll(&ready, 1, -1) < 0) return 1;
    char half[kRecord / 2];
    ssize_t first = recv(fd, half, sizeof half, 0);
    ssize_t second = recv(fd, half, sizeof half, 0);
    if (first <= 0 || second <= 0) break;
    have += (size_t)(first + second);
  }
  close(fd);
  waitpid(server, NULL, 0);
  printf("%zu bytes\n", have);
  return have == kSize ? 0 : 1;
}
