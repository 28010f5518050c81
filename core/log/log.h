// The log: JSON Lines for machines, and lines as pleasant as strace's for people.
//
// Both are made from the fixed-size events of core/abi/event.h, by the supervisor's one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/abi/event.h"
#include "core/common/result.h"

namespace flinch {

/// Who made a call.
struct Caller {
  std::string_view process;  // "0.1"
  std::int32_t pid = 0;
  std::uint32_t thread = 0;  // ordinal
};

/// Where lines go. Not thread-safe: one writer.
class EventSink {
 public:
  EventSink() = default;
  EventSink(const EventSink&) = delete;
  EventSink& operator=(const EventSink&) = delete;
  virtual ~EventSink() = default;
  /// Adds one event. An error of the file (ENOSPC) is kept for `error()`; later events are dropped.
  virtual void add(const Event& event, const Caller& caller) = 0;
  /// Hands everything to the kernel, in whole lines.
  virtual void flush() = 0;
  /// The first failure, or nothing.
  [[nodiscard]] virtual const std::string& error() const = 0;
  /// Bytes waiting for flush().
  [[nodiscard]] virtual std::size_t pending() const = 0;
};

/// JSON Lines as contract.md has them, appended to `path` ("-" is standard output). Lines are written
/// whole, with O_APPEND, so that the log up to a kill -9 is readable.
Result<std::unique_ptr<EventSink>> open_json_log(const std::string& path);

enum class Colour : std::uint8_t { kNever, kAlways };

/// strace-like lines on descriptor `fd`, which stays the caller's.
std::unique_ptr<EventSink> make_trace_printer(int fd, Colour colour);

/// One event as a JSON object without a newline, and as one line of `trace`, without colour.
std::string to_json(const Event& event, const Caller& caller);
std::string to_text(const Event& event, const Caller& caller, Colour colour);

}  // namespace flinch
