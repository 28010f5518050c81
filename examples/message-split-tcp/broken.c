// The mistake: what one send() sent is expected from one recv(). TCP carries bytes, not messages; the
// loopback device rarely shows it, a real network does.
#include <arpa/inet.h>
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
  ssize_t count;
  while ((count = recv(fd, buffer, sizeof buffer - 1, 0)) > 0) {
    buffer[count] = '\0';
    char* rest = NULL;
    for (char* line = strtok_r(buffer, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
      if (!handle(line)) return 1;
  }
  waitpid(server, NULL, 0);
  printf("%d lines\n", lines_seen);
  return lines_seen == kLineCount ? 0 : 1;
}
