// A plan as the user wrote it, and its way into the form that both tiers read.
//
// Thread rules: values, no globals. Nothing here starts a process or touches the program under test.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/abi/plan_image.h"
#include "core/common/result.h"

namespace flinch {

/// A plan: seed, program and rules, in the order in which they were given.
struct Plan {
  std::uint64_t seed = 0;
  std::vector<std::string> program;     // optional
  std::vector<CompiledRule> rules;      // policies and explicit faults
  std::vector<std::string> rule_texts;  // one a rule, as written or as rebuilt: for messages and the summary
};

enum class Hostility : std::uint8_t { kRefuse, kAllow };

/// Parses `CALLS:FAULT[:SELECTOR…]` (contract.md, "Rules"). One more selector, `nth=N`, makes the rule
/// explicit: the thread's Nth call of that name on an IPC object. The error says which part is wrong and
/// what was probably meant; a rule that could only produce what Linux cannot is refused with the
/// reason and its manual page, unless `hostility` allows it.
Result<CompiledRule> parse_rule(std::string_view text, Hostility hostility);

/// The canonical text of a rule: parse_rule(print_rule(r)) == r, for a hostile rule with
/// Hostility::kAllow. A process stands there as `#` and its hash, since the path is lost.
std::string print_rule(const CompiledRule& rule);

bool operator==(const CompiledRule& a, const CompiledRule& b);

/// A process' path such as `0.1`, as hash_of_path() has it.
inline constexpr std::size_t kProcessPathMax = 128;
Result<std::uint64_t> parse_process(std::string_view text);

/// Adds a plan file (TOML, version 1) to `plan`: rules are appended, seed and program replaced if the
/// file has them. Errors carry file, line and column, and leave `plan` as it was.
/// In a [[fault]], `call`, `nth` and `kind` are mandatory; `process` is "0" and `thread` 0 without.
Result<void> load_plan(const std::string& path, Hostility hostility, Plan& plan);
Result<void> parse_plan(std::string_view toml, const std::string& name, Hostility hostility, Plan& plan);

/// The plan as TOML that load_plan() takes.
std::string print_plan(const Plan& plan);

struct TrapNeeds {
  bool logs_calls = false;  // trace, --log
};

/// Fills in the image, with the rows that the filter has to trap for these rules: none at all without
/// rules and log. A log has every call but the hottest (mmap, munmap, futex), which are trapped only if a
/// rule names them; build_filter() adds the mmap of shared memory. io_uring_setup is trapped as soon as
/// there is a rule, since its rings would get round everything.
Result<PlanImage> compile_plan(const Plan& plan, TrapNeeds needs);

}  // namespace flinch
