#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/plan/call_list.h"
#include "core/plan/fault_spec.h"
#include "core/plan/legality.h"
#include "core/plan/names.h"
#include "core/plan/plan.h"
#include "core/plan/text.h"

namespace flinch {
namespace {

constexpr std::uint64_t kForever = ~std::uint64_t{0};
constexpr std::uint64_t kInt32Max = 0x7fffffff;
constexpr std::size_t kRuleTextMax = 4096;

CompiledRule every_call() {
  CompiledRule rule{};
  rule.thread = kAnyThread;
  rule.fd = kAnyFd;
  rule.mechanisms = ~std::uint32_t{0};
  rule.process = kAnyProcess;
  rule.first = 1;
  rule.last = kForever;
  rule.step = 1;
  rule.rate_numerator = 1;
  rule.rate_denominator = 1;
  rule.limit = kForever;
  return rule;
}

using Setter = Result<void> (*)(std::string_view value, CompiledRule& rule);

/// Reads a number into a member of whatever width; bounds keep it from being cut off.
template <typename T>
Result<void> set_number(std::string_view text, std::string_view what, Bounds bounds, T& target) {
  const auto number = parse_number(text, what, bounds);
  if (!number) return tl::unexpected(number.error());
  target = static_cast<T>(*number);
  return {};
}

/// FIRST, FIRST+, FIRST+STEP, FIRST..LAST, FIRST..LAST+STEP; FIRST alone is one call, as in strace.
Result<void> set_when(std::string_view value, CompiledRule& rule) {
  const std::size_t plus = value.find('+');
  const std::string_view range = value.substr(0, plus);
  const std::size_t dots = range.find("..");
  if (auto done = set_number(range.substr(0, dots), "the first call of when", {1, kForever - 1}, rule.first);
      !done)
    return done;
  if (dots != std::string_view::npos) {
    if (auto done = set_number(range.substr(dots + 2), "the last call of when", {rule.first, kForever - 1},
                               rule.last);
        !done)
      return done;
  } else {
    rule.last = plus == std::string_view::npos ? rule.first : kForever;
  }
  if (plus == std::string_view::npos || (plus + 1 == value.size() && dots == std::string_view::npos))
    return {};
  return set_number(value.substr(plus + 1), "the step of when", {1, kForever - 1}, rule.step);
}

Result<void> set_nth(std::string_view value, CompiledRule& rule) {
  if (auto done = set_number(value, "nth", {1, kForever - 1}, rule.first); !done) return done;
  rule.last = rule.first;
  rule.is_explicit = 1;
  return {};
}

Result<void> set_rate(std::string_view value, CompiledRule& rule) {
  const std::size_t slash = value.find('/');
  if (slash == std::string_view::npos)
    return fail(fmt::format("rate is a ratio such as 1/10, and {} is none", in_quotes(value)));
  const std::uint64_t most = ~std::uint32_t{0};
  if (auto done =
          set_number(value.substr(slash + 1), "the lower part of rate", {1, most}, rule.rate_denominator);
      !done)
    return done;
  return set_number(value.substr(0, slash), "the upper part of rate", {1, rule.rate_denominator},
                    rule.rate_numerator);
}

Result<void> set_mechanisms(std::string_view value, CompiledRule& rule) {
  rule.mechanisms = 0;
  for (std::size_t begin = 0;;) {
    const std::size_t end = std::min(value.find(',', begin), value.size());
    const std::string_view name = value.substr(begin, end - begin);
    if (name.empty()) return fail("the name of a mechanism is missing, such as on=pipe");
    const auto mechanism = mechanism_of_name(name);
    if (!mechanism)
      return fail(
          fmt::format("{} is no mechanism{}", in_quotes(name), did_you_mean(name, mechanism_names())));
    rule.mechanisms |= bit_of(*mechanism);
    if (end == value.size()) return {};
    begin = end + 1;
  }
}

Result<void> set_fd(std::string_view value, CompiledRule& rule) {
  return set_number(value, "fd", {0, kInt32Max}, rule.fd);
}

Result<void> set_thread(std::string_view value, CompiledRule& rule) {
  return set_number(value, "thread", {0, kInt32Max}, rule.thread);
}

Result<void> set_limit(std::string_view value, CompiledRule& rule) {
  return set_number(value, "limit", {1, kForever - 1}, rule.limit);
}

Result<void> set_process(std::string_view value, CompiledRule& rule) {
  auto process = parse_process(value);
  if (!process) return tl::unexpected(process.error());
  rule.process = *process;
  return {};
}

Result<void> refuse_from(std::string_view /*value*/, CompiledRule& /*rule*/) {
  return fail("from= needs call stacks, which this version does not record");
}

struct Selector {
  std::string_view name;
  Setter set;
};
constexpr Selector kSelectors[] = {
    {"when", set_when},   {"rate", set_rate},       {"on", set_mechanisms},
    {"fd", set_fd},       {"process", set_process}, {"thread", set_thread},
    {"limit", set_limit}, {"nth", set_nth},         {"from", refuse_from},
};
constexpr std::size_t kSelectorCount = std::size(kSelectors);

/// Reads the parts behind the calls, in any order: strace's rules often begin with `when=`.
class RuleParser {
 public:
  RuleParser(std::string_view text, Hostility hostility) : text_(text), hostility_(hostility) {}

