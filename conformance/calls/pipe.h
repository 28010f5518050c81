// Calls about pipes and FIFOs in a real process.
#pragma once

#include <string>

#include "conformance/calls/encoding.h"

namespace flinch::conformance {

std::string show(const call::Pipe2& c);
std::string show(const call::MakeFifo& c);
std::string show(const call::Unlink& c);
std::string show(const call::Open& c);
std::string show(const call::Splice& c);
std::string show(const call::Tee& c);
std::string show(const call::Vmsplice& c);
std::string show(const call::TakePages& c);

void encode(const call::Pipe2& c, Encoding& to);
void encode(const call::MakeFifo& c, Encoding& to);
void encode(const call::Unlink& c, Encoding& to);
void encode(const call::Open& c, Encoding& to);
void encode(const call::Splice& c, Encoding& to);
void encode(const call::Tee& c, Encoding& to);
void encode(const call::Vmsplice& c, Encoding& to);
void encode(const call::TakePages& c, Encoding& to);

void decode(const call::Pipe2& c, const Slot& slot, Reply& reply);
void decode(const call::TakePages& c, const Slot& slot, Reply& reply);

}  // namespace flinch::conformance
