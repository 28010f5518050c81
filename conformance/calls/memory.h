// Calls about shared memory in a real process.
#pragma once

#include <string>

#include "conformance/calls/encoding.h"

namespace flinch::conformance {

/// Where scripts' addresses begin: nothing else comes to lie there, in any process.
inline constexpr long kWindow = 0x200000000000;

std::string show(const call::MemfdCreate& c);
std::string show(const call::ShmOpen& c);
std::string show(const call::ShmUnlink& c);
std::string show(const call::Ftruncate& c);
std::string show(const call::Fallocate& c);
std::string show(const call::Fstat& c);
std::string show(const call::Mmap& c);
std::string show(const call::Mprotect& c);
std::string show(const call::Munmap& c);
std::string show(const call::Load& c);
std::string show(const call::Store& c);

void encode(const call::MemfdCreate& c, Encoding& to);
void encode(const call::ShmOpen& c, Encoding& to);
void encode(const call::ShmUnlink& c, Encoding& to);
void encode(const call::Ftruncate& c, Encoding& to);
void encode(const call::Fallocate& c, Encoding& to);
void encode(const call::Fstat& c, Encoding& to);
void encode(const call::Mmap& c, Encoding& to);
void encode(const call::Mprotect& c, Encoding& to);
void encode(const call::Munmap& c, Encoding& to);
void encode(const call::Load& c, Encoding& to);
void encode(const call::Store& c, Encoding& to);

void decode(const call::Fstat& c, const Slot& slot, Reply& reply);
void decode(const call::Mmap& c, const Slot& slot, Reply& reply);
void decode(const call::Load& c, const Slot& slot, Reply& reply);

/// Unlinks what a script has left.
void remove_memories();

}  // namespace flinch::conformance
