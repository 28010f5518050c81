// Mended: keeps what is left of a line until its end arrives. See broken.c for the mistake.
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const char* const kLines[] = {"alpha", "beta", "gamma"};
enum { kLineCount = 3 };

static int listen_locally(struct sockaddr_in* where) {
  *where = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof *where;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || bind(fd, (struct sockaddr*)where, size) != 0 || listen(fd, 1) != 0) return -1;
  return getsockname(fd, (struct sockaddr*)where, &size) == 0 ? fd : -1;
}

static int serve(struct sockaddr_in where) {
  static const char text[] = "alpha\nbeta\ngamma\n";
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(fd, (struct sockaddr*)&where, sizeof where) != 0) return 1;
  return send(fd, text, strlen(text), MSG_NOSIGNAL) != (ssize_t)strlen(text);
}

static int lines_seen;

static int handle(const char* line) {
  if (lines_seen < kLineCount && strcmp(line, kLines[lines_seen]) == 0) return ++lines_seen;
  fprintf(stderr, "line %d is \"%s\"\n", lines_seen + 1, line);
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

  char buffer[256];
  size_t used = 0;
  for (;;) {
    ssize_t count = recv(fd, buffer + used, sizeof buffer - used, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    used += (size_t)count;
    char* line = buffer;
    char* end;
    while ((end = memchr(line, '\n', used - (size_t)(line - buffer)))) {
      *end = '\0';
      if (!handle(line)) return 1;
      line = end + 1;
    }
    used -= (size_t)(line - buffer);
    memmove(buffer, line, used);
  }
  waitpid(server, NULL, 0);
  printf("%d lines\n", lines_seen);
  return lines_seen == kLineCount ? 0 : 1;
}
