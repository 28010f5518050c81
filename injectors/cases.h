// One call as an injector sees it, from which each case of a test departs in one place.
#pragma once

#include <signal.h>

#include "core/decision/injector.h"
#include "core/decision/ledger.h"

namespace flinch {

struct Case {
  FaultKind kind;
  CompiledRule rule{};
  CallView call{};
  ObjectView object{};
  StreamHistory history{};
  SignalView signals{};

  [[nodiscard]] Judgement judge() const {
    return injector_of(kind)->decide(rule, call, object, history, signals);
  }
};

constexpr std::uint64_t bit_of_signal(int signal) { return std::uint64_t{1} << (signal - 1); }

/// A transfer that the fault may hit: two writes are queued, and there is room.
inline Case transfer(FaultKind kind, Row row, Mechanism mechanism) {
  Case each{kind};
  each.rule.amount = 1;
  each.call.row = row;
  each.call.size = 100000;
  each.call.is_alone = true;
  each.call.may_have_report = false;
  each.call.has_polled = false;
  each.object.mechanism = mechanism;
  each.object.is_readable = each.object.is_writable = true;
  each.object.queued = 6000;
  each.object.capacity = is_pipe(mechanism) ? 65536 : 212992;
  each.history.is_known = true;
  each.history.written = 6000;
  each.history.cut = 100;
  return each;
}

inline Case short_read(Mechanism mechanism = Mechanism::kPipe) {
  return transfer(FaultKind::kShort, Row::read, mechanism);
}
inline Case short_write(Mechanism mechanism = Mechanism::kPipe) {
  Case each = transfer(FaultKind::kShort, Row::write, mechanism);
  each.object.is_nonblocking = true;
  return each;
}
inline Case eagain_read(Mechanism mechanism = Mechanism::kPipe) {
  Case each = transfer(FaultKind::kEagain, Row::read, mechanism);
  each.object.is_nonblocking = true;
  return each;
}
inline Case eagain_write(Mechanism mechanism = Mechanism::kPipe) {
  Case each = transfer(FaultKind::kEagain, Row::write, mechanism);
  each.object.is_nonblocking = true;
  return each;
}
/// A read that is about to block, in a program with a handler for SIGWINCH.
inline Case eintr_read() {
  Case each = transfer(FaultKind::kEintr, Row::read, Mechanism::kPipe);
  each.object.is_readable = false;
  each.object.queued = 0;
  each.signals.handled = bit_of_signal(SIGWINCH);
  return each;
}
inline Case full_write(Mechanism mechanism = Mechanism::kPipe) {
  Case each = transfer(FaultKind::kFull, Row::write, mechanism);
  each.object.queued = 100;
  return each;
}
inline Case signal_before(int signal) {
  Case each = transfer(FaultKind::kSignal, Row::read, Mechanism::kPipe);
  each.rule.signal = static_cast<std::uint8_t>(signal);
  return each;
}
inline Case delay_before(Row row) { return transfer(FaultKind::kDelay, row, Mechanism::kPipe); }

}  // namespace flinch
