#include <fmt/format.h>
#include <string.h>

#include "conformance/report/report.h"

namespace flinch::conformance {
namespace {

std::string errno_summary(const Report& report) {
  const auto rows = errno_rows(report);
  std::string missing;
  int named = 0;
  int reached = 0;
  for (const ErrnoRow& row : rows) {
    if (!row.is_in_page) continue;
    ++named;
    if (row.reached > 0)
      ++reached;
    else if (row.reason.empty())
      missing += fmt::format(" {}:{}", row.call, strerrorname_np(row.error));
  }
  std::string text = fmt::format("errnos that the manual pages name: {}, reached {}\n", named, reached);
  if (!missing.empty()) text += "not reached this time, for no known reason:" + missing + "\n";
  return text;
}

}  // namespace

bool Report::has_divergences() const {
  for (const Entry& entry : entries)
    if (!entry.exploration.divergences.empty()) return true;
  return false;
}

std::string as_table(const Report& report) {
  std::string text = fmt::format("Linux {}, seed {}\n\n{:<12} {:>10} {:>9} {:>10} {:>10} {:>11}\n",
                                 report.kernel, report.seed, "mechanism", "properties", "scripts",
                                 "operations", "agreements", "divergences");
  for (const auto& [mechanism, exploration] : report.entries) {
    const Tally& tally = exploration.tally;
    const std::size_t divergences = exploration.divergences.size();
    text += fmt::format("{:<12} {:>10} {:>9} {:>10} {:>10} {:>11}\n", mechanism, tally.calls.size(),
                        tally.scripts, tally.operations, tally.operations - divergences, divergences);
  }
  text += "\n" + errno_summary(report);
  for (const auto& [mechanism, exploration] : report.entries) {
    for (const Divergence& divergence : exploration.divergences)
      text += fmt::format("\n{}: after\n{}  expected {}\n  got      {}\n", mechanism, show(divergence.steps),
                          divergence.expected, divergence.got);
  }
  return text;
}

}  // namespace flinch::conformance
