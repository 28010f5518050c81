// Scripts in which threads wait need others that do not.
#pragma once

#include "conformance/scripts/script.h"

namespace flinch::conformance {

/// A script is over once everybody waits, so the last who does not has a child first, most of the time.
template <SystemCall (*make)(const Situation&)>
SystemCall in_company(const Situation& s) {
  const bool is_alone = s.world.idle_threads().size() == 1 && s.world.thread_count() < kSlotCount;
  return is_alone && s.step % 8 != 7 ? mechanisms::call::Fork{} : make(s);
}

}  // namespace flinch::conformance
