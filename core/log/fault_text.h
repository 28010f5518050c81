// What was done to a call, for both kinds of log.
#pragma once

#include <string>

#include "core/abi/event.h"
#include "core/log/writer.h"

namespace flinch {

/// {"kind":"short","bytes":1}: the keys of a plan's [[fault]]. `full` has "size", the buffer's.
void write_fault(const Event& event, Writer& writer);

/// "short: 1 byte", "eintr: SIGUSR1", "delay: 10ms".
std::string fault_text(const Event& event);

}  // namespace flinch
