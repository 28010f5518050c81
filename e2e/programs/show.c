// Its arguments and its environment, byte for byte.
#include <stdio.h>

extern char** environ;

int main(int argc, char** argv) {
  for (int i = 0; i < argc; ++i) printf("arg %d %s\n", i, argv[i]);
  for (char** at = environ; *at != NULL; ++at) printf("env %s\n", *at);
  return 0;
}
