// From an event to words: what a call was, what its arguments say, how it ended.
//
// Pure: no system calls, no globals. An event comes from memory that the program under test can
// write, so every number in it is checked before it is used as an index.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/abi/event.h"
#include "core/abi/syscall_descriptor.h"
#include "core/log/writer.h"

namespace flinch {

/// The event's row; null if there is no such row.
const SyscallDescriptor* row_of(const Event& event);

const char* call_name(const Event& event);  // "?" for an unknown row
const char* mechanism_name(const Event& event);
const char* tier_name(const Event& event);

/// The descriptor that the call works on, if it has one.
std::optional<std::int32_t> fd_of(const Event& event);

/// The name of argument `index` of a call in JSON: unique within the call.
const char* argument_name(const SyscallDescriptor& row, unsigned index);

/// Writes all arguments, separated by commas; the brackets around them are the caller's.
void write_arguments(const Event& event, Writer& writer);

/// The errno of an answer, 0 if it is none.
int error_of(const Event& event);

/// What follows the `=` of a trace line: "6", "-1 EAGAIN (…)", "?".
std::string result_text(const Event& event);

/// The fault's kind, or kNone if there was none or its number is none of ours.
FaultKind fault_of(const Event& event);

}  // namespace flinch
