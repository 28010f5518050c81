// A user's own preloaded library: with it, `id -ru` prints 4242.
#include <sys/types.h>

uid_t getuid(void);
uid_t getuid(void) { return 4242; }
