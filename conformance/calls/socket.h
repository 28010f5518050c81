// Calls on sockets in a real process.
#pragma once

#include <string>

#include "conformance/calls/encoding.h"

namespace flinch::conformance {

std::string show(const call::Socket& c);
std::string show(const call::Bind& c);
std::string show(const call::Listen& c);
std::string show(const call::Connect& c);
std::string show(const call::Accept4& c);
std::string show(const call::Getsockname& c);
std::string show(const call::Getpeername& c);
std::string show(const call::Socketpair& c);
std::string show(const call::Shutdown& c);
std::string show(const call::Sendto& c);
std::string show(const call::Recvfrom& c);
std::string show(const call::Setsockopt& c);
std::string show(const call::Getsockopt& c);

void encode(const call::Socket& c, Encoding& to);
void encode(const call::Bind& c, Encoding& to);
void encode(const call::Listen& c, Encoding& to);
void encode(const call::Connect& c, Encoding& to);
void encode(const call::Accept4& c, Encoding& to);
void encode(const call::Getsockname& c, Encoding& to);
void encode(const call::Getpeername& c, Encoding& to);
void encode(const call::Socketpair& c, Encoding& to);
void encode(const call::Shutdown& c, Encoding& to);
void encode(const call::Sendto& c, Encoding& to);
void encode(const call::Recvfrom& c, Encoding& to);
void encode(const call::Setsockopt& c, Encoding& to);
void encode(const call::Getsockopt& c, Encoding& to);

void decode(const call::Accept4& c, const Slot& slot, Reply& reply);
void decode(const call::Getsockname& c, const Slot& slot, Reply& reply);
void decode(const call::Getpeername& c, const Slot& slot, Reply& reply);
void decode(const call::Socketpair& c, const Slot& slot, Reply& reply);
void decode(const call::Recvfrom& c, const Slot& slot, Reply& reply);
void decode(const call::Getsockopt& c, const Slot& slot, Reply& reply);

}  // namespace flinch::conformance
