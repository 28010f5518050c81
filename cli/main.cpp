// The `flinch` command: finds the subcommand, and does nothing else.
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <string>
#include <vector>

#include "cli/compile_plan.h"
#include "cli/conformance.h"
#include "cli/faults.h"
#include "cli/help.h"
#include "cli/messages.h"
#include "cli/options.h"
#include "cli/run.h"
#include "core/plan/text.h"

namespace flinch {
namespace {

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

int run_or_trace(RunKind kind, const std::vector<std::string>& arguments) {
  const char* name = kind == RunKind::kTrace ? "trace" : "run";
  const auto options = parse_run_options(kind, arguments);
  if (!options) {
    print_error(fmt::format("{}: {}", name, options.error().text));
    return kStatusRunUsage;
  }
  if (!*options) return print_output(help_on(name));
  return run_command(**options);
}

int help_command(const std::vector<std::string>& arguments) {
  const std::string topic = arguments.empty() ? std::string{} : arguments.front();
  const std::string text = help_on(topic);
  if (!text.empty()) return print_output(text);
  print_error(fmt::format("there is no help on {}{}", in_quotes(topic),
                          did_you_mean(topic, commands_of_this_version())));
  return kStatusUsage;
}

int unknown_word(const std::string& word) {
  const bool is_option = word.starts_with('-');
  std::vector<std::string> known = commands_of_this_version();
  known.emplace_back("--version");  // so few letters from the word that others use
  if (is_option) known = {"--help", "--version"};
  print_error(fmt::format("unknown {} {}{}", is_option ? "option" : "command", in_quotes(word),
                          did_you_mean(word, known)));
  return kStatusUsage;
}

int dispatch(const std::vector<std::string>& words) {
  if (words.empty()) {
    print_error("no command is given; flinch --help shows them all");
    return kStatusUsage;
  }
  const std::string& command = words.front();
  const std::vector<std::string> arguments(words.begin() + 1, words.end());
  if (command == "run") return run_or_trace(RunKind::kRun, arguments);
  if (command == "trace") return run_or_trace(RunKind::kTrace, arguments);
  if (command == "faults") return faults_command(arguments);
  if (command == "conformance") return conformance_command(arguments, FLINCH_VERSION);
  if (command == "compile-plan") return compile_plan_command(arguments);
  if (command == "help" || command == "--help" || command == "-h") return help_command(arguments);
  if (command == "--version") return print_output("flinch " FLINCH_VERSION "\n");
  if (contains(commands_of_later_versions(), command)) {
    print_error(fmt::format("{} is not part of this version yet", command));
    return kStatusFailure;
  }
  return unknown_word(command);
}

}  // namespace
}  // namespace flinch

int main(int argc, char** argv) {
  try {
    return flinch::dispatch({argv + std::min(argc, 1), argv + argc});
  } catch (const std::exception& error) {
    flinch::print_error(error.what());
    return flinch::kStatusFailure;
  }
}
