// Goal: a divergence can be handed on. A deliberate mistake gives a script; its C program is compiled, run, and
// has to say of the last call what the kernel was seen to do. Table and JSON hold what contract.md promises.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "conformance/report/report.h"
#include "core/mechanisms/mutants.h"

namespace flinch::conformance {
namespace {

Report report_with_mutant(const std::string& mechanism, mechanisms::Mutant mutant) {
  const auto& all = mechanisms_under_test();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == mechanism; });
  mechanisms::chosen_mutant = mutant;
  Stage stage;
  Report report{"1.2.3", "6.0", 42, {}};
  report.entries.push_back({mechanism, explore(*found, stage, 3000, 42, 1)});
  mechanisms::chosen_mutant = mechanisms::Mutant::kNone;
  return report;
}

std::string output_of(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "r");
  std::string all;
  char part[4096];
  while (const std::size_t size = fread(part, 1, sizeof part, pipe)) all.append(part, size);
  return pclose(pipe) == 0 ? all : "failed: " + all;
}

/// `thread 1: = 5, 5 bytes #…; thread 2 waits` without the data, a line each.
std::vector<std::string> outcomes_in(const std::string& text) {
  std::vector<std::string> outcomes;
  std::istringstream stream{text};
  for (std::string part; std::getline(stream, part, ';');) {
    part.erase(0, part.find_first_not_of(' '));
    outcomes.push_back("  " + part.substr(0, part.find(',')));
  }
  return outcomes;
}

class Programs : public testing::TestWithParam<std::pair<const char*, mechanisms::Mutant>> {};

TEST_P(Programs, ShowTheDivergenceWithoutFlinch) {
  const auto& [mechanism, mutant] = GetParam();
  const Report report = report_with_mutant(mechanism, mutant);
  ASSERT_TRUE(report.has_divergences());
  const Divergence& divergence = report.entries.front().exploration.divergences.front();
  char folder[] = "/tmp/flinch-report-XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  const std::string program = std::string{folder} + "/program";
  std::ofstream{program + ".c"} << as_c_program(report, mechanism, divergence);
  const std::string built =
      output_of("cc -std=gnu11 -Wall -Wextra -Werror -o " + program + " " + program + ".c 2>&1");
  EXPECT_EQ(built, "");
  const std::string said = output_of("timeout 60 " + program);
  // Of the last call only.
  const std::string last = said.substr(said.rfind("\nthread"));
  for (const std::string& outcome : outcomes_in(divergence.got))
    EXPECT_NE(last.find(outcome), std::string::npos) << outcome << "\nis not in\n" << said << divergence.got;
  std::filesystem::remove_all(folder);
}

INSTANTIATE_TEST_SUITE_P(Mutants, Programs,
                         testing::Values(std::pair{"pipe", mechanisms::Mutant::pipe_shrinks_over_data},
                                         std::pair{"pipe", mechanisms::Mutant::pipe_one_page_more},
                                         std::pair{"pipe", mechanisms::Mutant::fifo_open_never_waits},
                                         std::pair{"pipe", mechanisms::Mutant::pipe_no_sigpipe},
                                         std::pair{"signal", mechanisms::Mutant::signal_resethand_is_ignored},
                                         std::pair{"signal", mechanisms::Mutant::signal_always_restarts}));

TEST(Report, HoldsWhatTheContractPromises) {
  const Report report = report_with_mutant("pipe", mechanisms::Mutant::pipe_one_page_more);
  const auto json = nlohmann::json::parse(as_json(report));
  EXPECT_EQ(json.at("flinch"), "1.2.3");
  EXPECT_EQ(json.at("kernel"), "6.0");
  EXPECT_EQ(json.at("seed"), 42);
  const auto& mechanism = json.at("mechanisms").at(0);
  EXPECT_EQ(mechanism.at("name"), "pipe");
  EXPECT_GT(mechanism.at("properties"), 0);
  EXPECT_GE(mechanism.at("operations"), mechanism.at("scripts"));
  EXPECT_TRUE(mechanism.at("divergences").at(0).at("script").is_string());
  EXPECT_TRUE(mechanism.at("divergences").at(0).at("expected").is_string());
  EXPECT_TRUE(mechanism.at("divergences").at(0).at("got").is_string());
  for (const auto& row : json.at("errnos"))
    EXPECT_TRUE(row.at("call").is_string() && row.at("reached").is_number());
  EXPECT_NE(as_table(report).find("pipe"), std::string::npos);
}

}  // namespace
}  // namespace flinch::conformance
