// Words, numbers and durations as people write them, and messages about the ones that are wrong.
//
// Everything here is pure. Error texts are one line: what came from outside is escaped.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/common/result.h"

namespace flinch {

/// `text` in single quotes, fit for one line of a terminal: anything but printable ASCII is escaped,
/// and a long text is cut.
std::string in_quotes(std::string_view text);

/// The candidate that was probably meant: few typing errors away, case ignored. Empty without one.
std::string closest(std::string_view word, const std::vector<std::string>& candidates);

/// "; did you mean 'short'?", or nothing when no candidate is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

struct Bounds {
  std::uint64_t least = 0;
  std::uint64_t most = ~std::uint64_t{0};
};

/// A decimal number within bounds. `what` names it in messages: "thread", "the first call of when".
Result<std::uint64_t> parse_number(std::string_view text, std::string_view what, Bounds bounds);

inline constexpr std::uint64_t kDelayMaxNs = 3600ULL * 1'000'000'000;

/// `10ms` in nanoseconds: units ns, us, ms and s; a plain number is microseconds, as in strace.
/// At most kDelayMaxNs.
Result<std::uint64_t> parse_duration(std::string_view text, std::string_view what);

/// The shortest text that parse_duration() takes back.
std::string print_duration(std::uint64_t ns);

}  // namespace flinch
