// The mistake: header and body, which the peer writes one after the other, are expected in one read.
// That works for as long as the reader is slower than the writer.
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { kBody = 1000 };

struct Message {
  uint32_t size;
  char body[kBody];
};

static int send_message(int fd) {
  uint32_t size = kBody;
  char body[kBody];
  memset(body, 'x', sizeof body);
  if (write(fd, &size, sizeof size) != sizeof size) return 1;
  if (write(fd, body, sizeof body) != sizeof body) return 1;
  char last;  // Stays until the reader hangs up.
  return read(fd, &last, 1) != 0;
}

int main(void) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 2;
  pid_t sender = fork();
  if (sender < 0) return 2;
  if (sender == 0) {
    close(ends[0]);
    _exit(send_message(ends[1]));
  }
  close(ends[1]);

  // The reader is busy with something else while the message arrives.
  nanosleep(&(struct timespec){.tv_nsec = 200 * 1000 * 1000}, NULL);

  struct Message message = {0};
  if (read(ends[0], &message, sizeof message) < (ssize_t)sizeof message.size) return 1;

  size_t good = 0;
  while (good < message.size && good < kBody && message.body[good] == 'x') ++good;
  if (message.size != kBody || good != kBody) {
    fprintf(stderr, "the header says %u bytes, %zu of them are there\n", message.size, good);
    return 1;
  }
  close(ends[0]);
  waitpid(sender, NULL, 0);
  puts("1000 bytes as announced");
  return 0;
}
