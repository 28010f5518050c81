#include "conformance/scripts/explore.h"

#include <rapidcheck.h>

#include <algorithm>
#include <set>

namespace flinch::conformance {
namespace {

rc::Gen<Operation> operations() {
  const auto number = rc::gen::inRange<std::uint16_t>(0, 0xffff);
  return rc::gen::map(rc::gen::tuple(number, number, number, number, number, number), [](const auto& drawn) {
    const auto& [who, what, first, second, third, fourth] = drawn;
    return Operation{who, what, {first, second, third, fourth}};
  });
}

/// RapidCheck's own would print to standard error.
class Silence final : public rc::detail::TestListener {
  void onTestCaseFinished(const rc::detail::CaseDescription&) override {}
  void onShrinkTried(const rc::detail::CaseDescription&, bool) override {}
  void onTestFinished(const rc::detail::TestMetadata&, const rc::detail::TestResult&) override {}
};

/// The same mistake shows in many scripts: they end in the same call and the same two outcomes.
std::string kind_of(const Divergence& divergence) {
  return show(std::vector<Step>{divergence.steps.back()}) + divergence.expected + divergence.got;
}

}  // namespace

Exploration explore(const Mechanism& mechanism, Stage& stage, int cases, std::uint64_t seed,
                    std::size_t divergences_max) {
  Exploration exploration;
  std::set<std::string> kinds;
  const auto scripts = rc::gen::container<Script>(operations());
  while (exploration.tally.scripts < static_cast<std::uint64_t>(cases) &&
         exploration.divergences.size() < divergences_max) {
    std::optional<Divergence> found;
    Tally shrinking;
    const auto property = [&] {
      const Script script = *scripts;
      auto divergence = compare(mechanism, script, stage, found ? shrinking : exploration.tally);
      if (!divergence) return;
      // While shrinking, the last that fails is the shortest.
      found = std::move(divergence);
      RC_FAIL("kernel and world differ");
    };
    rc::detail::TestParams parameters;
    parameters.seed = seed++;
    parameters.maxSuccess = cases - static_cast<int>(exploration.tally.scripts);
    parameters.maxSize = kStepsMax;
    Silence silence;
    rc::detail::checkTestable(property, rc::detail::TestMetadata{}, parameters, silence);
    if (!found) break;
    if (kinds.insert(kind_of(*found)).second) exploration.divergences.push_back(std::move(*found));
  }
  return exploration;
}

}  // namespace flinch::conformance
