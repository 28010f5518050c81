// Goal: options mean what contract.md says and end where the program begins; what is wrong is named.
#include "cli/options.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace flinch {
namespace {

using Words = std::vector<std::string>;

RunOptions options_of(const Words& words, RunKind kind = RunKind::kRun) {
  const auto options = parse_run_options(kind, words);
  EXPECT_TRUE(options.has_value()) << (options ? "" : options.error().text);
  if (!options || !*options) return {};
  return **options;
}

std::string error_of(const Words& words) {
  const auto options = parse_run_options(RunKind::kRun, words);
  return options ? "accepted" : options.error().text;
}

/// A plan file that goes away with the test.
class PlanOnDisk {
 public:
  explicit PlanOnDisk(const std::string& text)
      : path_(testing::TempDir() + "flinch-options-" + std::to_string(getpid())) {
    std::ofstream(path_) << text;
  }
  PlanOnDisk(const PlanOnDisk&) = delete;
  PlanOnDisk& operator=(const PlanOnDisk&) = delete;
  ~PlanOnDisk() { unlink(path_.c_str()); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST(Options, TakesThemAll) {
  const RunOptions options = options_of({"--inject", "read:short", "--inject=write:full", "--seed", "7",
                                         "--timeout", "2.5", "--log", "-", "--backend", "kernel", "--hostile",
                                         "--env", "A=[1,2]", "--env=B=", "--quiet", "--", "./app", "--seed"});
  ASSERT_EQ(options.plan.rules.size(), 2U);
  EXPECT_EQ(options.plan.rule_texts, (Words{"read:short", "write:full"}));
  EXPECT_EQ(options.plan.rules[0].is_hostile, 1);
  EXPECT_EQ(options.plan.seed, 7U);
  EXPECT_EQ(options.timeout_s, 2.5);
  EXPECT_EQ(options.log_path, "-");
  EXPECT_TRUE(options.hostile);
  EXPECT_TRUE(options.quiet);
  EXPECT_FALSE(options.is_trace);
  EXPECT_EQ(options.environment, (Words{"A=[1,2]", "B="}));
  EXPECT_EQ(options.program, (Words{"./app", "--seed"}));
}

TEST(Options, WithoutAnyThereIsNoRule) {
  const RunOptions options = options_of({"ls"}, RunKind::kTrace);
  EXPECT_TRUE(options.is_trace);
  EXPECT_TRUE(options.plan.rules.empty());
  EXPECT_FALSE(options.timeout_s.has_value());
  EXPECT_TRUE(options.log_path.empty());
  EXPECT_FALSE(options.hostile);
  EXPECT_FALSE(options.quiet);
}

TEST(Options, EndAtTheProgram) {
  EXPECT_EQ(options_of({"--quiet", "ls", "--quiet", "--", "-l"}).program,
            (Words{"ls", "--quiet", "--", "-l"}));
  EXPECT_EQ(options_of({"--", "--odd-program", "x"}).program, (Words{"--odd-program", "x"}));
  EXPECT_EQ(options_of({"ls", "--help"}).program, (Words{"ls", "--help"}));
  EXPECT_EQ(options_of({"--seed", "3", "-"}).program, (Words{"-"}));
}

TEST(Options, HelpIsNoRun) {
  for (const Words& words : {Words{"--help"}, Words{"-h"}, Words{"--seed", "1", "--help", "ls"}}) {
    const auto options = parse_run_options(RunKind::kRun, words);
    ASSERT_TRUE(options.has_value());
    EXPECT_FALSE(options->has_value());
  }
}

TEST(Options, RulesStandAloneAmongBracketsAndBraces) {
  // CLI11 would split the first and drop the second.
  EXPECT_EQ(error_of({"--inject", "[read:short,write:full]", "ls"}),
            "--inject '[read:short,write:full]': column 1: '[read' is no call that flinch knows; did you "
            "mean 'read'?");
  EXPECT_EQ(error_of({"--inject", "{}", "ls"}), "--inject '{}': column 1: '{}' is no call that flinch knows");
  EXPECT_EQ(error_of({"--env", "{}", "ls"}), "--env needs NAME=VALUE, and '{}' is not that");
}

TEST(Options, ThePlanComesBeforeTheRules) {
  const PlanOnDisk plan(
      "flinch = 1\nseed = 5\nprogram = [\"./app\", \"-x\"]\n[[policy]]\nrule = \"write:full\"\n");
  const RunOptions from_plan = options_of({"--inject", "read:short", "--plan", plan.path()});
  ASSERT_EQ(from_plan.plan.rules.size(), 2U);
  EXPECT_EQ(from_plan.plan.rules[0].kind, FaultKind::kFull);
  EXPECT_EQ(from_plan.plan.seed, 5U);
  EXPECT_EQ(from_plan.program, (Words{"./app", "-x"}));
  const RunOptions overridden = options_of({"--seed", "6", "--plan", plan.path(), "other"});
  EXPECT_EQ(overridden.plan.seed, 6U);
  EXPECT_EQ(overridden.program, (Words{"other"}));
}

TEST(Options, AWrongPlanNamesItsPlace) {
  const PlanOnDisk plan("flinch = 1\nsede = 5\n");
  EXPECT_EQ(error_of({"--plan", plan.path(), "ls"}),
            plan.path() + ":2:1: 'sede' is no key here; did you mean 'seed'?");
}

TEST(Options, SayWhatIsWrong) {
  struct Bad {
    Words words;
    const char* error;
  };
  const Bad bad[] = {
      {{}, "no program is given: flinch run [options] [--] PROGRAM [ARG...]"},
      {{"--"}, "no program is given: flinch run [options] [--] PROGRAM [ARG...]"},
      {{"--inejct", "read:short", "ls"}, "unknown option '--inejct'; did you mean '--inject'?"},
      {{"--sed=3", "ls"}, "unknown option '--sed'; did you mean '--seed'?"},
      {{"-x", "ls"}, "unknown option '-x'"},
      {{"--schedule", "serial:7", "ls"},
       "--schedule needs --backend emulated, which this version does not have"},
      {{"--seed"}, "--seed needs a value"},
      {{"--seed=", "ls"}, "--seed needs a value"},
      {{"--log", "", "ls"}, "--log needs a value"},
      {{"--quiet=yes", "ls"}, "--quiet takes no value"},
      {{"--seed", "1", "--seed", "2", "ls"}, "--seed is given twice"},
      {{"--seed", "-1", "ls"}, "--seed cannot be negative, and '-1' is"},
      {{"--seed", "18446744073709551616", "ls"},
       "--seed is at most 18446744073709551615, and '18446744073709551616' is more"},
      {{"--timeout", "0", "ls"},
       "--timeout needs seconds, more than 0 and at most 10000000, such as 2.5, and '0' is not that"},
      {{"--timeout", "nan", "ls"},
       "--timeout needs seconds, more than 0 and at most 10000000, such as 2.5, and 'nan' is not that"},
      {{"--timeout", "1s", "ls"},
       "--timeout needs seconds, more than 0 and at most 10000000, such as 2.5, and '1s' is not that"},
      {{"--timeout", "1e99", "ls"},
       "--timeout needs seconds, more than 0 and at most 10000000, such as 2.5, and '1e99' is not that"},
      {{"--env", "NAME", "ls"}, "--env needs NAME=VALUE, and 'NAME' is not that"},
      {{"--env", "=x", "ls"}, "--env needs NAME=VALUE, and '=x' is not that"},
      {{"--backend", "emulated", "ls"}, "--backend emulated: this version has the kernel backend only"},
      {{"--backend", "kernal", "ls"},
       "--backend is kernel or emulated, and 'kernal' is neither; did you mean 'kernel'?"},
      {{"--inject", "raed:short", "ls"},
       "--inject 'raed:short': column 1: 'raed' is no call that flinch knows; did you mean 'read'?"},
      {{"--plan", "/nonexistent.toml", "ls"}, "/nonexistent.toml: No such file or directory"},
  };
  for (const Bad& each : bad) EXPECT_EQ(error_of(each.words), each.error);
}

TEST(Options, RulesHaveAnEnd) {
  Words words;
  for (std::size_t i = 0; i <= kRuleMax; ++i) words.insert(words.end(), {"--inject", "read:short"});
  words.emplace_back("ls");
  EXPECT_EQ(error_of(words), "at most 128 rules go into one run, and these are 129");
}

}  // namespace
}  // namespace flinch
