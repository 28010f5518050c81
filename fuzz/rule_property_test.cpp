// Goal: any rule and any plan survive being printed and read again, and no text, however broken, does more to
// the parsers than make them say so in one line.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "core/plan/legality.h"
#include "core/plan/names.h"
#include "core/plan/plan.h"
#include "core/plan/text.h"

namespace flinch {
namespace {

constexpr std::uint64_t kForever = ~std::uint64_t{0};

std::uint64_t any_count() {
  return *rc::gen::oneOf(rc::gen::inRange<std::uint64_t>(1, 20),
                         rc::gen::inRange(std::uint64_t{1}, kForever));
}

/// One in two, so that every selector is absent about as often as present.
bool heads() { return *rc::gen::arbitrary<bool>(); }

std::uint8_t any_signal() {
  return *rc::gen::suchThat(rc::gen::inRange<std::uint8_t>(1, 65), [](std::uint8_t number) {
    return number != 9 && number != 19 && number != 32 && number != 33;
  });
}

void choose_fault(CompiledRule& rule) {
  rule.kind = *rc::gen::element(FaultKind::kShort, FaultKind::kEintr, FaultKind::kEagain, FaultKind::kFull,
                                FaultKind::kSignal, FaultKind::kDelay);
  if (rule.kind == FaultKind::kShort) rule.amount = *rc::gen::inRange<std::uint64_t>(1, 0x7ffff000);
  if (rule.kind == FaultKind::kDelay)
    rule.amount = *rc::gen::oneOf(
        rc::gen::inRange<std::uint64_t>(1, kDelayMaxNs),
        rc::gen::map(rc::gen::inRange<std::uint64_t>(1, 3600), [](auto s) { return s * 1'000'000'000; }));
  if (rule.kind == FaultKind::kSignal || (rule.kind == FaultKind::kEintr && heads()))
    rule.signal = any_signal();
}

/// Calls and mechanisms such that the rule is possible: one pair at least that the injector knows.
void choose_target(CompiledRule& rule) {
  const Injector& injector = *injector_of(rule.kind);
  std::vector<std::pair<Row, Mechanism>> possible;
  for (std::size_t i = 0; i < kRowCount; ++i)
    for (int m = 1; m < static_cast<int>(Mechanism::kCount); ++m)
      if (is_possible(injector, static_cast<Row>(i), static_cast<Mechanism>(m)))
        possible.emplace_back(static_cast<Row>(i), static_cast<Mechanism>(m));
  const auto chosen = *rc::gen::nonEmpty(
      rc::gen::container<std::vector<std::pair<Row, Mechanism>>>(rc::gen::elementOf(possible)));
  const bool on_any = heads();
  rule.mechanisms = on_any ? ~std::uint32_t{0} : 0;
  for (const auto& [row, mechanism] : chosen) {
    rule.calls.add(row);
    if (!on_any) rule.mechanisms |= bit_of(mechanism);
  }
}

void choose_moment(CompiledRule& rule) {
  rule.first = 1;
  rule.last = kForever;
  rule.step = 1;
  rule.rate_numerator = 1;
  rule.rate_denominator = 1;
  if (heads()) {
    rule.is_explicit = 1;
    rule.first = rule.last = any_count();
    return;
  }
  if (heads()) {
    rule.first = any_count();
    if (heads())
      rule.last = rule.first +
                  *rc::gen::inRange<std::uint64_t>(0, std::min<std::uint64_t>(50, kForever - rule.first));
    if (heads()) rule.step = any_count();
  }
  if (heads()) {
    rule.rate_denominator = *rc::gen::inRange<std::uint32_t>(1, ~std::uint32_t{0});
    rule.rate_numerator = *rc::gen::inRange<std::uint32_t>(1, rule.rate_denominator);
  }
}

std::string any_path() {
  std::string path = "0";
  for (const std::uint16_t child :
       *rc::gen::container<std::vector<std::uint16_t>>(rc::gen::arbitrary<std::uint16_t>()))
    if (child != 0 && path.size() + 6 <= kProcessPathMax) path += '.' + std::to_string(child);
  return path;
}

struct Written {
  CompiledRule rule{};
  std::string text;  // with the process by its path
};

Written any_rule() {
  Written written;
  CompiledRule& rule = written.rule;
  choose_fault(rule);
  choose_target(rule);
  choose_moment(rule);
  rule.fd = heads() ? *rc::gen::inRange(0, 1 << 30) : kAnyFd;
  rule.thread = heads() ? *rc::gen::inRange(0, 1 << 30) : kAnyThread;
  rule.limit = heads() ? any_count() : kForever;
  written.text = print_rule(rule);
  if (heads()) {
    const std::string path = any_path();
    rule.process = hash_of_path(path.c_str());
    written.text += ":process=" + path;
  }
  return written;
}

/// A moment by its address, as a [[fault]] has it.
Written any_fault() {
  Written written;
  CompiledRule& rule = written.rule;
  choose_fault(rule);
  choose_target(rule);
  const Row row = *rc::gen::elementOf(members_of(rule.calls));
  rule.calls = {};
  rule.calls.add(row);
  rule.mechanisms = ~std::uint32_t{0};
  rule.is_explicit = 1;
  rule.first = rule.last = any_count();
  rule.step = 1;
  rule.rate_numerator = rule.rate_denominator = 1;
  rule.limit = kForever;
  rule.fd = kAnyFd;
  rule.thread = *rc::gen::inRange(0, 1 << 30);
  written.text = print_rule(rule);
  const std::string path = any_path();
  rule.process = hash_of_path(path.c_str());
  written.text += ":process=" + path;
  return written;
}

void same_rule(const std::string& text, const CompiledRule& rule) {
  const auto parsed = parse_rule(text, Hostility::kRefuse);
  if (!parsed) RC_FAIL(text + ": " + parsed.error().text);
  if (!(*parsed == rule)) RC_FAIL(text + " became " + print_rule(*parsed));
}

RC_GTEST_PROP(RuleProperty, ARuleIsWhatItsTextSays, ()) {
  const Written written = any_rule();
  RC_TAG(name_of(written.rule.kind));
  same_rule(print_rule(written.rule), written.rule);
  same_rule(written.text, written.rule);
}

void is_one_line(const std::string& text) {
  RC_ASSERT(!text.empty());
  for (const char c : text) RC_ASSERT(static_cast<unsigned char>(c) >= 0x20);
}

/// Bytes of any value, and pieces of real rules, so that the parser is led astray behind its first steps too.
std::string broken_text(const std::vector<std::string>& pieces) {
  const auto piece = rc::gen::oneOf(
      rc::gen::elementOf(pieces), rc::gen::string<std::string>(),
      rc::gen::map(rc::gen::arbitrary<std::uint64_t>(), [](auto n) { return std::to_string(n); }));
  std::string text;
  for (const std::string& each : *rc::gen::container<std::vector<std::string>>(piece)) text += each;
  return text;
}

RC_GTEST_PROP(RuleProperty, ABrokenRuleMakesOneLine, ()) {
  // Whole parts, most of them right, and in one case of two something broken behind one of them.
  std::string text =
      *rc::gen::elementOf(std::vector<std::string>{"read", "%wait", "/^re", "recv,/[ad]$/", "select"});
  const std::vector<std::string> parts = {":short",        ":eintr=USR1",  ":signal=SIGRTMIN+3", ":delay=7ms",
                                          ":error=EAGAIN", ":when=3..9+2", ":when=4+",           ":rate=1/7",
                                          ":on=pipe,tcp",  ":process=0.1", ":thread=2",          ":limit=3",
                                          ":nth=5",        ":fd=0"};
  for (int i = *rc::gen::inRange(1, 4); i > 0; --i) text += *rc::gen::elementOf(parts);
  if (heads())
    text += broken_text({"/", "(a*)*", "[", "\\", ":", ",", "=", "..", "+", "-", "eintr=", "process=#",
                         "RTMIN+", "ms", "read", std::string(1, '\0'), "\n"});
  for (const Hostility hostility : {Hostility::kRefuse, Hostility::kAllow}) {
    const auto rule = parse_rule(text, hostility);
    RC_CLASSIFY(rule.has_value());
    if (!rule) is_one_line(rule.error().text);
    if (rule) RC_ASSERT(parse_rule(print_rule(*rule), hostility).has_value());
  }
}

RC_GTEST_PROP(PlanProperty, APlanIsWhatItsTextSays, ()) {
  Plan plan;
  plan.seed = *rc::gen::arbitrary<std::uint64_t>();
  // TOML holds UTF-8 only, and a program's words hold no NUL.
  plan.program = *rc::gen::container<std::vector<std::string>>(
      rc::gen::container<std::string>(rc::gen::inRange<char>(1, 0x7f)));
  if (!plan.program.empty() && plan.program.front().empty()) plan.program.front() = "./app";
  for (int i = *rc::gen::inRange(0, 6); i > 0; --i) {
    const Written written = heads() ? any_fault() : any_rule();
    plan.rules.push_back(written.rule);
    plan.rule_texts.push_back(written.text);
  }
  Plan again;
  const std::string text = print_plan(plan);
  const auto parsed = parse_plan(text, "p.toml", Hostility::kRefuse, again);
  if (!parsed) RC_FAIL(parsed.error().text + "\n" + text);
  RC_TAG(text.find("[[fault]]") != std::string::npos ? "with faults" : "without");
  RC_ASSERT(again.seed == plan.seed);
  RC_ASSERT(again.program == plan.program);
  RC_ASSERT(again.rules.size() == plan.rules.size());
  for (std::size_t i = 0; i < plan.rules.size(); ++i) RC_ASSERT(again.rules[i] == plan.rules[i]);
}

RC_GTEST_PROP(PlanProperty, ABrokenPlanMakesOneLineAndChangesNothing, ()) {
  const std::string text = "flinch = 1\n" + broken_text({"seed = ",
                                                         "program = ",
                                                         "[\"a\"]",
                                                         "\n",
                                                         "[[fault]]\n",
                                                         "[[policy]]\n",
                                                         "[fault]\n",
                                                         "rule = \"read:short\"\n",
                                                         "call = \"read\"\n",
                                                         "nth = 1\n",
                                                         "kind = \"short\"\n",
                                                         "kind = \"",
                                                         "bytes = ",
                                                         "delay = \"",
                                                         "\"",
                                                         "{",
                                                         "}",
                                                         "[",
                                                         "]",
                                                         "=",
                                                         "#",
                                                         "\\u0000",
                                                         std::string(1, '\0')});
  Plan plan;
  plan.seed = 7;
  const auto parsed = parse_plan(text, "p\n.toml", Hostility::kRefuse, plan);
  RC_CLASSIFY(parsed.has_value());
  if (!parsed) {
    is_one_line(parsed.error().text);
    RC_ASSERT(parsed.error().text.starts_with("p\\x0a.toml:"));
    RC_ASSERT(plan.rules.empty());
    RC_ASSERT(plan.seed == 7U);
  }
}

}  // namespace
}  // namespace flinch
