// What can be said about a rule before anything runs: could Linux ever do this?
#pragma once

#include "core/decision/injector.h"
#include "core/plan/plan.h"

namespace flinch {

/// Does the call work on such objects at all, and may the fault ever happen there? Never for kNone.
bool is_possible(const Injector& injector, Row row, Mechanism mechanism);

/// Leaves in `rule.calls` the calls that the fault can ever be legal for, on the rule's mechanisms.
/// An error if none is left, or if one of `named` would go: who writes a call's own name wants it.
/// A hostile rule keeps everything.
Result<void> keep_possible_calls(CompiledRule& rule, const RowSet& named);

}  // namespace flinch
