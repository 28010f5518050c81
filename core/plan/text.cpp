#include "core/plan/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace flinch {
namespace {

constexpr std::size_t kQuotedMax = 60;

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

/// Typing errors between two words: insertions, deletions, changes and swapped neighbours.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> table(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        table[i][j] = i + j;
        continue;
      }
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      std::size_t best = std::min(table[i - 1][j], table[i][j - 1]) + 1;
      best = std::min(best, table[i - 1][j - 1] + (same ? 0 : 1));
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
        best = std::min(best, table[i - 2][j - 2] + 1);
      table[i][j] = best;
    }
  }
  return table[a.size()][b.size()];
}

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

struct Unit {
  std::string_view name;
  std::uint64_t ns;
};
constexpr Unit kUnits[] = {{"s", 1'000'000'000}, {"ms", 1'000'000}, {"us", 1'000}, {"ns", 1}};

}  // namespace

std::string in_quotes(std::string_view text) {
  std::string result = "'";
  for (char c : text.substr(0, kQuotedMax)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte > 0x7e)
      result += fmt::format("\\x{:02x}", byte);
    else
      result += c;
  }
  if (text.size() > kQuotedMax) result += "...";
  return result + "'";
}

std::string closest(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.empty() || word.size() > kQuotedMax) return {};
  std::size_t best = std::max<std::size_t>(1, word.size() / 3) + 1;
  std::string found;
  for (const std::string& candidate : candidates) {
    const std::size_t errors = distance(word, candidate);
    // A candidate that shares no letter is no guess at all, however short the two are.
    if (errors < best && errors < std::max(word.size(), candidate.size())) {
      best = errors;
      found = candidate;
    }
  }
  return found;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string guess = closest(word, candidates);
  return guess.empty() ? std::string{} : fmt::format("; did you mean {}?", in_quotes(guess));
}

Result<std::uint64_t> parse_number(std::string_view text, std::string_view what, Bounds bounds) {
  if (text.empty()) return fail(fmt::format("{} needs a number", what));
  if (text.front() == '-' && is_number(text.substr(1)))
    return fail(fmt::format("{} cannot be negative, and {} is", what, in_quotes(text)));
  if (!is_number(text)) return fail(fmt::format("{} needs a number, and {} is none", what, in_quotes(text)));
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc{} || number > bounds.most)
    return fail(fmt::format("{} is at most {}, and {} is more", what, bounds.most, in_quotes(text)));
  if (number < bounds.least)
    return fail(fmt::format("{} is at least {}, and {} is less", what, bounds.least, in_quotes(text)));
  return number;
}

Result<std::uint64_t> parse_duration(std::string_view text, std::string_view what) {
  if (text.empty()) return fail(fmt::format("{} needs a time, such as 10ms", what));
  const std::size_t digits =
      std::min(text.find_first_not_of("0123456789", text.front() == '-' ? 1 : 0), text.size());
  const std::string_view suffix = text.substr(digits);
  std::uint64_t unit_ns = 1'000;  // strace counts microseconds
  if (!suffix.empty()) {
    const auto* unit = std::find_if(std::begin(kUnits), std::end(kUnits),
                                    [&](const Unit& each) { return each.name == suffix; });
    if (digits == 0 || unit == std::end(kUnits))
      return fail(
          fmt::format("{} needs a whole number of ns, us, ms or s, and {} is none", what, in_quotes(text)));
    unit_ns = unit->ns;
  }
  auto count = parse_number(text.substr(0, digits), what, {});
  if (!count) return count;
  if (*count > kDelayMaxNs / unit_ns)
    return fail(
        fmt::format("{} is at most {}, and {} is more", what, print_duration(kDelayMaxNs), in_quotes(text)));
  return *count * unit_ns;
}

std::string print_duration(std::uint64_t ns) {
  for (const Unit& unit : kUnits)
    if (ns != 0 && ns % unit.ns == 0) return fmt::format("{}{}", ns / unit.ns, unit.name);
  return "0s";
}

}  // namespace flinch
