// A wake-up: what an object tells its queues.
#pragma once

#include <cstdint>

#include "core/mechanisms/answer.h"

namespace flinch::mechanisms {

struct Wake {
  enum class Who : std::uint8_t { kOne, kAll };
  Queue queue;
  Who who;
  short events;  // of poll(2); 0 stands for any
};

}  // namespace flinch::mechanisms
