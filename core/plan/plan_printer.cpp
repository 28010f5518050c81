#include <fmt/format.h>

#include <algorithm>

#include "core/plan/names.h"
#include "core/plan/plan.h"
#include "core/plan/text.h"

namespace flinch {
namespace {

constexpr std::uint64_t kTomlIntegerMax = 0x7fffffffffffffff;

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80   ? 1
                               : lead < 0xc2 ? 0
                               : lead < 0xe0 ? 2
                               : lead < 0xf0 ? 3
                               : lead < 0xf5 ? 4
                                             : 0;
    if (length == 0 || i + length > text.size()) return false;
    std::uint32_t point = length == 1 ? lead : lead & (0x7fU >> length);
    for (std::size_t j = 1; j < length; ++j) {
      const auto byte = static_cast<unsigned char>(text[i + j]);
      if ((byte & 0xc0U) != 0x80) return false;
      point = point << 6 | (byte & 0x3fU);
    }
    const bool too_long =
        (length == 3 && point < 0x800) || (length == 4 && (point < 0x10000 || point > 0x10ffff));
    if (too_long || (point >= 0xd800 && point <= 0xdfff)) return false;
    i += length;
  }
  return true;
}

std::string toml_string(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      result += {'\\', c};
    else if (byte < 0x20 || byte == 0x7f)
      result += fmt::format("\\u{:04x}", byte);
    else
      result += c;
  }
  return result + '"';
}

std::string print_program(const std::vector<std::string>& program) {
  if (program.empty()) return {};
  if (!std::all_of(program.begin(), program.end(), is_utf8))
    return "# program is left out: its words are not UTF-8, and TOML has no other strings.\n";
  std::string text = "program = [";
  for (const std::string& word : program) text += (text.back() == '[' ? "" : ", ") + toml_string(word);
  return text + "]\n";
}

/// The process' path as a rule's text has it; empty if the text has none.
std::string process_in(const std::string& rule_text) {
  const std::string key = ":process=";
  const std::size_t begin = rule_text.find(key);
  if (begin == std::string::npos) return {};
  const std::size_t from = begin + key.size();
  const std::string path = rule_text.substr(from, rule_text.find(':', from) - from);
  return path.starts_with('#') ? std::string{} : path;
}

/// Can a [[fault]] say all that the rule says?
bool has_plain_address(const CompiledRule& rule, const std::string& process) {
  return rule.is_explicit != 0 && rule.fd == kAnyFd && rule.thread >= 0 &&
         rule.mechanisms == ~std::uint32_t{0} && rule.limit == ~std::uint64_t{0} &&
         rule.first <= kTomlIntegerMax && members_of(rule.calls).size() == 1 && !process.empty() &&
         hash_of_path(process.c_str()) == rule.process;
}

std::string print_fault(const CompiledRule& rule, const std::string& process) {
  std::string text =
      fmt::format("\n[[fault]]\nprocess = {}\nthread = {}\ncall = \"{}\"\nnth = {}\nkind = \"{}\"\n",
                  toml_string(process), rule.thread, descriptor(members_of(rule.calls).front()).name,
                  rule.first, name_of(rule.kind));
  if (rule.kind == FaultKind::kShort) text += fmt::format("bytes = {}\n", rule.amount);
  if (rule.kind == FaultKind::kDelay) text += fmt::format("delay = \"{}\"\n", print_duration(rule.amount));
  if (rule.signal != 0) text += fmt::format("signal = \"{}\"\n", name_of_signal(rule.signal));
  return text;
}

}  // namespace

std::string print_plan(const Plan& plan) {
  std::string text = "flinch = 1\n";
  // TOML's integers end at 2^63-1; parse_plan() takes the greater seeds as strings.
  text += plan.seed <= kTomlIntegerMax ? fmt::format("seed = {}\n", plan.seed)
                                       : fmt::format("seed = \"{}\"\n", plan.seed);
  text += print_program(plan.program);
  for (std::size_t i = 0; i < plan.rules.size(); ++i) {
    const CompiledRule& rule = plan.rules[i];
    std::string rule_text = i < plan.rule_texts.size() ? plan.rule_texts[i] : std::string{};
    if (rule_text.empty()) rule_text = print_rule(rule);
    const std::string process = process_in(rule_text);
    text += has_plain_address(rule, process)
                ? print_fault(rule, process)
                : fmt::format("\n[[policy]]\nrule = {}\n", toml_string(rule_text));
  }
  return text;
}

}  // namespace flinch
