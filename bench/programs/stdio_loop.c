// An unbuffered fwrite into a pipe and a read: the write happens inside libc.
#include <unistd.h>

#include "loop.h"

int main(int argc, char** argv) {
  int ends[2];
  char byte = 'x';
  if (pipe(ends) != 0) return 1;
  FILE* stream = fdopen(ends[1], "w");
  if (stream == NULL || setvbuf(stream, NULL, _IONBF, 0) != 0) return 1;
  FLINCH_BENCH_LOOP(limit_s(argc, argv), 200, {
    if (fwrite(&byte, 1, 1, stream) != 1 || read(ends[0], &byte, 1) != 1) return 2;
  });
  return 0;
}
