// Calls about epoll(7) in a real process.
#pragma once

#include <string>

#include "conformance/calls/encoding.h"

namespace flinch::conformance {

std::string show(const call::EpollCreate& c);
std::string show(const call::EpollCreate1& c);
std::string show(const call::EpollCtl& c);
std::string show(const call::EpollWait& c);
std::string show(const call::EpollPwait2& c);

void encode(const call::EpollCreate& c, Encoding& to);
void encode(const call::EpollCreate1& c, Encoding& to);
void encode(const call::EpollCtl& c, Encoding& to);
void encode(const call::EpollWait& c, Encoding& to);
void encode(const call::EpollPwait2& c, Encoding& to);

void decode(const call::EpollWait& c, const Slot& slot, Reply& reply);
void decode(const call::EpollPwait2& c, const Slot& slot, Reply& reply);

}  // namespace flinch::conformance
