// 200 threads, every second one a writer to its neighbour; every byte arrives.
#include <pthread.h>

#include "robust.h"

enum { kPairs = 100, kBytes = 100 };
static int ends[kPairs][2];
static size_t received[kPairs];

static void* writer(void* index) {
  int i = (int)(intptr_t)index;
  for (int n = 0; n < kBytes; ++n) write_all(ends[i][1], "x", 1);
  close(ends[i][1]);
  return NULL;
}

static void* reader(void* index) {
  int i = (int)(intptr_t)index;
  char bytes[kBytes + 1];
  received[i] = read_all(ends[i][0], bytes, sizeof bytes);
  return NULL;
}

int main(void) {
  pthread_t threads[kPairs][2];
  for (intptr_t i = 0; i < kPairs; ++i) {
    if (pipe(ends[i]) != 0) fail("pipe");
    if (pthread_create(&threads[i][0], NULL, reader, (void*)i) != 0) fail("pthread_create");
    if (pthread_create(&threads[i][1], NULL, writer, (void*)i) != 0) fail("pthread_create");
  }
  size_t total = 0;
  for (int i = 0; i < kPairs; ++i) {
    pthread_join(threads[i][0], NULL);
    pthread_join(threads[i][1], NULL);
    total += received[i];
  }
  printf("%zu bytes\n", total);
  return total != (size_t)kPairs * kBytes;
}
