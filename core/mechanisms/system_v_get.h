// semget(2), msgget(2), shmget(2): the part that is the same for all three.
#pragma once

#include <errno.h>
#include <sys/ipc.h>

#include "core/mechanisms/calls_impl.h"
#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {

/// Finds the object with this key or makes one. `fits` says why an object that was found won't do (an errno,
/// or 0); `make` adds one and answers with its number, or says why it can't; `may` is ipc(7)'s permission.
template <typename T, typename Fits, typename Make, typename May>
Reply find_or_make(const Slots<T>& objects, int key, int flags, Fits fits, Make make, May may) {
  for (int number = 0; number < objects.size() && key != IPC_PRIVATE; ++number) {
    if (!objects.contains(number) || objects.at(number).permission.key != key) continue;
    if ((flags & IPC_CREAT) != 0 && (flags & IPC_EXCL) != 0 && !MUTANT(system_v_excl_finds))
      return failed(EEXIST);
    if (const int error = fits(objects.at(number)); error != 0) return failed(error);
    return may(objects.at(number).permission, flags) ? done(number) : failed(EACCES);
  }
  if (key != IPC_PRIVATE && (flags & IPC_CREAT) == 0) return failed(ENOENT);
  return make();
}

}  // namespace flinch::mechanisms
