// Goal: a rate is what it says, and no two places of a program share their luck.
#include "core/decision/random.h"

#include <gtest/gtest.h>

#include <functional>

namespace flinch {
namespace {

constexpr std::uint64_t kSeed = 20240229;
constexpr int kDraws = 100000;

int hits(std::uint32_t numerator, std::uint32_t denominator, RandomAddress at) {
  int count = 0;
  for (int i = 1; i <= kDraws; ++i) {
    at.match = static_cast<std::uint64_t>(i);
    count += one_in(at, numerator, denominator) ? 1 : 0;
  }
  return count;
}

// Bounds are six standard deviations of the binomial distribution; the seed is fixed, so this either
// always passes or never.
TEST(Random, RatesAreWhatTheySay) {
  const struct {
    std::uint32_t numerator, denominator;
    int at_least, at_most;
  } kCases[] = {
      {1, 2, 49051, 50949}, {1, 3, 32438, 34228}, {1, 10, 9430, 10570},
      {1, 100, 811, 1189},  {1, 1000, 40, 160},   {9, 10, 89430, 90570},
  };
  for (const auto& each : kCases) {
    SCOPED_TRACE(each.denominator);
    const int count = hits(each.numerator, each.denominator, {kSeed, 7, 0, 0, 0});
    EXPECT_GE(count, each.at_least);
    EXPECT_LE(count, each.at_most);
  }
}

TEST(Random, EndsAreExact) {
  EXPECT_EQ(hits(0, 10, {kSeed, 7, 0, 0, 0}), 0);
  EXPECT_EQ(hits(1, 1, {kSeed, 7, 0, 0, 0}), kDraws);
  EXPECT_EQ(hits(5, 5, {kSeed, 7, 0, 0, 0}), kDraws);
}

// Two rules of rate 1/4 at the same calls hit together in 1/16 of them: no more, no fewer.
TEST(Random, EveryPartOfTheAddressIsIndependent) {
  const RandomAddress base{kSeed, 7, 1, 1, 0};
  const std::pair<const char*, RandomAddress> kOthers[] = {
      {"seed", {kSeed + 1, 7, 1, 1, 0}}, {"process", {kSeed, 8, 1, 1, 0}},
      {"thread", {kSeed, 7, 2, 1, 0}},   {"rule", {kSeed, 7, 1, 2, 0}},
      {"swapped", {kSeed, 7, 2, 0, 0}},  {"process as seed", {7, kSeed, 1, 1, 0}},
  };
  for (const auto& [name, other] : kOthers) {
    SCOPED_TRACE(name);
    int together = 0;
    for (int i = 1; i <= kDraws; ++i) {
      RandomAddress first = base;
      RandomAddress second = other;
      first.match = second.match = static_cast<std::uint64_t>(i);
      together += one_in(first, 1, 4) && one_in(second, 1, 4) ? 1 : 0;
    }
    EXPECT_GE(together, 5791);  // 6250 - 6 * 76.5
    EXPECT_LE(together, 6709);
  }
}

// Neighbouring matches, too: a hit says nothing of the next.
TEST(Random, HitsDoNotComeInRuns) {
  int pairs = 0;
  bool last = false;
  for (int i = 1; i <= kDraws; ++i) {
    const bool now = one_in({kSeed, 7, 0, 0, static_cast<std::uint64_t>(i)}, 1, 4);
    pairs += now && last ? 1 : 0;
    last = now;
  }
  EXPECT_GE(pairs, 5750);
  EXPECT_LE(pairs, 6750);
}

// What a seed means must never change: plans are kept.
TEST(Random, ASeedMeansTheSameForEver) {
  EXPECT_EQ(mix(0), 0xe220a8397b1dcdafULL);  // splitmix64's first output for seed 0
  std::uint64_t bits = 0;
  for (std::uint64_t match = 1; match <= 64; ++match)
    bits = bits << 1 | (one_in({42, 0x1234, 1, 2, match}, 1, 2) ? 1U : 0U);
  EXPECT_EQ(bits, 0xe719ef8ef70cbb6cULL);
}

}  // namespace
}  // namespace flinch
