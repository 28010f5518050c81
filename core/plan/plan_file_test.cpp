// Goal: a plan file means what contract.md says, survives printing, and a wrong one is refused with file,
// line and column, leaving the plan as it was.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "core/plan/test_rules.h"

namespace flinch {
namespace {

Plan plan_of(const std::string& toml) {
  Plan plan;
  const auto done = parse_plan(toml, "p.toml", Hostility::kRefuse, plan);
  EXPECT_TRUE(done.has_value()) << done.error().text;
  return plan;
}

std::string plan_error(const std::string& toml) {
  Plan plan;
  plan.seed = 7;
  const auto done = parse_plan(toml, "p.toml", Hostility::kRefuse, plan);
  EXPECT_EQ(plan.seed, 7U) << "a refused plan has left something behind";
  EXPECT_TRUE(plan.rules.empty());
  return done ? "accepted" : done.error().text;
}

TEST(PlanFile, ReadsTheExampleOfTheContract) {
  const Plan plan = plan_of(R"(
flinch  = 1
seed    = 42
program = ["./app", "--self-test"]

[[fault]]
process = "0.1"
thread  = 0
call    = "read"
nth     = 3
kind    = "short"
bytes   = 1

[[policy]]
rule = "%write:eintr:on=pipe:rate=1/20"
)");
  EXPECT_EQ(plan.seed, 42U);
  EXPECT_EQ(plan.program, (std::vector<std::string>{"./app", "--self-test"}));
  ASSERT_EQ(plan.rules.size(), 2U);
  EXPECT_TRUE(plan.rules[0] == rule_of("read:short=1:process=0.1:thread=0:nth=3"));
  EXPECT_EQ(plan.rule_texts[0], "read:short=1:process=0.1:thread=0:nth=3");
  EXPECT_TRUE(plan.rules[1] == rule_of("%write:eintr:on=pipe:rate=1/20"));
  EXPECT_EQ(plan.rule_texts[1], "%write:eintr:on=pipe:rate=1/20");
}

TEST(PlanFile, KeepsTheOrderOfFaultsAndPolicies) {
  const Plan plan = plan_of(
      "flinch = 1\n[[policy]]\nrule = \"read:short\"\n[[fault]]\ncall = \"write\"\nnth = 1\nkind = \"full\"\n"
      "[[policy]]\nrule = \"write:eagain\"\n");
  ASSERT_EQ(plan.rules.size(), 3U);
  EXPECT_EQ(plan.rules[0].kind, FaultKind::kShort);
  EXPECT_EQ(plan.rules[1].kind, FaultKind::kFull);
  EXPECT_EQ(plan.rules[2].kind, FaultKind::kEagain);
}

TEST(PlanFile, AFaultIsOfTheProgramsFirstThreadUnlessItSaysMore) {
  const Plan plan =
      plan_of("flinch = 1\n[[fault]]\ncall = \"select\"\nnth = 2\nkind = \"eintr\"\nsignal = \"USR1\"\n");
  ASSERT_EQ(plan.rules.size(), 1U);
  EXPECT_TRUE(plan.rules[0] == rule_of("/^select$/:eintr=SIGUSR1:process=0:thread=0:nth=2"));
}

TEST(PlanFile, AmountIsBytesOrNanoseconds) {
  const std::string head = "flinch = 1\n[[fault]]\ncall = \"read\"\nnth = 1\namount = 5\n";
  EXPECT_EQ(plan_of(head + "kind = \"short\"\n").rules[0].amount, 5U);
  EXPECT_EQ(plan_of(head + "kind = \"delay\"\n").rules[0].amount, 5U);
}

TEST(PlanFile, AddsToWhatIsThere) {
  Plan plan = plan_of("flinch = 1\nseed = 3\n[[policy]]\nrule = \"read:short\"\n");
  ASSERT_TRUE(parse_plan("flinch = 1\n[[policy]]\nrule = \"write:full\"\n", "q", Hostility::kRefuse, plan)
                  .has_value());
  EXPECT_EQ(plan.seed, 3U);
  EXPECT_EQ(plan.rules.size(), 2U);
}

TEST(PlanFile, ComesBackFromItsText) {
  Plan plan;
  plan.seed = ~std::uint64_t{0};  // beyond TOML's integers
  plan.program = {"./a b", "quote\" back\\slash", "tab\t newline\n", "gr\xc3\xbc\xc3\x9f"};
  for (const char* text :
       {"read:short=3:process=0.1.2:thread=1:nth=9", "read:eintr=SIGRTMIN+1:process=0:thread=0:nth=1",
        "semop:delay=1500us:process=0:thread=0:nth=1", "%write:eintr:on=pipe:rate=1/20", "read:eagain:nth=4",
        "/^select$/:eintr:process=0:thread=0:nth=1"}) {
    plan.rules.push_back(rule_of(text));
    plan.rule_texts.emplace_back(text);
  }
  plan.rules.push_back(
      rule_of("write:full:process=0.3:thread=0:nth=2"));  // as the explorer adds one, without a text
  const std::string text = print_plan(plan);
  const Plan again = plan_of(text);
  EXPECT_EQ(again.seed, plan.seed);
  EXPECT_EQ(again.program, plan.program);
  ASSERT_EQ(again.rules.size(), plan.rules.size()) << text;
  for (std::size_t i = 0; i < plan.rules.size(); ++i) EXPECT_TRUE(again.rules[i] == plan.rules[i]) << text;
  EXPECT_EQ(print_plan(again), text);
  EXPECT_NE(text.find("[[fault]]\nprocess = \"0.1.2\"\nthread = 1\ncall = \"read\"\nnth = 9\nkind = "
                      "\"short\"\nbytes = 3\n"),
            std::string::npos)
      << text;
}

TEST(PlanFile, LeavesOutAProgramThatTomlCannotHold) {
  Plan plan;
  plan.program = {"./app", "\xff"};
  EXPECT_TRUE(plan_of(print_plan(plan)).program.empty());
}

struct Bad {
  std::string toml;
  std::string error;
};

TEST(PlanFile, SaysWhereItIsWrong) {
  const std::string fault = "flinch = 1\n[[fault]]\ncall = \"read\"\nnth = 1\n";
  const Bad bad[] = {
      {"", "p.toml:1:1: the plan does not begin with its format's version, flinch = 1"},
      {"seed = 1\n", "p.toml:1:1: the plan does not begin with its format's version, flinch = 1"},
      {"flinch = 2\n",
       "p.toml:1:10: the plan has format 2, and this flinch knows format 1 only: it takes a newer flinch"},
      {"flinch = 0\n", "p.toml:1:10: flinch is at least 1, and '0' is less"},
      {"flinch = \"1\"\n", "p.toml:1:10: flinch is an integer, and a string stands here"},
      {"flinch = 1\nsed = 3\n", "p.toml:2:1: 'sed' is no key here; did you mean 'seed'?"},
      {"flinch = 1\nseed = -3\n", "p.toml:2:8: seed cannot be negative, and '-3' is"},
      {"flinch = 1\nseed = 1.5\n", "p.toml:2:8: seed is an integer, and a floating-point number stands here"},
      {"flinch = 1\nseed = \"x\"\n", "p.toml:2:8: seed needs a number, and 'x' is none"},
      {"flinch = 1\nprogram = \"ls\"\n",
       "p.toml:2:11: program is an array of strings, and a string stands here"},
      {"flinch = 1\nprogram = [\"ls\", 1]\n",
       "p.toml:2:18: each word of program is a string, and an integer stands here"},
      {"flinch = 1\nprogram = [\"l\\u0000s\"]\n", "p.toml:2:12: a NUL byte stands in a word of program"},
      {"flinch = 1\nprogram = []\n",
       "p.toml:2:11: program names no program: leave the key out if there is none"},
      {"flinch = 1\npolicy = 3\n",
       "p.toml:2:10: policy is a list of tables, each under [[policy]], and an integer stands here"},
      {"flinch = 1\n[policy]\nrule = \"read:short\"\n",
       "p.toml:2:1: policy is a list of tables, each under [[policy]], and a table stands here"},
      {"flinch = 1\n[[policy]]\nrules = \"read:short\"\n",
       "p.toml:3:1: 'rules' is no key here; did you mean 'rule'?"},
      {"flinch = 1\n[[policy]]\n", "p.toml:2:1: a [[policy]] needs its rule"},
      {"flinch = 1\n[[policy]]\nrule = \"raed:short\"\n",
       "p.toml:3:8: in the rule, column 1: 'raed' is no call that flinch knows; did you mean 'read'?"},
      {"flinch = 1\n[[policy]]\nrule = \"read:sh\\u0000rt\"\n",
       "p.toml:3:8: in the rule, column 8: a NUL byte stands in the rule"},
      {fault, "p.toml:2:1: a [[fault]] needs the key kind"},
      {fault + "knid = \"short\"\n", "p.toml:5:1: 'knid' is no key here; did you mean 'kind'?"},
      {fault + "kind = \"shrt\"\n", "p.toml:5:8: 'shrt' is no fault; did you mean 'short'?"},
      {fault + "kind = \"drop\"\n", "p.toml:5:8: drop is not carried out by this version yet"},
      {fault + "kind = \"delay\"\n", "p.toml:5:8: delay needs a time, such as 10ms"},
      {fault + "kind = \"delay\"\ndelay = \"1 week\"\n",
       "p.toml:6:9: delay needs a whole number of ns, us, ms or s, and '1 week' is none"},
      {fault + "kind = \"delay\"\ndelay = \"1ms\"\namount = 4\n",
       "p.toml:7:10: the fault has two parameters, and takes one"},
      {fault + "kind = \"short\"\nbytes = 0\n", "p.toml:6:9: bytes is at least 1, and '0' is less"},
      {fault + "kind = \"short\"\nbytes = true\n",
       "p.toml:6:9: bytes is an integer, and a boolean stands here"},
      {fault + "kind = \"short\"\nbytes = 9223372036854775807\n",
       "p.toml:6:9: bytes is at most 2147479552, and '9223372036854775807' is more"},
      {fault + "kind = \"eagain\"\nbytes = 1\n",
       "p.toml:6:9: bytes does not go with a fault of the kind eagain"},
      {fault + "kind = \"eintr\"\nsignal = \"KILL\"\n",
       "p.toml:6:10: SIGKILL cannot be caught, so no program can stand it: signal(7)"},
      {fault + "kind = \"eintr\"\nprocess = \"1\"\n",
       "p.toml:6:11: process is a path from the program, which is 0, such as 0.1 for its first child, and "
       "'1' is none"},
      {fault + "kind = \"eintr\"\nthread = -1\n", "p.toml:6:10: thread cannot be negative, and '-1' is"},
      {fault + "kind = \"eintr\"\nthread = 2147483648\n",
       "p.toml:6:10: thread is at most 2147483647, and '2147483648' is more"},
      {"flinch = 1\n[[fault]]\ncall = \"fork\"\nnth = 0\nkind = \"eintr\"\n",
       "p.toml:4:7: nth is at least 1, and '0' is less"},
      {"flinch = 1\n[[fault]]\ncall = \"sleep\"\nnth = 1\nkind = \"eintr\"\n",
       "p.toml:3:8: 'sleep' is made of several system calls, and a fault has one: nanosleep, clock_nanosleep "
       "..."},
  };
  for (const Bad& each : bad) EXPECT_EQ(plan_error(each.toml), each.error) << each.toml;
}

TEST(PlanFile, RefusesAnImpossibleFault) {
  const std::string error = plan_error("flinch = 1\n[[fault]]\ncall = \"mmap\"\nnth = 1\nkind = \"short\"\n");
  EXPECT_TRUE(error.starts_with("p.toml:5:8: short never happens to mmap; where Linux has it: ")) << error;
}

TEST(PlanFile, SyntaxErrorsHaveAPlaceAndOneLine) {
  for (const std::string& toml :
       {std::string("flinch = 1\nseed = 99999999999999999999\n"), std::string("flinch = 1\nseed = = 3\n"),
        std::string("flinch = 1\nflinch = 1\n"), std::string("flinch = 1\n[[policy\n"),
        std::string("flinch = 1\nx = \"\xff\"\n"), std::string("flinch = 1\n\0seed = 1\n", 20),
        "flinch = 1\nx = " + std::string(100'000, '[')}) {
    const std::string error = plan_error(toml);
    EXPECT_TRUE(error.starts_with("p.toml:2:")) << error;
    EXPECT_EQ(error.find('\n'), std::string::npos) << error;
  }
}

TEST(PlanFile, SaysWhyAFileCannotBeRead) {
  Plan plan;
  const auto missing = load_plan("/nonexistent/plan.toml", Hostility::kRefuse, plan);
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().text, "/nonexistent/plan.toml: No such file or directory");
  const auto directory = load_plan("/", Hostility::kRefuse, plan);
  ASSERT_FALSE(directory.has_value());
  EXPECT_EQ(directory.error().text, "/: Is a directory");
  const auto endless = load_plan("/dev/zero", Hostility::kRefuse, plan);
  ASSERT_FALSE(endless.has_value());
  EXPECT_EQ(endless.error().text, "/dev/zero: longer than 16 MiB, so it is no plan");
}

}  // namespace
}  // namespace flinch
