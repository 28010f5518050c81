// Goal: guesses are near and never wild, numbers and times are taken exactly or refused.
#include "core/plan/text.h"

#include <gtest/gtest.h>

namespace flinch {
namespace {

TEST(Text, GuessesTypingErrorsOnly) {
  const std::vector<std::string> names = {"read", "recvfrom", "write", "when", "on"};
  EXPECT_EQ(closest("raed", names), "read");  // swapped
  EXPECT_EQ(closest("READ", names), "read");
  EXPECT_EQ(closest("recvfrm", names), "recvfrom");
  EXPECT_EQ(closest("no", names), "on");
  EXPECT_EQ(closest("xx", names), "");
  EXPECT_EQ(closest("", names), "");
  EXPECT_EQ(closest(std::string(100'000, 'r'), names), "");
}

TEST(Text, QuotesOnOneLine) {
  EXPECT_EQ(in_quotes("plain"), "'plain'");
  EXPECT_EQ(in_quotes("a\nb\x1b\x7f\xff"), "'a\\x0ab\\x1b\\x7f\\xff'");
  EXPECT_EQ(in_quotes(std::string(61, 'x')), "'" + std::string(60, 'x') + "...'");
}

TEST(Text, NumbersKeepTheirBounds) {
  EXPECT_EQ(parse_number("18446744073709551615", "n", {}), ~std::uint64_t{0});
  EXPECT_EQ(parse_number("007", "n", {}), 7U);
  for (const char* wrong : {"", "-1", "+1", " 1", "1 ", "0x1", "1e3", "18446744073709551616", "--1"})
    EXPECT_FALSE(parse_number(wrong, "n", {}).has_value()) << wrong;
  EXPECT_FALSE(parse_number("6", "n", {1, 5}).has_value());
  EXPECT_FALSE(parse_number("0", "n", {1, 5}).has_value());
}

TEST(Text, TimesPrintAsTheyAreRead) {
  EXPECT_EQ(parse_duration("10ms", "t"), 10'000'000U);
  EXPECT_EQ(parse_duration("10", "t"), 10'000U);
  EXPECT_EQ(parse_duration("3600s", "t"), kDelayMaxNs);
  for (const char* wrong : {"", "ms", "1.5s", "-1s", "1 s", "3600000000001ns", "99999999999999999999s"})
    EXPECT_FALSE(parse_duration(wrong, "t").has_value()) << wrong;
  for (const std::uint64_t ns :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1'500}, std::uint64_t{2'000'000'000}})
    EXPECT_EQ(parse_duration(print_duration(ns), "t"), ns);
}

}  // namespace
}  // namespace flinch
