// Deliberate mistakes, to prove that the tests of the mechanisms can fail. MUTANT(name) is false, and costs
// nothing, but in the test build that sets FLINCH_MUTANTS: there it is true while that mutant is chosen.
#pragma once

#ifdef FLINCH_MUTANTS

namespace flinch::mechanisms {

enum class Mutant {
  kNone,
#define FLINCH_MUTANT(name, mechanism, what) name,
#include "core/mechanisms/mutants.inc"
#undef FLINCH_MUTANT
};

/// Chosen by the test; one at a time, and only by a process with one thread.
inline Mutant chosen_mutant = Mutant::kNone;

}  // namespace flinch::mechanisms

#define MUTANT(name) (::flinch::mechanisms::chosen_mutant == ::flinch::mechanisms::Mutant::name)
#else
#define MUTANT(name) false
#endif
