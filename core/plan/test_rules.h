// What the tests of this folder share.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "core/plan/names.h"
#include "core/plan/plan.h"

namespace flinch {

inline CompiledRule rule_of(const std::string& text, Hostility hostility = Hostility::kRefuse) {
  const auto rule = parse_rule(text, hostility);
  EXPECT_TRUE(rule.has_value()) << text << ": " << (rule ? "" : rule.error().text);
  return rule.value_or(CompiledRule{});
}

inline std::string error_of(const std::string& text, Hostility hostility = Hostility::kRefuse) {
  const auto rule = parse_rule(text, hostility);
  return rule ? "accepted as " + print_rule(*rule) : rule.error().text;
}

}  // namespace flinch
