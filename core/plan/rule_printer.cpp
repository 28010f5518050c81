#include <fmt/format.h>

#include <algorithm>

#include "core/plan/call_list.h"
#include "core/plan/names.h"
#include "core/plan/plan.h"
#include "core/plan/text.h"

namespace flinch {
namespace {

constexpr std::uint64_t kForever = ~std::uint64_t{0};

std::string print_fault(const CompiledRule& rule) {
  switch (rule.kind) {
    case FaultKind::kShort: return fmt::format("short={}", rule.amount);
    case FaultKind::kDelay: return "delay=" + print_duration(rule.amount);
    case FaultKind::kSignal: return "signal=" + name_of_signal(rule.signal);
    case FaultKind::kEintr: return rule.signal == 0 ? "eintr" : "eintr=" + name_of_signal(rule.signal);
    default: return name_of(rule.kind);
  }
}

std::string print_mechanisms(std::uint32_t mechanisms) {
  std::string text;
  for (unsigned i = 1; i < static_cast<unsigned>(Mechanism::kCount); ++i) {
    const auto mechanism = static_cast<Mechanism>(i);
    if ((mechanisms & bit_of(mechanism)) != 0)
      text += (text.empty() ? ":on=" : ",") + std::string(name_of(mechanism));
  }
  return text;
}

std::string print_moment(const CompiledRule& rule) {
  if (rule.is_explicit != 0) return fmt::format(":nth={}", rule.first);
  if (rule.first == 1 && rule.last == kForever && rule.step == 1) return {};
  std::string text = fmt::format(":when={}", rule.first);
  if (rule.last == kForever) {
    text += '+';
    if (rule.step != 1) text += std::to_string(rule.step);
    return text;
  }
  if (rule.last != rule.first || rule.step != 1) text += fmt::format("..{}", rule.last);
  if (rule.step != 1) text += fmt::format("+{}", rule.step);
  return text;
}

}  // namespace

std::string print_rule(const CompiledRule& rule) {
  std::string text = print_call_list(rule.calls) + ':' + print_fault(rule);
  if (rule.mechanisms != ~std::uint32_t{0}) text += print_mechanisms(rule.mechanisms);
  if (rule.fd != kAnyFd) text += fmt::format(":fd={}", rule.fd);
  if (rule.process != kAnyProcess) text += fmt::format(":process=#{:016x}", rule.process);
  if (rule.thread != kAnyThread) text += fmt::format(":thread={}", rule.thread);
  text += print_moment(rule);
  if (rule.rate_numerator != rule.rate_denominator || rule.rate_denominator != 1)
    text += fmt::format(":rate={}/{}", rule.rate_numerator, rule.rate_denominator);
  if (rule.limit != kForever) text += fmt::format(":limit={}", rule.limit);
  return text;
}

bool operator==(const CompiledRule& a, const CompiledRule& b) {
  return a.kind == b.kind && a.is_explicit == b.is_explicit && a.is_hostile == b.is_hostile &&
         a.signal == b.signal && a.thread == b.thread && a.fd == b.fd && a.mechanisms == b.mechanisms &&
         std::equal(std::begin(a.calls.words), std::end(a.calls.words), std::begin(b.calls.words)) &&
         a.process == b.process && a.first == b.first && a.last == b.last && a.step == b.step &&
         a.rate_numerator == b.rate_numerator && a.rate_denominator == b.rate_denominator &&
         a.limit == b.limit && a.amount == b.amount;
}

}  // namespace flinch
