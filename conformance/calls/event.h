// Calls about eventfd(2) in a real process.
#pragma once

#include <string>

#include "conformance/calls/encoding.h"

namespace flinch::conformance {

std::string show(const call::Eventfd2& c);
void encode(const call::Eventfd2& c, Encoding& to);

}  // namespace flinch::conformance
