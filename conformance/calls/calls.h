// Any call: to be read by people, and to be made in a real process.
//
// For each call there are, in the file of its mechanism: `show`, its arguments as text; `encode`, how a
// process makes it; and `decode`, what it wrote to memory (numbers and bytes), where it writes anything.
#pragma once

#include <string>

#include "conformance/calls/encoding.h"

namespace flinch::conformance {

/// The system call's name.
std::string name_of(const SystemCall& call);
/// As in trace: `write(3, 70000 bytes)`.
std::string show_call(const SystemCall& call);
/// `= 3`, `= -1 EPIPE`, with data and signals where there are any.
std::string show_reply(const Reply& reply);

/// Whether it could bring about that a thread between two calls has a signal to handle.
bool is_about_signals(const SystemCall& call);

void encode_call(const SystemCall& call, Slot& slot);
/// Precondition: `call` is what was encoded, and it has ended.
Reply decode_reply(const SystemCall& call, const Slot& slot);

}  // namespace flinch::conformance
