// The mistake: the result of write() is ignored. A blocking write of more than the pipe holds waits
// half-way for its reader, and if the process is stopped and continued there (Ctrl-Z and fg, a
// debugger, a container freezer), write() returns what it has written so far. No signal handler is
// needed. The rest is silently lost.
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kSize = 1 << 20, kChunk = 512 };

static unsigned char byte_at(size_t offset) { return (unsigned char)(offset * 31 + offset / 251); }

// Takes small bites, so that the writer soon has to wait.
static int check_stream(int fd) {
  unsigned char chunk[kChunk];
  size_t offset = 0;
  ssize_t count;
  while ((count = read(fd, chunk, sizeof chunk)) > 0) {
    for (ssize_t i = 0; i < count; ++i, ++offset) {
      if (chunk[i] == byte_at(offset)) continue;
      fprintf(stderr, "wrong byte at %zu\n", offset);
      return 1;
    }
  }
  if (offset == kSize) return 0;
  fprintf(stderr, "got %zu of %d bytes\n", offset, kSize);
  return 1;
}

int main(void) {
  static unsigned char data[kSize];
  for (size_t i = 0; i < kSize; ++i) data[i] = byte_at(i);

  int ends[2];
  if (pipe(ends) != 0) return 2;
  pid_t reader = fork();
  if (reader < 0) return 2;
  if (reader == 0) {
    close(ends[1]);
    _exit(check_stream(ends[0]));
  }
  close(ends[0]);
  ssize_t ignored = write(ends[1], data, sizeof data);
  (void)ignored;
  close(ends[1]);

  int status;
  if (waitpid(reader, &status, 0) != reader || status != 0) return 1;
  puts("1048576 bytes arrived");
  return 0;
}
