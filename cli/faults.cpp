#include "cli/faults.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/help.h"
#include "cli/messages.h"
#include "core/decision/injector.h"
#include "core/plan/legality.h"
#include "core/plan/text.h"

namespace flinch {
namespace {

constexpr std::size_t kWidth = 100;

const char* name_of_class(FaultClass fault_class) {
  switch (fault_class) {
    case FaultClass::kTransparent: return "transparent";
    case FaultClass::kAdverse: return "adverse";
    case FaultClass::kHostile: break;
  }
  return "hostile";
}

std::vector<std::string> calls_of(const Injector& injector, Mechanism mechanism) {
  std::vector<std::string> calls;
  for (std::size_t i = 0; i < kRowCount; ++i)
    if (is_possible(injector, static_cast<Row>(i), mechanism)) calls.emplace_back(kSyscalls[i].name);
  return calls;
}

/// Calls `visit(mechanism, calls)` for each mechanism on which the fault may happen.
template <typename Visitor>
void for_each_mechanism(const Injector& injector, Visitor visit) {
  for (unsigned i = 1; i < static_cast<unsigned>(Mechanism::kCount); ++i) {
    const auto mechanism = static_cast<Mechanism>(i);
    if (const auto calls = calls_of(injector, mechanism); !calls.empty()) visit(mechanism, calls);
  }
}

/// `label` and the words behind it, broken into lines that are indented alike.
std::string paragraph(std::string_view label, const std::string& words) {
  constexpr std::size_t kIndent = 10;
  std::string text = fmt::format("  {:<{}}", label, kIndent - 2);
  std::size_t column = kIndent;
  std::istringstream stream(words);
  for (std::string word; stream >> word;) {
    if (column > kIndent && column + 1 + word.size() > kWidth) {
      text += '\n' + std::string(kIndent, ' ');
      column = kIndent;
    } else if (column > kIndent) {
      text += ' ';
      ++column;
    }
    text += word;
    column += word.size();
  }
  return text + '\n';
}

std::string describe(const Injector& injector) {
  std::string text = fmt::format("{} ({})\n", name_of(injector.kind), name_of_class(injector.fault_class));
  // Mechanisms that share their calls share a paragraph, in the order in which they first appear.
  std::vector<std::pair<std::string, std::string>> groups;
  for_each_mechanism(injector, [&](Mechanism mechanism, const std::vector<std::string>& calls) {
    const std::string list = fmt::format("{}", fmt::join(calls, " "));
    for (auto& [names, members] : groups) {
      if (members != list) continue;
      names += fmt::format(", {}", name_of(mechanism));
      return;
    }
    groups.emplace_back(name_of(mechanism), list);
  });
  for (const auto& [names, members] : groups) {
    text += paragraph("on", names);
    text += paragraph("calls", members);
  }
  text += paragraph("when", injector.condition);
  text += paragraph("source", injector.source);
  text += paragraph("witness", *injector.witness != '\0' ? injector.witness : "none");
  return text;
}

}  // namespace

std::string faults_as_json() {
  nlohmann::ordered_json faults = nlohmann::ordered_json::array();
  for (std::uint32_t i = 0; i < kInjectorCount; ++i) {
    const Injector& injector = *kAllInjectors[i];
    for_each_mechanism(injector, [&](Mechanism mechanism, const std::vector<std::string>& calls) {
      faults.push_back({{"kind", name_of(injector.kind)},
                        {"class", name_of_class(injector.fault_class)},
                        {"mechanism", name_of(mechanism)},
                        {"calls", calls},
                        {"condition", injector.condition},
                        {"source", injector.source},
                        {"witness", injector.witness}});
    });
  }
  return faults.dump(2) + '\n';
}

std::string faults_as_text() {
  std::string text;
  for (std::uint32_t i = 0; i < kInjectorCount; ++i)
    text += (text.empty() ? "" : "\n") + describe(*kAllInjectors[i]);
  return text;
}

int faults_command(const std::vector<std::string>& arguments) {
  bool as_json = false;
  for (const std::string& word : arguments) {
    if (word == "-h" || word == "--help") return print_output(help_on("faults"));
    if (word != "--json") {
      print_error(fmt::format("faults: unknown {} {}{}", word.starts_with('-') ? "option" : "argument",
                              in_quotes(word), did_you_mean(word, {"--json", "--help"})));
      return kStatusUsage;
    }
    as_json = true;
  }
  return print_output(as_json ? faults_as_json() : faults_as_text());
}

}  // namespace flinch
