// exec from a thread that is not the leader, while others block in read: the process stays one process.
#include <pthread.h>
#include <string.h>

#include "robust.h"

static int ends[2];

static void* block(void* unused) {
  char byte;
  read_all(ends[0], &byte, 1);
  return unused;
}

static void* become(void* program) {
  char pid[16];
  snprintf(pid, sizeof pid, "%d", getpid());
  execl(program, program, pid, (char*)NULL);
  fail("execl");
  return NULL;
}

int main(int argc, char** argv) {
  if (argc > 1) {
    char byte = 0;
    if (pipe(ends) != 0) fail("pipe");
    write_all(ends[1], "z", 1);
    read_all(ends[0], &byte, 1);
    printf("%s pid, byte %c\n", atoi(argv[1]) == getpid() ? "same" : "OTHER", byte);
    return 9;
  }
  if (pipe(ends) != 0) fail("pipe");
  pthread_t thread;
  for (int i = 0; i < 8; ++i) pthread_create(&thread, NULL, block, NULL);
  pthread_create(&thread, NULL, become, argv[0]);
  block(NULL);
  return 1;
}
