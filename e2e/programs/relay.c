// parent -> pipe -> child -> Unix stream -> parent: more than either holds, in uneven pieces.
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "robust.h"

enum { kSize = 200000 };
static unsigned char sent[kSize], received[kSize];

static int child(int from, int to) {
  unsigned char piece[3000];
  for (;;) {
    size_t got = read_all(from, piece, sizeof piece);
    write_all(to, piece, got);
    if (got < sizeof piece) return 0;
  }
}

int main(void) {
  int to_child[2], from_child[2];
  if (pipe(to_child) != 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, from_child) != 0) fail("pipe");
  fflush(stdout);
  pid_t reader = fork();
  if (reader < 0) fail("fork");
  if (reader == 0) {
    close(to_child[1]);
    close(from_child[0]);
    _exit(child(to_child[0], from_child[1]));
  }
  close(to_child[0]);
  close(from_child[1]);
  pid_t writer = fork();
  if (writer < 0) fail("fork");
  if (writer == 0) {
    fill(sent, kSize);
    write_all(to_child[1], sent, kSize);
    _exit(0);
  }
  close(to_child[1]);
  struct pollfd wait = {.fd = from_child[0], .events = POLLIN, .revents = 0};
  size_t total = 0;
  while (total < kSize) {
    int ready = poll(&wait, 1, -1);
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) fail("poll");
    ssize_t got = read(from_child[0], received + total, kSize - total);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) fail("read");
    if (got == 0) break;
    total += (size_t)got;
  }
  int failures = 0;
  for (int i = 0; i < 2; ++i) {
    int status = 0;
    pid_t ended;
    do ended = wait4(-1, &status, 0, NULL);
    while (ended < 0 && errno == EINTR);
    failures += status != 0;
  }
  fill(sent, kSize);
  printf("%zu bytes, %s, %d failures\n", total, memcmp(sent, received, kSize) == 0 ? "the same" : "DIFFERENT",
         failures);
  return total == kSize && failures == 0 ? 0 : 1;
}
