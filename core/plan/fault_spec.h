// The FAULT part of a rule: `short=1`, `eintr=SIGUSR1`, strace's `error=EINTR`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/plan/plan.h"

namespace flinch {

struct FaultSpec {
  FaultKind kind = FaultKind::kNone;
  std::uint8_t signal = 0;
  std::uint64_t amount = 0;
};

/// One part between colons, `name` or `name=value`. The views point into the rule's text.
struct NamedValue {
  std::string_view name;
  std::optional<std::string_view> value;
};

NamedValue split_at_equals(std::string_view part);

/// Every name that stands for a fault, those included that this version refuses.
std::vector<std::string> fault_names();
bool is_fault_name(std::string_view name);

/// What the fault is. `calls` are the rule's calls, for messages about an error that they never
/// answer. Errors have no column: the caller knows where the part stands.
Result<FaultSpec> parse_fault(const NamedValue& part, const RowSet& calls, Hostility hostility);

/// The pieces that a plan's [[fault]] shares with rules.
inline constexpr std::uint64_t kBytesMax = 0x7ffff000;  // what Linux moves in one call at most: read(2)
Result<std::uint8_t> parse_signal(std::string_view text);

}  // namespace flinch
