// Births and deaths in a real process.
#pragma once

#include <string>

#include "conformance/calls/encoding.h"

namespace flinch::conformance {

inline std::string show(const call::Fork&) { return ""; }
inline std::string show(const call::Exit& c) { return std::to_string(c.status); }
std::string show(const call::Wait4& c);
std::string show(const call::Waitid& c);

inline void encode(const call::Fork&, Encoding& to) { to.set(Slot::Kind::kFork); }
inline void encode(const call::Exit& c, Encoding& to) { to.set(Slot::Kind::kExit, c.status); }
void encode(const call::Wait4& c, Encoding& to);
void encode(const call::Waitid& c, Encoding& to);

void decode(const call::Wait4& c, const Slot& slot, Reply& reply);
void decode(const call::Waitid& c, const Slot& slot, Reply& reply);

}  // namespace flinch::conformance
