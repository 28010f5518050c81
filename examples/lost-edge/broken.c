// The mistake: edge-triggered epoll, and one read per event. Two messages that arrive before the
// program looks make one event; the second stays in the socket, and no event will ever tell of it.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { kMessage = 64, kMessages = 2, kPatienceMs = 700 };

static int listen_locally(struct sockaddr_in* where) {
  *where = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof *where;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || bind(fd, (struct sockaddr*)where, size) != 0 || listen(fd, 1) != 0) return -1;
  return getsockname(fd, (struct sockaddr*)where, &size) == 0 ? fd : -1;
}

static int serve(struct sockaddr_in where) {
  static const char message[kMessage];
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(fd, (struct sockaddr*)&where, sizeof where) != 0) return 1;
  for (int i = 0; i < kMessages; ++i) {
    if (send(fd, message, kMessage, MSG_NOSIGNAL) != kMessage) return 1;
    nanosleep(&(struct timespec){.tv_nsec = 100 * 1000 * 1000}, NULL);
  }
  // The connection stays open until the program has had enough of it: a close would be an edge.
  char byte;
  return recv(fd, &byte, 1, 0) < 0;
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
  int epoll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN | EPOLLET};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) return 2;

  size_t have = 0;
  while (have < kMessage * kMessages) {
    int events = epoll_wait(epoll, &event, 1, kPatienceMs);
    if (events < 0 && errno == EINTR) continue;
    if (events <= 0) break;
    char buffer[kMessage];
    ssize_t count = recv(fd, buffer, sizeof buffer, 0);
    if (count > 0) have += (size_t)count;
  }
  close(fd);
  waitpid(server, NULL, 0);
  printf("%zu messages\n", have / kMessage);
  return have == kMessage * kMessages ? 0 : 1;
}
