// Calls on any descriptor in a real process.
#pragma once

#include <poll.h>

#include <string>
#include <vector>

#include "conformance/calls/encoding.h"

namespace flinch::conformance {

std::string show(const call::Read& c);
std::string show(const call::Write& c);
std::string show(const call::Readv& c);
std::string show(const call::Writev& c);
std::string show(const call::Close& c);
std::string show(const call::Dup& c);
std::string show(const call::Dup3& c);
std::string show(const call::Fcntl& c);
std::string show(const call::Ioctl& c);
std::string show(const call::Poll& c);
std::string show(const call::Lseek& c);
std::string show(const call::Pread& c);
std::string show(const call::Pwrite& c);
std::string show(const call::Reopen& c);
std::string show(const call::LimitDescriptors& c);

void encode(const call::Read& c, Encoding& to);
void encode(const call::Write& c, Encoding& to);
void encode(const call::Readv& c, Encoding& to);
void encode(const call::Writev& c, Encoding& to);
void encode(const call::Close& c, Encoding& to);
void encode(const call::Dup& c, Encoding& to);
void encode(const call::Dup3& c, Encoding& to);
void encode(const call::Fcntl& c, Encoding& to);
void encode(const call::Ioctl& c, Encoding& to);
void encode(const call::Poll& c, Encoding& to);
void encode(const call::Lseek& c, Encoding& to);
void encode(const call::Pread& c, Encoding& to);
void encode(const call::Pwrite& c, Encoding& to);
void encode(const call::Reopen& c, Encoding& to);
void encode(const call::LimitDescriptors& c, Encoding& to);

void decode(const call::Read& c, const Slot& slot, Reply& reply);
void decode(const call::Pread& c, const Slot& slot, Reply& reply);
void decode(const call::Readv& c, const Slot& slot, Reply& reply);
void decode(const call::Ioctl& c, const Slot& slot, Reply& reply);
void decode(const call::Poll& c, const Slot& slot, Reply& reply);

/// The entries of a poll(2), which are its first argument: as text, in memory, and what was written there.
std::string show_entries(const std::vector<call::PollEntry>& entries);
pollfd* put_entries(const std::vector<call::PollEntry>& entries, Encoding& to);
void decode_entries(std::size_t count, const Slot& slot, Reply& reply);

}  // namespace flinch::conformance
