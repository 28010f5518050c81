// Futexes and POSIX semaphores in a real process.
#pragma once

#include <string>

#include "conformance/calls/encoding.h"

namespace flinch::conformance {

std::string show(const call::Futex& c);
std::string show(const call::SemInit& c);
std::string show(const call::SemPost& c);
std::string show(const call::SemWait& c);
std::string show(const call::SemTrywait& c);
std::string show(const call::SemGetvalue& c);

void encode(const call::Futex& c, Encoding& to);
void encode(const call::SemInit& c, Encoding& to);
void encode(const call::SemPost& c, Encoding& to);
void encode(const call::SemWait& c, Encoding& to);
void encode(const call::SemTrywait& c, Encoding& to);
void encode(const call::SemGetvalue& c, Encoding& to);

void decode(const call::SemGetvalue& c, const Slot& slot, Reply& reply);

}  // namespace flinch::conformance
