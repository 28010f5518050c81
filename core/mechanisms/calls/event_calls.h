// eventfd(2) as a system call.
#pragma once

#include "core/mechanisms/calls/call_list.h"

namespace flinch::mechanisms {
namespace call {

struct Eventfd2 {
  static constexpr const char* kName = "eventfd2";
  unsigned initial;
  int flags;
};

}  // namespace call

using EventCalls = CallList<call::Eventfd2>;

}  // namespace flinch::mechanisms
