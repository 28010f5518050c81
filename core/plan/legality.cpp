#include "core/plan/legality.h"

#include <fmt/format.h>

#include "core/decision/injector.h"
#include "core/plan/names.h"

namespace flinch {
namespace {

constexpr unsigned kMechanisms = static_cast<unsigned>(Mechanism::kCount);

bool has_descriptor(Mechanism mechanism) {
  switch (mechanism) {
    case Mechanism::kSysvShm:
    case Mechanism::kSysvMsg:
    case Mechanism::kSysvSem:
    case Mechanism::kFutex:
    case Mechanism::kSignal:
    case Mechanism::kProcess:
    case Mechanism::kSleep: return false;
    default: return true;
  }
}

bool is_socket(Mechanism mechanism) {
  return mechanism >= Mechanism::kUnixStream && mechanism <= Mechanism::kOtherSocket;
}

/// Can the call have such an object behind it at all?
bool works_on(Row row, Mechanism mechanism) {
  const SyscallDescriptor& call = descriptor(row);
  if (call.object == ObjectSource::kFixed && call.mechanism != Mechanism::kNone)
    return mechanism == call.mechanism;
  static const RowSet socket_calls = *rows_of_set("network");
  if (socket_calls.has(row)) return is_socket(mechanism);
  return call.object == ObjectSource::kFixed || call.object == ObjectSource::kResult ||
         has_descriptor(mechanism);
}

bool is_possible(const Injector& injector, Row row, std::uint32_t mechanisms) {
  for (unsigned i = 1; i < kMechanisms; ++i) {
    const auto mechanism = static_cast<Mechanism>(i);
    if ((mechanisms & bit_of(mechanism)) != 0 && is_possible(injector, row, mechanism)) return true;
  }
  return false;
}

std::string names_of_mechanisms(std::uint32_t mechanisms) {
  std::string text;
  for (unsigned i = 1; i < kMechanisms; ++i)
    if ((mechanisms & bit_of(static_cast<Mechanism>(i))) != 0)
      text += fmt::format("{}{}", text.empty() ? "" : " or ", name_of(static_cast<Mechanism>(i)));
  return text;
}

std::string names_of_calls(const RowSet& calls) {
  constexpr std::size_t kShown = 3;
  const auto rows = members_of(calls);
  std::string text;
  for (std::size_t i = 0; i < rows.size() && i < kShown; ++i)
    text += fmt::format("{}{}", i == 0 ? "" : ", ", descriptor(rows[i]).name);
  return rows.size() > kShown ? text + " ..." : text;
}

Error refusal(const Injector& injector, const CompiledRule& rule, const RowSet& calls) {
  const std::string on =
      rule.mechanisms == ~std::uint32_t{0} ? "" : " on " + names_of_mechanisms(rule.mechanisms);
  return {fmt::format("{} never happens to {}{}; where Linux has it: {} ({})", name_of(rule.kind),
                      names_of_calls(calls), on, injector.condition, injector.source)};
}

}  // namespace

bool is_possible(const Injector& injector, Row row, Mechanism mechanism) {
  return works_on(row, mechanism) && injector.applies(row, mechanism);
}

Result<void> keep_possible_calls(CompiledRule& rule, const RowSet& named) {
  if (rule.is_hostile != 0) return {};
  const Injector* injector = injector_of(rule.kind);
  if (injector == nullptr)
    return fail(fmt::format("{} is not carried out by this version yet", name_of(rule.kind)));
  RowSet kept{};
  for (const Row row : members_of(rule.calls)) {
    if (is_possible(*injector, row, rule.mechanisms)) {
      kept.add(row);
    } else if (named.has(row)) {
      RowSet only{};
      only.add(row);
      return tl::unexpected(refusal(*injector, rule, only));
    }
  }
  if (kept.empty()) return tl::unexpected(refusal(*injector, rule, rule.calls));
  rule.calls = kept;
  return {};
}

}  // namespace flinch
