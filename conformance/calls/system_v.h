// Calls about System V objects in a real process.
#pragma once

#include <string>

#include "conformance/calls/encoding.h"
#include "conformance/kernel/system_v_names.h"

namespace flinch::conformance {

std::string show(const call::Semget& c);
std::string show(const call::Semtimedop& c);
std::string show(const call::Semctl& c);

void encode(const call::Semget& c, Encoding& to);
void encode(const call::Semtimedop& c, Encoding& to);
void encode(const call::Semctl& c, Encoding& to);

void decode(const call::Semget& c, const Slot& slot, Reply& reply);
void decode(const call::Semctl& c, const Slot& slot, Reply& reply);

}  // namespace flinch::conformance
