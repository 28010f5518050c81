#include <string.h>

#include <nlohmann/json.hpp>

#include "conformance/report/report.h"

namespace flinch::conformance {

std::string as_json(const Report& report) {
  using Json = nlohmann::ordered_json;
  Json mechanisms = Json::array();
  for (const auto& [mechanism, exploration] : report.entries) {
    Json divergences = Json::array();
    for (const Divergence& divergence : exploration.divergences)
      divergences.push_back({{"script", show(divergence.steps)},
                             {"expected", divergence.expected},
                             {"got", divergence.got},
                             {"program", as_c_program(report, mechanism, divergence)}});
    mechanisms.push_back({{"name", mechanism},
                          {"properties", exploration.tally.calls.size()},
                          {"scripts", exploration.tally.scripts},
                          {"operations", exploration.tally.operations},
                          {"divergences", std::move(divergences)}});
  }
  Json errnos = Json::array();
  for (const ErrnoRow& row : errno_rows(report)) {
    Json line = {{"call", row.call}, {"errno", strerrorname_np(row.error)}, {"reached", row.reached}};
    if (!row.is_in_page) line["undocumented"] = true;
    if (!row.reason.empty()) line["reason"] = row.reason;
    errnos.push_back(std::move(line));
  }
  const Json all = {{"flinch", report.flinch},
                    {"kernel", report.kernel},
                    {"seed", report.seed},
                    {"mechanisms", std::move(mechanisms)},
                    {"errnos", std::move(errnos)}};
  return all.dump(2) + '\n';
}

}  // namespace flinch::conformance
