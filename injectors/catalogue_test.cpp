// Goal: applies() and decide() say the same of every call on every kind of object. A rule that applies()
// lets through can act somewhere, and one that it refuses could nowhere have acted.
#include <gtest/gtest.h>

#include "injectors/cases.h"

namespace flinch {
namespace {

/// Is the fault legal in any state that an object of this kind can be in?
bool is_ever_legal(FaultKind kind, Row row, Mechanism mechanism) {
  for (unsigned state = 0; state < 16; ++state) {
    Case each = transfer(kind, row, mechanism);
    each.rule.signal = kind == FaultKind::kSignal ? SIGWINCH : 0;
    each.signals.handled = bit_of_signal(SIGWINCH);
    each.object.is_nonblocking = (state & 1) != 0;
    each.object.is_readable = (state & 2) != 0;
    each.object.is_writable = (state & 4) != 0;
    if ((state & 8) != 0) each.object.queued = 0;
    if (each.judge().reason == Reason::kLegal) return true;
  }
  return false;
}

TEST(Injectors, ApplyWhereTheyAreEverLegalAndNowhereElse) {
  for (std::uint32_t i = 0; i < kInjectorCount; ++i) {
    const Injector& injector = *kAllInjectors[i];
    int applicable = 0;
    for (std::size_t r = 0; r < kRowCount; ++r) {
      for (unsigned m = 0; m < static_cast<unsigned>(Mechanism::kCount); ++m) {
        const Row row = static_cast<Row>(r);
        const auto mechanism = static_cast<Mechanism>(m);
        applicable += injector.applies(row, mechanism) ? 1 : 0;
        EXPECT_EQ(injector.applies(row, mechanism), is_ever_legal(injector.kind, row, mechanism))
            << name_of(injector.kind) << " of " << descriptor(row).name << " on " << name_of(mechanism);
      }
    }
    EXPECT_GT(applicable, 0) << name_of(injector.kind);
  }
}

TEST(Injectors, AreInTheOrderOfTheirKinds) {
  ASSERT_EQ(kInjectorCount + 1, static_cast<std::uint32_t>(FaultKind::kCount));
  for (std::uint32_t i = 0; i < kInjectorCount; ++i) {
    EXPECT_EQ(static_cast<std::uint32_t>(kAllInjectors[i]->kind), i + 1);
    EXPECT_EQ(injector_of(kAllInjectors[i]->kind), kAllInjectors[i]);
  }
  EXPECT_EQ(injector_of(FaultKind::kNone), nullptr);
  EXPECT_EQ(injector_of(FaultKind::kCount), nullptr);
}

TEST(Injectors, SayWhatTheyDoAndWhere) {
  for (std::uint32_t i = 0; i < kInjectorCount; ++i) {
    EXPECT_STRNE(kAllInjectors[i]->condition, "");
    EXPECT_STRNE(kAllInjectors[i]->source, "");
    EXPECT_STRNE(kAllInjectors[i]->witness, "");
  }
}

}  // namespace
}  // namespace flinch
