// Mended: after EAGAIN it waits in poll(), so it needs no budget. See broken.c for the mistake.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kMessages = 64 };

static int listen_locally(struct sockaddr_in* where) {
  *where = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof *where;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || bind(fd, (struct sockaddr*)where, size) != 0 || listen(fd, 1) != 0) return -1;
  return getsockname(fd, (struct sockaddr*)where, &size) == 0 ? fd : -1;
}

static int serve(struct sockaddr_in where) {
  int data[kMessages];
  for (int i = 0; i < kMessages; ++i) data[i] = i;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(fd, (struct sockaddr*)&where, sizeof where) != 0) return 1;
  char end;  // once all is there and nothing more can come, EAGAIN is no answer
  return send(fd, data, sizeof data, MSG_NOSIGNAL) != sizeof data || read(fd, &end, 1) != 0;
}

static int wait_readable(int fd) {
  struct pollfd ready = {.fd = fd, .events = POLLIN};
  return poll(&ready, 1, -1);
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
  if (wait_readable(fd) < 0) return 1;

  for (int expected = 0; expected < kMessages;) {
    int message;
    if (recv(fd, &message, sizeof message, 0) == sizeof message) {
      if (message != expected++) return 1;
    } else if (errno != EAGAIN || wait_readable(fd) < 0) {
      fprintf(stderr, "gave up after %d of %d messages\n", expected, kMessages);
      return 1;
    }
  }
  close(fd);
  waitpid(server, NULL, 0);
  printf("%d messages\n", kMessages);
  return 0;
}
