// Goal: nobody claims a witness that does not exist.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "core/decision/injector.h"

namespace flinch {
namespace {

TEST(Catalogue, EveryWitnessIsATestOfThisProgram) {
  std::set<std::string> tests;
  const testing::UnitTest& program = *testing::UnitTest::GetInstance();
  for (int i = 0; i < program.total_test_suite_count(); ++i) {
    const testing::TestSuite& suite = *program.GetTestSuite(i);
    for (int j = 0; j < suite.total_test_count(); ++j)
      tests.insert(std::string(suite.name()) + "." + suite.GetTestInfo(j)->name());
  }
  ASSERT_GT(kInjectorCount, 0U);
  for (std::uint32_t i = 0; i < kInjectorCount; ++i)
    EXPECT_TRUE(tests.count(kAllInjectors[i]->witness) == 1)
        << name_of(kAllInjectors[i]->kind) << " names " << kAllInjectors[i]->witness;
}

}  // namespace
}  // namespace flinch
