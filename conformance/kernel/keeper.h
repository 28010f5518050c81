// Sees to it that no actor outlives the driver, however that ends: not all of them are its children.
#pragma once

#include <sys/types.h>

#include <atomic>

#include "core/common/fd.h"

namespace flinch::conformance {

/// A process of its own that waits for the driver's end, and kills the process group that is there then.
class Keeper {
 public:
  /// Ends the program if that cannot be.
  Keeper();
  ~Keeper();
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  /// 0 for none.
  void watch(pid_t group) { group_->store(group); }

 private:
  std::atomic<pid_t>* group_;
  Fd driver_;  // the keeper has the other end, which hangs up once the driver is gone
  pid_t pid_;
};

}  // namespace flinch::conformance
