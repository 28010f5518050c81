// Calls of select(2) and its relatives in a real process.
#pragma once

#include <string>

#include "conformance/calls/encoding.h"

namespace flinch::conformance {

std::string show(const call::Ppoll& c);
std::string show(const call::Select& c);
std::string show(const call::Pselect6& c);

void encode(const call::Ppoll& c, Encoding& to);
void encode(const call::Select& c, Encoding& to);
void encode(const call::Pselect6& c, Encoding& to);

void decode(const call::Ppoll& c, const Slot& slot, Reply& reply);
void decode(const call::Select& c, const Slot& slot, Reply& reply);
void decode(const call::Pselect6& c, const Slot& slot, Reply& reply);

}  // namespace flinch::conformance
