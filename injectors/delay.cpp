// Delays: the thread is not scheduled for a while, just before the call.
#include "injectors/injectors.h"

namespace flinch {
namespace {

bool applies(Row row, Mechanism) { return row != Row::exit && row != Row::exit_group; }

Judgement decide(const CompiledRule& rule, const CallView& call, const ObjectView&, const StreamHistory&,
                 const SignalView&) {
  if (!applies(call.row, Mechanism::kNone)) return Judgement::no(Reason::kWrongCall);
  return {Reason::kLegal, {FaultKind::kDelay, Carrier::kWait, 0, 0, rule.amount}};
}

}  // namespace

const Injector kDelayInjector = {
    FaultKind::kDelay,
    FaultClass::kTransparent,
    applies,
    decide,
    "any call: nothing promises when a thread runs",
    "sched(7)",
    "Witness.Delay",
};

}  // namespace flinch
