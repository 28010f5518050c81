#include "cli/conformance.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <fstream>
#include <optional>
#include <random>

#include "cli/help.h"
#include "cli/messages.h"
#include "conformance/report/report.h"
#include "core/common/result.h"
#include "core/plan/text.h"

namespace flinch {
namespace {

using conformance::Mechanism;
using conformance::mechanisms_under_test;
using conformance::Report;

constexpr std::uint64_t kCases = 10000;
constexpr std::uint64_t kCasesMax = 1000000000;
constexpr int kStatusDivergence = 1;

struct Options {
  std::vector<const Mechanism*> mechanisms;  // all of them without a name
  std::uint64_t cases = kCases;
  std::uint64_t seed = 0;
  std::string json;      // empty: none; - is standard output
  std::string programs;  // a folder
  bool help = false;
  bool list = false;
};

Result<std::uint64_t> number(const std::string& option, const std::string& text, std::uint64_t max) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > max)
    return fail(fmt::format("{}: {} is not a number from 0 to {}", option, in_quotes(text), max));
  return value;
}

Result<const Mechanism*> mechanism_named(const std::string& name) {
  std::vector<std::string> names;
  for (const Mechanism& mechanism : mechanisms_under_test()) {
    if (name == mechanism.name) return &mechanism;
    names.emplace_back(mechanism.name);
  }
  return fail(fmt::format("unknown mechanism {}{}; there are: {}", in_quotes(name), did_you_mean(name, names),
                          fmt::join(names, " ")));
}

Result<Options> parse(std::vector<std::string> arguments) {
  Options options;
  std::vector<std::string> names;
  std::string cases = std::to_string(kCases);
  std::string seed = std::to_string(std::random_device{}());
  CLI::App app;
  app.set_help_flag();
  app.add_option("--cases", cases);
  app.add_option("--seed", seed);
  app.add_option("--json", options.json);
  app.add_option("--programs", options.programs);
  app.add_flag("--list", options.list);
  app.add_flag("-h,--help", options.help);
  app.allow_extras();
  try {
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    return fail(error.what());
  }
  for (const std::string& word : app.remaining()) {
    if (!word.starts_with('-')) {
      names.push_back(word);
      continue;
    }
    const std::vector<std::string> known = {"--cases", "--seed", "--json", "--programs", "--list", "--help"};
    return fail(fmt::format("unknown option {}{}", in_quotes(word), did_you_mean(word, known)));
  }
  const auto cases_read = number("--cases", cases, kCasesMax);
  if (!cases_read) return fail(cases_read.error().text);
  const auto seed_read = number("--seed", seed, ~std::uint64_t{0});
  if (!seed_read) return fail(seed_read.error().text);
  options.cases = *cases_read;
  options.seed = *seed_read;
  for (const std::string& name : names) {
    const auto mechanism = mechanism_named(name);
    if (!mechanism) return fail(mechanism.error().text);
    options.mechanisms.push_back(*mechanism);
  }
  if (names.empty())
    for (const Mechanism& mechanism : mechanisms_under_test()) options.mechanisms.push_back(&mechanism);
  return options;
}

int write_file(const std::string& path, const std::string& text) {
  std::ofstream file{path};
  file << text << std::flush;
  if (file) return 0;
  print_error(fmt::format("conformance: can't write {}", in_quotes(path)));
  return kStatusFailure;
}

/// A program for each divergence: MECHANISM-1.c and so on.
int write_programs(const Report& report, const std::string& folder) {
  for (const auto& [mechanism, exploration] : report.entries) {
    int number = 0;
    for (const auto& divergence : exploration.divergences) {
      const std::string path = fmt::format("{}/{}-{}.c", folder, mechanism, ++number);
      if (const int status = write_file(path, as_c_program(report, mechanism, divergence)); status != 0)
        return status;
    }
  }
  return 0;
}

Report run_scripts(const Options& options, const std::string& version) {
  Report report;
  utsname kernel{};
  uname(&kernel);
  report.flinch = version;
  report.kernel = kernel.release;
  report.seed = options.seed;
  conformance::Stage stage;
  for (const Mechanism* mechanism : options.mechanisms)
    report.entries.push_back(
        {mechanism->name, explore(*mechanism, stage, static_cast<int>(options.cases), options.seed)});
  return report;
}

int list_mechanisms() {
  std::string text;
  for (const Mechanism& mechanism : mechanisms_under_test()) text += fmt::format("{}\n", mechanism.name);
  return print_output(text);
}

}  // namespace

int conformance_command(const std::vector<std::string>& arguments, const std::string& version) {
  const auto options = parse(arguments);
  if (!options) {
    print_error("conformance: " + options.error().text);
    return kStatusUsage;
  }
  if (options->help) return print_output(help_on("conformance"));
  if (options->list) return list_mechanisms();
  const Report report = run_scripts(*options, version);
  int status = 0;
  if (options->json == "-")
    status = print_output(as_json(report));
  else
    status = print_output(as_table(report));
  if (status == 0 && !options->json.empty() && options->json != "-")
    status = write_file(options->json, as_json(report));
  if (status == 0 && !options->programs.empty()) status = write_programs(report, options->programs);
  if (status != 0) return status;
  return report.has_divergences() ? kStatusDivergence : 0;
}

}  // namespace flinch
