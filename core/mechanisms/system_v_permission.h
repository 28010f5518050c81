#pragma once

#include <sys/stat.h>

namespace flinch::mechanisms {

/// ipc(7): who may do what with an object. All callers of a world are one user, who made every object of it,
/// so only the owner's three bits ever decide, and only if the caller is not privileged.
struct SystemVPermission {
  int key;   // IPC_PRIVATE (0) if nobody can find it by its key
  int mode;  // the nine bits of chmod(2), and for shared memory SHM_DEST and SHM_LOCKED

  void set_mode(int bits) { mode = (mode & ~0777) | (bits & 0777); }
};

}  // namespace flinch::mechanisms
