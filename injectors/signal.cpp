// Stray signals: really sent to the calling thread, just before the call.
#include <signal.h>

#include "injectors/injectors.h"

namespace flinch {
namespace {

bool applies(Row row, Mechanism) { return row != Row::exit && row != Row::exit_group; }

bool is_ignored_by_default(int signal) {
  return signal == SIGCHLD || signal == SIGURG || signal == SIGWINCH || signal == SIGCONT;
}

Judgement decide(const CompiledRule& rule, const CallView& call, const ObjectView&, const StreamHistory&,
                 const SignalView& signals) {
  if (!applies(call.row, Mechanism::kNone)) return Judgement::no(Reason::kWrongCall);
  const bool is_handled = (signals.handled >> (rule.signal - 1) & 1U) != 0;
  if (!is_handled && !is_ignored_by_default(rule.signal) && rule.is_hostile == 0)
    return Judgement::no(Reason::kNoHandler);
  return {Reason::kLegal, {FaultKind::kSignal, Carrier::kSend, rule.signal, 0, 0}};
}

}  // namespace

const Injector kSignalInjector = {
    FaultKind::kSignal,
    FaultClass::kTransparent,
    applies,
    decide,
    "CHLD, URG, WINCH and CONT to anyone; any other only where the program has a handler for it",
    "signal(7), kill(2)",
    "Witness.StraySignal",
};

}  // namespace flinch
