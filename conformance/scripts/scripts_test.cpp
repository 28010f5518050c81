// Goal: no script of calls tells a mechanism from the running kernel. FLINCH_CASES says how many scripts a
// mechanism (the default is few), FLINCH_SEED which; both are printed.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "conformance/scripts/explore.h"

namespace flinch::conformance {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr ? std::strtoull(value, nullptr, 10) : otherwise;
}

class Scripts : public testing::TestWithParam<std::size_t> {};

TEST_P(Scripts, AgreeWithTheKernel) {
  const Mechanism& mechanism = mechanisms_under_test()[GetParam()];
  const auto cases = static_cast<int>(from_environment("FLINCH_CASES", 1500));
  const std::uint64_t seed = from_environment("FLINCH_SEED", std::random_device{}());
  Stage stage;
  const Exploration exploration = explore(mechanism, stage, cases, seed);
  std::printf("%s: FLINCH_SEED=%llu FLINCH_CASES=%d, %llu calls, %llu of them waited\n", mechanism.name,
              static_cast<unsigned long long>(seed), cases,
              static_cast<unsigned long long>(exploration.tally.operations),
              static_cast<unsigned long long>(exploration.tally.sleeps));
  for (const Divergence& divergence : exploration.divergences)
    ADD_FAILURE() << mechanism.name << ":\n"
                  << show(divergence.steps) << "  expected " << divergence.expected << "\n  got      "
                  << divergence.got;
  EXPECT_GT(exploration.tally.operations, static_cast<std::uint64_t>(cases));
}

INSTANTIATE_TEST_SUITE_P(Mechanisms, Scripts, testing::Range(std::size_t{0}, mechanisms_under_test().size()),
                         [](const auto& test) {
                           std::string name = mechanisms_under_test()[test.param].name;
                           std::erase(name, '-');  // GoogleTest wants a word
                           return name;
                         });

}  // namespace
}  // namespace flinch::conformance
