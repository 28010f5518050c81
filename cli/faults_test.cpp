// Goal: `flinch faults` lists what the injectors apply to, and each line of it is a rule that flinch takes.
#include "cli/faults.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "core/decision/injector.h"
#include "core/plan/call_list.h"
#include "core/plan/names.h"

namespace flinch {
namespace {

std::string rule_of(const nlohmann::json& fault, const std::string& call) {
  const std::string kind = fault["kind"];
  const std::string value = kind == "signal" ? "=SIGCHLD" : kind == "delay" ? "=1ms" : "";
  RowSet only{};
  only.add(*row_of_name(call));
  return print_call_list(only) + ':' + kind + value + ":on=" + fault["mechanism"].get<std::string>();
}

TEST(Faults, EveryLineIsARuleThatFlinchTakes) {
  const auto faults = nlohmann::json::parse(faults_as_json());
  ASSERT_FALSE(faults.empty());
  std::set<std::string> kinds;
  for (const auto& fault : faults) {
    kinds.insert(fault["kind"]);
    for (const char* key : {"class", "mechanism", "condition", "source"})
      EXPECT_FALSE(fault[key].get<std::string>().empty()) << key;
    EXPECT_TRUE(fault["witness"].is_string());
    ASSERT_FALSE(fault["calls"].empty());
    for (const auto& call : fault["calls"]) {
      const auto rule = parse_rule(rule_of(fault, call), Hostility::kRefuse);
      EXPECT_TRUE(rule.has_value()) << rule.error().text;
    }
  }
  EXPECT_EQ(kinds.size(), kInjectorCount);
}

TEST(Faults, NoCallThatIsMissingWouldBeTaken) {
  const auto faults = nlohmann::json::parse(faults_as_json());
  std::size_t refused = 0;
  for (const auto& fault : faults) {
    const std::vector<std::string> calls = fault["calls"];
    for (const SyscallDescriptor& row : kSyscalls) {
      if (std::find(calls.begin(), calls.end(), row.name) != calls.end()) continue;
      EXPECT_FALSE(parse_rule(rule_of(fault, row.name), Hostility::kRefuse).has_value())
          << rule_of(fault, row.name);
      ++refused;
    }
  }
  EXPECT_GT(refused, 0U);
}

TEST(Faults, TheTextNamesEachAndKeepsItsWidth) {
  const std::string text = faults_as_text();
  for (std::uint32_t i = 0; i < kInjectorCount; ++i)
    EXPECT_NE(text.find(std::string(name_of(kAllInjectors[i]->kind)) + " ("), std::string::npos);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
}

}  // namespace
}  // namespace flinch