  Result<CompiledRule> parse() {
    if (text_.empty()) return fail("the rule is empty: it has the form CALLS:FAULT[:SELECTOR...]");
    if (text_.size() > kRuleTextMax)
      return fail(fmt::format("the rule is longer than {} characters", kRuleTextMax));
    if (const std::size_t nul = text_.find('\0'); nul != std::string_view::npos)
      return error_at(nul, "a NUL byte stands in the rule");
    auto calls = parse_call_list(text_);
    if (!calls) return tl::unexpected(calls.error());
    calls_ = *calls;
    rule_.calls = calls_.all;
    rule_.is_hostile = hostility_ == Hostility::kAllow ? 1 : 0;
    for (std::size_t begin = calls_.length; begin < text_.size();) {
      const std::size_t end = std::min(text_.find(':', begin + 1), text_.size());
      if (auto done = parse_part(begin + 1, text_.substr(begin + 1, end - begin - 1)); !done)
        return tl::unexpected(done.error());
      begin = end;
    }
    return finish();
  }

 private:
  tl::unexpected<Error> error_at(std::size_t offset, const std::string& message) const {
    return fail(fmt::format("column {}: {}", offset + 1, message));
  }

  Result<void> parse_part(std::size_t offset, std::string_view part) {
    if (part.empty()) return error_at(offset, "a part of the rule is empty");
    const NamedValue named = split_at_equals(part);
    if (is_fault_name(named.name)) return parse_fault_part(offset, named);
    for (std::size_t i = 0; i < kSelectorCount; ++i) {
      if (kSelectors[i].name != named.name) continue;
      if (selected_[i] != 0) return error_at(offset, fmt::format("{} stands in the rule twice", named.name));
      selected_[i] = offset;
      if (!named.value || named.value->empty())
        return error_at(offset, fmt::format("{0} needs a value, as in {0}=...", named.name));
      auto done = kSelectors[i].set(*named.value, rule_);
      if (!done) return error_at(offset, done.error().text);
      return {};
    }
    std::vector<std::string> names = fault_names();
    for (const Selector& selector : kSelectors) names.emplace_back(selector.name);
    return error_at(offset,
                    fmt::format("{} is no {}{}", in_quotes(named.name), fault_at_ == 0 ? "fault" : "selector",
                                did_you_mean(named.name, names)));
  }

  Result<void> parse_fault_part(std::size_t offset, const NamedValue& part) {
    if (fault_at_ != 0)
      return error_at(offset, "a rule has one fault, and this is the second: write two rules");
    fault_at_ = offset;
    const auto fault = parse_fault(part, calls_.all, hostility_);
    if (!fault) return error_at(offset, fault.error().text);
    rule_.kind = fault->kind;
    rule_.signal = fault->signal;
    rule_.amount = fault->amount;
    return {};
  }

  [[nodiscard]] std::size_t selected(std::string_view name) const {
    for (std::size_t i = 0; i < kSelectorCount; ++i)
      if (kSelectors[i].name == name) return selected_[i];
    return 0;
  }

  Result<CompiledRule> finish() {
    if (fault_at_ == 0)
      return error_at(text_.size(), "the fault is missing: a rule has the form CALLS:FAULT[:SELECTOR...]");
    for (const char* name : {"when", "rate"})
      if (rule_.is_explicit != 0 && selected(name) != 0)
        return error_at(selected(name), fmt::format("nth is one moment, so {} cannot stand beside it", name));
    if (auto possible = keep_possible_calls(rule_, calls_.named); !possible)
      return error_at(fault_at_, possible.error().text);
    return rule_;
  }

  std::string_view text_;
  Hostility hostility_;
  CallList calls_;
  CompiledRule rule_ = every_call();
  std::size_t fault_at_ = 0;  // offsets; 0 is no place for either, since the calls stand first
  std::size_t selected_[kSelectorCount] = {};
};

}  // namespace

Result<CompiledRule> parse_rule(std::string_view text, Hostility hostility) {
  return RuleParser(text, hostility).parse();
}

Result<std::uint64_t> parse_process(std::string_view text) {
  // A hash in hexadecimal is what print_rule() writes: the path cannot be had back from it.
  if (text.starts_with('#') && text.size() == 17) {
    std::uint64_t hash = 0;
    const auto parsed = std::from_chars(text.data() + 1, text.data() + text.size(), hash, 16);
    if (parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size() && hash != kAnyProcess)
      return hash;
  }
  bool is_path = text.starts_with('0') && text.size() <= kProcessPathMax;
  for (std::size_t begin = 0; is_path && begin <= text.size();) {
    const std::size_t end = std::min(text.find('.', begin), text.size());
    const std::string_view number = text.substr(begin, end - begin);
    is_path = !number.empty() && number.find_first_not_of("0123456789") == std::string_view::npos &&
              (begin == 0 ? number == "0" : number.front() != '0');  // children are counted from 1
    begin = end + 1;
  }
  if (!is_path)
    return fail(
        fmt::format("process is a path from the program, which is 0, such as 0.1 for its first child, and {} "
                    "is none",
                    in_quotes(text)));
  return hash_of_path(std::string(text).c_str());
}

}  // namespace flinch
