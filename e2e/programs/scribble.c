// A hostile program: fills whatever is mapped writable at the shared control block with noise, between
// rounds of ordinary IPC. Says first how many bytes it found, so that a test knows whether it got there.
#include <string.h>
#include <sys/wait.h>

#include "robust.h"

static const unsigned long kControl = 0x7ea001000000, kEnd = 0x7eb000000000;

static void spoil(uint64_t seed) {
  unsigned long begin[64], end[64], found = 0;
  int count = 0;
  FILE* maps = fopen("/proc/self/maps", "r");
  if (maps == NULL) fail("maps");
  char line[512], mode[8];
  while (count < 64 && fgets(line, sizeof line, maps) != NULL)
    if (sscanf(line, "%lx-%lx %7s", &begin[count], &end[count], mode) == 3 && mode[1] == 'w' &&
        begin[count] >= kControl && begin[count] < kEnd)
      ++count;
  fclose(maps);
  for (int i = 0; i < count; ++i) found += end[i] - begin[i];
  if (seed == 1) printf("found %lu\n", found);
  fflush(stdout);
  for (int i = 0; i < count; ++i)
    for (unsigned long at = begin[i]; at < end[i]; at += 8) {
      seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
      *(volatile uint64_t*)at = seed;
    }
}

int main(void) {
  for (uint64_t round = 1; round <= 4; ++round) {
    spoil(round);
    int ends[2];
    char byte = 0;
    if (pipe(ends) != 0) fail("pipe");
    for (int i = 0; i < 500; ++i) {
      write_all(ends[1], "x", 1);
      if (read_all(ends[0], &byte, 1) != 1 || byte != 'x') fail("pipe's byte");
    }
    pid_t child = fork();
    if (child == 0) _exit(write(ends[1], "y", 1) == 1 ? 0 : 1);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
    }
    close(ends[0]);
    close(ends[1]);
  }
  printf("done\n");
  return 0;
}
