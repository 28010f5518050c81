// Births and deaths in a real process.
#pragma once

#include <string>

#include "conformance/calls/encoding.h"

namespace flinch::conformance {

inline std::string show(const call::Fork&) { return ""; }
inline std::string show(const call::Exit& c) { return std::to_string(c.status); }

inline void encode(const call::Fork&, Encoding& to) { to.set(Slot::Kind::kFork); }
inline void encode(const call::Exit& c, Encoding& to) { to.set(Slot::Kind::kExit, c.status); }

}  // namespace flinch::conformance
