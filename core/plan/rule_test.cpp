// Goal: a rule means what contract.md says, its canonical text means the same, and a wrong rule is
// refused with the place, the reason and what was probably meant.
#include <gtest/gtest.h>

#include "core/abi/fault.h"
#include "core/plan/test_rules.h"

namespace flinch {
namespace {

struct Good {
  const char* text;
  const char* canonical;
};

// The canonical text shows every field, so it stands for the compiled rule.
constexpr Good kGood[] = {
    {"read:short", "read:short=1"},
    {"read:short=17", "read:short=17"},
    {"recv:short", "recvfrom:short=1"},
    {"send,write:short=2", "write,sendto:short=2"},
    {"read:eintr", "read:eintr"},
    {"read:eintr=SIGUSR1", "read:eintr=SIGUSR1"},
    {"read:eintr=USR1", "read:eintr=SIGUSR1"},
    {"read:eintr=10", "read:eintr=SIGUSR1"},
    {"read:error=EINTR", "read:eintr"},
    {"read:error=4", "read:eintr"},
    {"read:error=EAGAIN", "read:eagain"},
    {"read:error=EWOULDBLOCK", "read:eagain"},
    {"read:eagain:on=pipe,unix", "read:eagain:on=pipe,unix"},
    {"write:full:on=pipe", "write:full:on=pipe"},
    {"read:signal=SIGCHLD", "read:signal=SIGCHLD"},
    {"read:signal=34", "read:signal=SIGRTMIN"},
    {"read:signal=RTMIN+2", "read:signal=SIGRTMIN+2"},
    {"read:signal=SIGRTMAX", "read:signal=SIGRTMIN+30"},
    {"read:signal=SIGRTMAX-30", "read:signal=SIGRTMIN"},
    {"semop:delay=10ms", "semop:delay=10ms"},
    {"semop:delay=1500us", "semop:delay=1500us"},
    {"semop:delay=2000ms", "semop:delay=2s"},
    {"semop:delay=7ns", "semop:delay=7ns"},
    {"semop:delay_enter=250", "semop:delay=250us"},  // strace counts microseconds
    {"read:short:when=3", "read:short=1:when=3"},
    {"read:short:when=3+", "read:short=1:when=3+"},
    {"read:short:when=1+", "read:short=1"},
    {"read:short:when=3+2", "read:short=1:when=3+2"},
    {"read:short:when=3..9", "read:short=1:when=3..9"},
    {"read:short:when=3..9+2", "read:short=1:when=3..9+2"},
    {"read:short:when=3..3", "read:short=1:when=3"},
    {"read:when=3:error=EINTR", "read:eintr:when=3"},  // strace does not mind the order
    {"read:short:rate=1/10", "read:short=1:rate=1/10"},
    {"read:short:rate=1/1", "read:short=1"},
    {"read:short:fd=3:thread=0:limit=5", "read:short=1:fd=3:thread=0:limit=5"},
    {"read:short:process=0.1", "read:short=1:process=#4e18dd181d0a2066"},
    {"read:short:process=#4e18dd181d0a2066", "read:short=1:process=#4e18dd181d0a2066"},
    {"read:short:nth=3", "read:short=1:nth=3"},
    {"/^read$:short", "read:short=1"},
    {"/^read$/:short", "read:short=1"},

    {"/^re(ad|cvfrom)$/,write:short", "read,write,recvfrom:short=1"},
    {"/^[[:lower:]]ead$/:short", "read:short=1"},
    {"%accept:eintr", "accept,accept4:eintr"},
    {"accept:eintr", "accept,accept4:eintr"},
    {"/^accept$/:eintr", "/^accept$/:eintr"},
};

TEST(Rule, MeansWhatItsCanonicalTextSays) {
  for (const Good& good : kGood) {
    const CompiledRule rule = rule_of(good.text);
    EXPECT_EQ(print_rule(rule), good.canonical) << good.text;
    EXPECT_TRUE(rule_of(good.canonical) == rule) << good.text;
  }
}

TEST(Rule, FillsInEveryField) {
  const CompiledRule rule =
      rule_of("read:eintr=SIGUSR2:on=pipe,tcp:fd=7:process=0.1.2:thread=4:when=2..8+3:rate=2/5:limit=9");
  EXPECT_EQ(rule.kind, FaultKind::kEintr);
  EXPECT_EQ(rule.is_explicit, 0);
  EXPECT_EQ(rule.is_hostile, 0);
  EXPECT_EQ(rule.signal, 12);
  EXPECT_EQ(rule.mechanisms, bit_of(Mechanism::kPipe) | bit_of(Mechanism::kTcp));
  EXPECT_EQ(rule.fd, 7);
  EXPECT_EQ(rule.process, hash_of_path("0.1.2"));
  EXPECT_EQ(rule.thread, 4);
  EXPECT_EQ(rule.first, 2U);
  EXPECT_EQ(rule.last, 8U);
  EXPECT_EQ(rule.step, 3U);
  EXPECT_EQ(rule.rate_numerator, 2U);
  EXPECT_EQ(rule.rate_denominator, 5U);
  EXPECT_EQ(rule.limit, 9U);
  EXPECT_EQ(members_of(rule.calls), std::vector<Row>{Row::read});
}

TEST(Rule, WithoutSelectorsMatchesEverything) {
  const CompiledRule rule = rule_of("read:delay=3us");
  EXPECT_EQ(rule.amount, 3000U);
  EXPECT_EQ(rule.mechanisms, ~std::uint32_t{0});
  EXPECT_EQ(rule.fd, kAnyFd);
  EXPECT_EQ(rule.thread, kAnyThread);
  EXPECT_EQ(rule.process, kAnyProcess);
  EXPECT_EQ(rule.first, 1U);
  EXPECT_EQ(rule.last, ~std::uint64_t{0});
  EXPECT_EQ(rule.step, 1U);
  EXPECT_EQ(rule.limit, ~std::uint64_t{0});
}

TEST(Rule, NthIsExplicit) {
  const CompiledRule rule = rule_of("read:short:nth=3:process=0:thread=0");
  EXPECT_EQ(rule.is_explicit, 1);
  EXPECT_EQ(rule.first, 3U);
  EXPECT_EQ(rule.last, 3U);
}

TEST(Rule, DropsTheCallsOfASetThatCannotComeShort) {
  const CompiledRule rule = rule_of("%read:short");
  EXPECT_TRUE(rule.calls.has(Row::read));
  EXPECT_TRUE(rows_of_set("read")->has(Row::msgrcv));
  EXPECT_FALSE(rule.calls.has(Row::msgrcv));
}

TEST(Rule, IsRefusedWhenLinuxCannotDoIt) {
  EXPECT_TRUE(
      error_of("mmap:short").starts_with("column 6: short never happens to mmap; where Linux has it: "));
  EXPECT_NE(error_of("mmap:short").find("(read(2)"), std::string::npos) << "the source is missing";
  EXPECT_TRUE(error_of("read,mmap:short").starts_with("column 11: short never happens to mmap;"));
  EXPECT_TRUE(error_of("read:short:on=udp").starts_with("column 6: short never happens to read on udp;"));
  EXPECT_TRUE(error_of("semop:eintr:on=pipe").starts_with("column 7: eintr never happens to semop on pipe;"));
  EXPECT_TRUE(error_of("accept:eintr:on=pipe")
                  .starts_with("column 8: eintr never happens to accept, accept4 on pipe;"));
  EXPECT_TRUE(error_of("read:delay=1s:on=sysv-sem")
                  .starts_with("column 6: delay never happens to read on sysv-sem;"));
  EXPECT_TRUE(error_of("%sem:short").starts_with("column 6: short never happens to "));
}

TEST(Rule, HostileLiftsWhatLinuxCannotDo) {
  const CompiledRule rule = rule_of("mmap:short", Hostility::kAllow);
  EXPECT_EQ(rule.is_hostile, 1);
  EXPECT_TRUE(rule.calls.has(Row::mmap));
  EXPECT_TRUE(rule_of(print_rule(rule), Hostility::kAllow) == rule);
}

struct Bad {
  std::string text;
  const char* error;
};

TEST(Rule, SaysWhereItIsWrongAndWhatWasMeant) {
  const Bad bad[] = {
      {"", "the rule is empty: it has the form CALLS:FAULT[:SELECTOR...]"},
      {std::string(5000, 'r'), "the rule is longer than 4096 characters"},
      {std::string("read:sh\0rt", 10), "column 8: a NUL byte stands in the rule"},
      {"read", "column 5: the fault is missing: a rule has the form CALLS:FAULT[:SELECTOR...]"},
      {"read:", "column 6: a part of the rule is empty"},
      {":short", "column 1: the name of a call is missing"},
      {"read,:short", "column 6: the name of a call is missing"},
      {"raed:short", "column 1: 'raed' is no call that flinch knows; did you mean 'read'?"},
      {"read,wirte:short", "column 6: 'wirte' is no call that flinch knows; did you mean 'write'?"},
      {"qqqqqq:short", "column 1: 'qqqqqq' is no call that flinch knows"},
      {"re\x1b[2Jad:short", "column 1: 're\\x1b[2Jad' is no call that flinch knows"},
      {"%raed:short", "column 1: '%raed' is no set of calls; did you mean '%read'?"},
      {"/(:short", "column 1: '/(' is no regular expression that flinch understands"},
      {"/:short", "column 1: the regular expression is empty"},
      {"/^zz/:short", "column 1: '/^zz/' matches no call"},
      {"/a{2}:short", "column 1: repeat counts are not known in regular expressions here"},
      {"/" + std::string(129, 'a') + ":short", "column 1: a regular expression has at most 128 characters"},
      {"read:shrot=1", "column 6: 'shrot' is no fault; did you mean 'short'?"},
      {"read:short:rat=1/2", "column 12: 'rat' is no selector; did you mean 'rate'?"},
      {"read:short:", "column 12: a part of the rule is empty"},
      {"read::short", "column 6: a part of the rule is empty"},
      {"read:short:eintr", "column 12: a rule has one fault, and this is the second: write two rules"},
      {"read:short=", "column 6: short needs a number"},
      {"read:short=0", "column 6: short is at least 1, and '0' is less"},
      {"read:short=-1", "column 6: short cannot be negative, and '-1' is"},
      {"read:short=1k", "column 6: short needs a number, and '1k' is none"},
      {"read:short=99999999999999999999",
       "column 6: short is at most 2147479552, and '99999999999999999999' is more"},
      {"read:eagain=1", "column 6: eagain takes no value"},
      {"read:eintr=", "column 6: a signal's name is missing, such as SIGCHLD"},
      {"read:eintr=SIGUSER1", "column 6: 'SIGUSER1' is no signal; did you mean 'SIGUSR1'?"},
      {"read:eintr=chld", "column 6: 'chld' is no signal; did you mean 'SIGCHLD'?"},
      {"read:eintr=65", "column 6: '65' is no signal"},
      {"read:eintr=0", "column 6: '0' is no signal"},
      {"read:eintr=SIGKILL", "column 6: SIGKILL cannot be caught, so no program can stand it: signal(7)"},
      {"read:signal=STOP", "column 6: SIGSTOP cannot be caught, so no program can stand it: signal(7)"},
      {"read:signal=32", "column 6: signal 32 belongs to the C library's threads: nptl(7)"},
      {"read:signal", "column 6: signal needs a signal, such as signal=SIGCHLD"},
      {"read:delay", "column 6: delay needs a time, such as 10ms"},
      {"read:delay=0", "column 6: delay of no time at all does nothing"},
      {"read:delay=10min", "column 6: delay needs a whole number of ns, us, ms or s, and '10min' is none"},
      {"read:delay=3601s", "column 6: delay is at most 3600s, and '3601s' is more"},
      {"read:delay=18446744073709551615s",
       "column 6: delay is at most 3600s, and '18446744073709551615s' is more"},
      {"read:error", "column 6: error needs the name of an error, such as error=EINTR"},
      {"read:error=EINTER", "column 6: 'EINTER' is no error of Linux; did you mean 'EINTR'?"},
      {"read:error=ENOMEM", "column 6: read never answers ENOMEM: it is not among the errors of read(2)"},
      {"read:error=EIO",
       "column 6: error=EIO is not carried out by this version yet: of the errors, only EINTR and EAGAIN "
       "are"},
      {"read:spurious", "column 6: spurious is not carried out by this version yet"},
      {"sendto:drop", "column 8: drop is not carried out by this version yet"},
      {"sendto:duplicate", "column 8: duplicate is not carried out by this version yet"},
      {"sendto:reorder", "column 8: reorder is not carried out by this version yet"},
      {"read:delay_exit=1ms", "column 6: delay_exit is not carried out by this version yet"},
      {"read:retval=0",
       "column 6: retval makes up an answer that Linux did not give, so it needs --hostile; and it is "
       "not carried out by this version yet"},
      {"read:short:when", "column 12: when needs a value, as in when=..."},
      {"read:short:when=0", "column 12: the first call of when is at least 1, and '0' is less"},
      {"read:short:when=5..3", "column 12: the last call of when is at least 5, and '3' is less"},
      {"read:short:when=5..", "column 12: the last call of when needs a number"},
      {"read:short:when=5+0", "column 12: the step of when is at least 1, and '0' is less"},
      {"read:short:when=5..7+", "column 12: the step of when needs a number"},
      {"read:short:when=1:when=2", "column 19: when stands in the rule twice"},
      {"read:short:rate=0.1", "column 12: rate is a ratio such as 1/10, and '0.1' is none"},
      {"read:short:rate=2/1", "column 12: the upper part of rate is at most 1, and '2' is more"},
      {"read:short:rate=0/1", "column 12: the upper part of rate is at least 1, and '0' is less"},
      {"read:short:rate=1/0", "column 12: the lower part of rate is at least 1, and '0' is less"},
      {"read:short:rate=1/4294967296",
       "column 12: the lower part of rate is at most 4294967295, and '4294967296' is more"},
      {"read:short:on=pipes", "column 12: 'pipes' is no mechanism; did you mean 'pipe'?"},
      {"read:short:on=none", "column 12: 'none' is no mechanism"},
      {"read:short:on=pipe,", "column 12: the name of a mechanism is missing, such as on=pipe"},
      {"read:short:fd=-1", "column 12: fd cannot be negative, and '-1' is"},
      {"read:short:fd=2147483648", "column 12: fd is at most 2147483647, and '2147483648' is more"},
      {"read:short:thread=x", "column 12: thread needs a number, and 'x' is none"},
      {"read:short:limit=0", "column 12: limit is at least 1, and '0' is less"},
      {"read:short:process=1",
       "column 12: process is a path from the program, which is 0, such as 0.1 for its first child, and '1' "
       "is none"},
      {"read:short:process=0.0",  // children are counted from 1: it would never match
       "column 12: process is a path from the program, which is 0, such as 0.1 for its first child, and "
       "'0.0' is none"},
      {"read:short:process=0.01",
       "column 12: process is a path from the program, which is 0, such as 0.1 for its first child, and "
       "'0.01' is none"},
      {"read:short:from=libc.so", "column 12: from= needs call stacks, which this version does not record"},
      {"read:short:nth=3:rate=1/2", "column 18: nth is one moment, so rate cannot stand beside it"},
  };
  for (const Bad& each : bad) EXPECT_EQ(error_of(each.text), each.error) << each.text;
}

TEST(Rule, MadeUpAnswersNeedHostile) {
  EXPECT_EQ(error_of("read:retval=0", Hostility::kAllow),
            "column 6: retval is not carried out by this version yet");
  EXPECT_EQ(error_of("read:error=ENOMEM", Hostility::kAllow),
            "column 6: error=ENOMEM is not carried out by this version yet: of the errors, only EINTR and "
            "EAGAIN are");
}

}  // namespace
}  // namespace flinch
