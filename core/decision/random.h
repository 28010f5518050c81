// Randomness without state: what a rule does at its n-th match depends on the seed and on the call's
// address alone, so neither timing nor the tier that saw the call can change it.
#pragma once

#include <cstdint>

namespace flinch {

/// splitmix64's finaliser: every input bit reaches every output bit.
constexpr std::uint64_t mix(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15ULL;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31);
}

struct RandomAddress {
  std::uint64_t seed;
  std::uint64_t process;
  std::uint64_t thread;
  std::uint64_t rule;
  std::uint64_t match;
};

/// True in `numerator` of `denominator` cases. Integer arithmetic, so that a seed means the same
/// everywhere.
constexpr bool one_in(const RandomAddress& at, std::uint32_t numerator, std::uint32_t denominator) {
  if (numerator >= denominator) return true;
  const std::uint64_t value =
      mix(mix(mix(mix(at.seed) ^ at.process) ^ (at.thread << 32 | at.rule)) ^ at.match);
  return value % denominator < numerator;
}

}  // namespace flinch
