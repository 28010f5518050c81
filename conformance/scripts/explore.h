// Many scripts of one mechanism, and the shortest that shows where the kernel goes another way.
#pragma once

#include <cstdint>
#include <vector>

#include "conformance/scripts/script.h"

namespace flinch::conformance {

inline constexpr int kStepsMax = 50;
inline constexpr int kDivergencesMax = 5;  // after so many of one mechanism there is no need for more

struct Exploration {
  Tally tally;                          // without what shrinking cost
  std::vector<Divergence> divergences;  // each of its own kind, shrunk
};

/// Runs `cases` scripts made from `seed`; the same seed makes the same scripts.
Exploration explore(const Mechanism& mechanism, Stage& stage, int cases, std::uint64_t seed,
                    std::size_t divergences_max = kDivergencesMax);

}  // namespace flinch::conformance
