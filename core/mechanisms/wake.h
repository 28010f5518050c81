// A wake-up: what an object tells its queues.
#pragma once

#include <cstdint>

#include "core/mechanisms/answer.h"

namespace flinch::mechanisms {

struct Wake {
  /// A thread is told by name that its call is over (what it waited for is in its hands), so nothing is left
  /// for a scheduler to choose: its call ends at once.
  enum class Who : std::uint8_t { kOne, kAll, kThread };
  Queue queue;
  Who who;
  short events;     // of poll(2); 0 stands for any
  int thread = -1;  // of kThread
};

}  // namespace flinch::mechanisms
