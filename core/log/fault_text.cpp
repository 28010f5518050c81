#include "core/log/fault_text.h"

#include <fmt/format.h>

#include "core/log/decode.h"
#include "core/log/symbols.h"

namespace flinch {
namespace {

std::string bytes_text(std::uint64_t count) { return fmt::format("{} byte{}", count, count == 1 ? "" : "s"); }

/// The largest unit that needs no fraction.
std::string duration_text(std::uint64_t nanoseconds) {
  struct Unit {
    std::uint64_t size;
    const char* name;
  };
  for (const Unit& unit : {Unit{1'000'000'000, "s"}, Unit{1'000'000, "ms"}, Unit{1'000, "us"}})
    if (nanoseconds >= unit.size && nanoseconds % unit.size == 0)
      return fmt::format("{}{}", nanoseconds / unit.size, unit.name);
  return fmt::format("{}ns", nanoseconds);
}

}  // namespace

void write_fault(const Event& event, Writer& writer) {
  const FaultKind kind = fault_of(event);
  writer.open_object();
  writer.key("kind");
  writer.symbol(name_of(kind));
  if ((kind == FaultKind::kShort || kind == FaultKind::kFull) && event.fault_amount != 0) {
    writer.key(kind == FaultKind::kShort ? "bytes" : "size");
    writer.unsigned_number(event.fault_amount);
  }
  if (kind == FaultKind::kDelay) {
    writer.key("delay");
    writer.symbol(duration_text(event.fault_amount));
  }
  if ((kind == FaultKind::kEintr || kind == FaultKind::kSignal) && event.fault_signal != 0) {
    writer.key("signal");
    writer.symbol(signal_name(event.fault_signal));
  }
  writer.close_object();
}

std::string fault_text(const Event& event) {
  const FaultKind kind = fault_of(event);
  std::string detail;
  switch (kind) {
    case FaultKind::kShort:
      detail = event.fault_amount == 0 ? "interrupted half-way" : bytes_text(event.fault_amount);
      break;
    case FaultKind::kFull:
      if (event.fault_amount != 0) detail = "a buffer of " + bytes_text(event.fault_amount);
      break;
    case FaultKind::kEintr:
      detail = event.fault_signal == 0 ? "stopped and continued" : signal_name(event.fault_signal);
      break;
    case FaultKind::kSignal: detail = signal_name(event.fault_signal); break;
    case FaultKind::kDelay: detail = duration_text(event.fault_amount); break;
    default: break;
  }
  return detail.empty() ? name_of(kind) : fmt::format("{}: {}", name_of(kind), detail);
}

}  // namespace flinch
