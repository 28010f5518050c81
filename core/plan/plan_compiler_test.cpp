// Goal: the filter traps what rules, legality and log need, and nothing else.
#include <gtest/gtest.h>

#include "core/plan/test_rules.h"

namespace flinch {
namespace {

PlanImage image_of(const std::vector<std::string>& rules, bool logs_calls = false) {
  Plan plan;
  plan.seed = 42;
  for (const std::string& rule : rules) plan.rules.push_back(rule_of(rule));
  const auto image = compile_plan(plan, {logs_calls});
  EXPECT_TRUE(image.has_value());
  return image.value_or(PlanImage{});
}

TEST(PlanCompiler, NoRuleTrapsNothing) {
  const PlanImage image = image_of({});
  EXPECT_EQ(image.magic, kPlanMagic);
  EXPECT_EQ(image.seed, 42U);
  EXPECT_EQ(image.rule_count, 0U);
  EXPECT_TRUE(image.trapped.empty());
}

TEST(PlanCompiler, ALogTrapsAllButMunmap) {
  const PlanImage image = image_of({}, true);
  EXPECT_EQ(image.logs_calls, 1);
  EXPECT_TRUE(image.ruled.empty());
  EXPECT_TRUE(image.observed.empty());
  for (std::size_t i = 0; i < kRowCount; ++i) {
    const Row row = static_cast<Row>(i);
    const bool is_left_out = row == Row::munmap;
    EXPECT_EQ(image.trapped.has(row), !is_left_out) << descriptor(row).name;
  }
}

TEST(PlanCompiler, AShortReadNeedsTheWritesToo) {
  const PlanImage image = image_of({"read:short"});
  EXPECT_EQ(image.rule_count, 1U);
  EXPECT_EQ(image.tracks_streams, 1);
  EXPECT_EQ(members_of(image.ruled), std::vector<Row>{Row::read});
  for (const Row row : {Row::write, Row::sendmsg, Row::recvmsg, Row::ioctl, Row::fcntl, Row::epoll_ctl,
                        Row::ppoll, Row::setsockopt, Row::splice, Row::socketpair, Row::pipe2, Row::pipe}) {
    EXPECT_TRUE(image.observed.has(row)) << descriptor(row).name;
    EXPECT_TRUE(image.trapped.has(row)) << descriptor(row).name;
  }
  EXPECT_TRUE(image.trapped.has(Row::rt_sigaction));
  EXPECT_TRUE(image.trapped.has(Row::io_uring_setup));
  EXPECT_FALSE(image.observed.has(Row::semop));
  EXPECT_FALSE(image.trapped.has(Row::futex));
  EXPECT_FALSE(image.trapped.has(Row::exit_group));
}

TEST(PlanCompiler, ADelayWatchesNoStream) {
  const PlanImage image = image_of({"semop:delay=1ms", "futex:delay=1us"});
  EXPECT_EQ(image.tracks_streams, 0);
  EXPECT_TRUE(image.observed.empty());
  RowSet expected = rows_named({"semop", "futex", "rt_sigaction", "io_uring_setup"});
  EXPECT_EQ(members_of(image.trapped), members_of(expected));
}

TEST(PlanCompiler, TheFaultsThatRestOnStreamsTrackThem) {
  for (const char* rule : {"read:short", "read:eagain", "write:full", "read:eintr"})
    EXPECT_EQ(image_of({rule}).tracks_streams, 1) << rule;
  for (const char* rule : {"read:delay=1ms", "read:signal=SIGCHLD"})
    EXPECT_EQ(image_of({rule}).tracks_streams, 0) << rule;
}

TEST(PlanCompiler, RulesKeepTheirOrder) {
  const PlanImage image = image_of({"write:full", "read:short=3", "write:eagain"});
  ASSERT_EQ(image.rule_count, 3U);
  EXPECT_EQ(image.rules[0].kind, FaultKind::kFull);
  EXPECT_EQ(image.rules[1].amount, 3U);
  EXPECT_EQ(image.rules[2].kind, FaultKind::kEagain);
}

TEST(PlanCompiler, RefusesMoreRulesThanTheImageHolds) {
  Plan plan;
  plan.rules.assign(kRuleMax, rule_of("read:short"));
  EXPECT_TRUE(compile_plan(plan, {}).has_value());
  plan.rules.push_back(plan.rules.front());
  const auto image = compile_plan(plan, {});
  ASSERT_FALSE(image.has_value());
  EXPECT_EQ(image.error().text, "a plan has at most 128 rules, and this one has 129");
}

}  // namespace
}  // namespace flinch
