#include "core/plan/call_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>

#include "core/plan/names.h"
#include "core/plan/text.h"

namespace flinch {
namespace {

constexpr std::size_t kRegexMax = 128;

struct Item {
  std::string_view text;  // as written, for messages
  std::size_t end = 0;    // where the list goes on: at a comma, a colon or the end
};

/// Where a closing `/` stands for the regular expression that begins at `begin`; npos without one.
std::size_t closing_slash(std::string_view rule, std::size_t begin) {
  for (std::size_t i = begin + 1; i < rule.size(); ++i) {
    if (rule[i] == '\\') {
      ++i;
    } else if (rule[i] == '/') {
      const bool ends = i + 1 == rule.size() || rule[i + 1] == ',' || rule[i + 1] == ':';
      return ends ? i : std::string_view::npos;
    }
  }
  return std::string_view::npos;
}

Item next_item(std::string_view rule, std::size_t begin) {
  std::size_t from = begin;
  if (begin < rule.size() && rule[begin] == '/') {
    const std::size_t slash = closing_slash(rule, begin);
    if (slash != std::string_view::npos) from = slash;
  }
  const std::size_t end = std::min(rule.find_first_of(",:", from), rule.size());
  return {rule.substr(begin, end - begin), end};
}

std::string at(std::size_t offset, const std::string& message) {
  return fmt::format("column {}: {}", offset + 1, message);
}

Result<RowSet> rows_of_regex(std::string_view item) {
  std::string_view pattern = item.substr(1);
  if (pattern.ends_with('/') && !pattern.ends_with("\\/")) pattern.remove_suffix(1);
  if (pattern.empty()) return fail("the regular expression is empty");
  // Bounded in length and without repeat counts, so that nobody's rule can exhaust memory or stack.
  if (pattern.size() > kRegexMax)
    return fail(fmt::format("a regular expression has at most {} characters", kRegexMax));
  if (pattern.find('{') != std::string_view::npos)
    return fail("repeat counts are not known in regular expressions here");
  RowSet rows{};
  try {
    // Polynomial: an expression such as (a*)*b takes no exponential time.
    const std::regex regex(pattern.begin(), pattern.end(),
                           std::regex::ECMAScript | std::regex_constants::__polynomial);
    for (std::size_t i = 0; i < kRowCount; ++i)
      if (std::regex_search(kSyscalls[i].name, regex)) rows.add(static_cast<Row>(i));
  } catch (const std::regex_error&) {
    return fail(fmt::format("{} is no regular expression that flinch understands", in_quotes(item)));
  }
  if (rows.empty()) return fail(fmt::format("{} matches no call", in_quotes(item)));
  return rows;
}

RowSet complement_of(const RowSet& rows) {
  RowSet others{};
  for (std::size_t i = 0; i < kRowCount; ++i)
    if (!rows.has(static_cast<Row>(i))) others.add(static_cast<Row>(i));
  return others;
}

Result<RowSet> rows_of_item(std::string_view item) {
  if (item.empty()) return fail("the name of a call is missing");
  if (item == "all") return complement_of({});
  if (item.front() == '?') return item.size() > 1 ? rows_of_call(item.substr(1)) : RowSet{};
  if (item.front() == '!')
    return fail("'!' stands only before the whole list, whose calls are then left out");
  if (item.front() == '/') return rows_of_regex(item);
  if (item.front() == '%') {
    const std::string_view name = item.substr(1);
    if (const auto rows = rows_of_set(name)) return *rows;
    std::vector<std::string> sets;
    for (const std::string& set : set_names()) sets.push_back("%" + set);
    return fail(fmt::format("{} is no set of calls{}", in_quotes(item), did_you_mean(item, sets)));
  }
  const RowSet rows = rows_of_call(item);
  if (rows.empty())
    return fail(
        fmt::format("{} is no call that flinch knows{}", in_quotes(item), did_you_mean(item, call_names())));
  return rows;
}

}  // namespace

Result<CallList> parse_call_list(std::string_view rule) {
  CallList list;
  const bool is_negated = rule.starts_with('!');
  std::size_t begin = is_negated ? 1 : 0;
  for (;;) {
    const Item item = next_item(rule, begin);
    const auto rows = rows_of_item(item.text);
    if (!rows) return fail(at(begin, rows.error().text));
    add_all(list.all, *rows);
    const bool is_set =
        item.text == "all" || std::string_view{"%/?"}.find(item.text.front()) != std::string_view::npos;
    if (!is_set && members_of(*rows).size() == 1) add_all(list.named, *rows);
    list.length = item.end;
    if (item.end == rule.size() || rule[item.end] == ':') break;
    begin = item.end + 1;
  }
  if (is_negated) {
    list.all = complement_of(list.all);
    list.named = {};
  }
  if (list.all.empty()) return fail(at(0, "no call is left"));
  return list;
}

std::string print_call_list(const RowSet& rows) {
  std::string text;
  for (const Row row : members_of(rows)) {
    if (!text.empty()) text += ',';
    const std::string name = descriptor(row).name;
    // The name may stand for a family of calls; then only the expression means this row alone.
    const auto family = members_of(rows_of_call(name));
    const bool exact = std::all_of(family.begin(), family.end(), [&](Row each) { return rows.has(each); });
    text += exact ? name : fmt::format("/^{}$/", name);
  }
  return text;
}

}  // namespace flinch
