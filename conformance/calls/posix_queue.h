// Calls about POSIX message queues in a real process.
#pragma once

#include <string>

#include "conformance/calls/encoding.h"

namespace flinch::conformance {

std::string show(const call::MqOpen& c);
std::string show(const call::MqUnlink& c);
std::string show(const call::MqSend& c);
std::string show(const call::MqReceive& c);
std::string show(const call::MqGetSetAttr& c);
std::string show(const call::MqNotify& c);
std::string show(const call::MqStatus& c);
std::string show(const call::LimitQueues& c);

void encode(const call::MqOpen& c, Encoding& to);
void encode(const call::MqUnlink& c, Encoding& to);
void encode(const call::MqSend& c, Encoding& to);
void encode(const call::MqReceive& c, Encoding& to);
void encode(const call::MqGetSetAttr& c, Encoding& to);
void encode(const call::MqNotify& c, Encoding& to);
void encode(const call::MqStatus& c, Encoding& to);
void encode(const call::LimitQueues& c, Encoding& to);

void decode(const call::MqReceive& c, const Slot& slot, Reply& reply);
void decode(const call::MqGetSetAttr& c, const Slot& slot, Reply& reply);
void decode(const call::MqStatus& c, const Slot& slot, Reply& reply);

/// Unlinks what a script has left.
void remove_queues();

}  // namespace flinch::conformance
