// Goal: the scripts can fail. Each deliberate mistake in a mechanism is found by its scripts; printed is in
// which script. FLINCH_SEED chooses them.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "conformance/scripts/explore.h"
#include "core/mechanisms/mutants.h"

namespace flinch::conformance {
namespace {

using mechanisms::Mutant;

constexpr int kCasesMax = 20000;

struct Row {
  Mutant mutant;
  const char* name;
  const char* mechanism;
};
constexpr Row kMutants[] = {
#define FLINCH_MUTANT(name, mechanism, what) {Mutant::name, #name, mechanism},
#include "core/mechanisms/mutants.inc"
#undef FLINCH_MUTANT
};

class Mutants : public testing::TestWithParam<Row> {
 protected:
  void SetUp() override { mechanisms::chosen_mutant = GetParam().mutant; }
  void TearDown() override { mechanisms::chosen_mutant = Mutant::kNone; }
};

TEST_P(Mutants, AreFound) {
  const char* given = std::getenv("FLINCH_SEED");
  std::mt19937 random{given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10))
                                       : std::random_device{}()};
  const auto& all = mechanisms_under_test();
  const auto mechanism = std::find_if(all.begin(), all.end(), [](const Mechanism& one) {
    return std::string_view{one.name} == GetParam().mechanism;
  });
  ASSERT_NE(mechanism, all.end()) << GetParam().mechanism;
  Stage stage;
  Tally tally;
  for (int i = 0; i < kCasesMax; ++i) {
    Script script(1 + random() % kStepsMax);
    for (Operation& operation : script) {
      operation.who = static_cast<std::uint16_t>(random());
      operation.what = static_cast<std::uint16_t>(random());
      for (std::uint16_t& number : operation.numbers) number = static_cast<std::uint16_t>(random());
    }
    if (!compare(*mechanism, script, stage, tally)) continue;
    std::printf("| %s | %s | %d |\n", GetParam().mechanism, GetParam().name, i + 1);
    return;
  }
  FAIL() << kCasesMax << " scripts did not find " << GetParam().name;
}

INSTANTIATE_TEST_SUITE_P(All, Mutants, testing::ValuesIn(kMutants),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace flinch::conformance
