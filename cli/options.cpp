#include "cli/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/plan/text.h"

namespace flinch {
namespace {

constexpr double kTimeoutMaxS = 1e7;

/// The options as text; CLI11 collects them, and nothing is converted by it, so that every message
/// about a value is ours.
struct RawOptions {
  std::string plan;
  std::vector<std::string> rules;
  std::string seed;
  std::string timeout;
  std::string log;
  std::string backend;
  std::vector<std::string> environment;
  bool hostile = false;
  bool quiet = false;
  bool help = false;
};

void declare_options(CLI::App& app, RawOptions& raw) {
  app.set_help_flag();
  app.add_option("--plan", raw.plan);
  app.add_option("--seed", raw.seed);
  app.add_option("--timeout", raw.timeout);
  app.add_option("--log", raw.log);
  app.add_option("--backend", raw.backend);
  // Without this, CLI11 takes a value in brackets for a list and splits it.
  app.add_option("--inject", raw.rules)->expected(1)->allow_extra_args(false)->take_all();
  app.add_option("--env", raw.environment)->expected(1)->allow_extra_args(false)->take_all();
  app.add_flag("--hostile", raw.hostile);
  app.add_flag("--quiet", raw.quiet);
  app.add_flag("-h,--help", raw.help);
}

std::vector<std::string> names_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) names.push_back("--" + option->get_lnames().front());
  return names;
}

struct Split {
  std::vector<std::string> options;  // each with its value in one word, `--seed=3`
  std::vector<std::string> program;
};

/// CLI11 would take the program's own options for ours; so the program is cut off first.
Result<Split> split(const CLI::App& app, const std::vector<std::string>& arguments) {
  Split result;
  std::size_t i = 0;
  for (; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (word == "--") {
      ++i;
      break;
    }
    if (!word.starts_with('-') || word == "-") break;
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const CLI::Option* option = app.get_option_no_throw(name);
    if (option == nullptr && (name == "--schedule" || name == "--time" || name == "--network"))
      return fail(fmt::format("{} needs --backend emulated, which this version does not have", name));
    if (option == nullptr)
      return fail(fmt::format("unknown option {}{}", in_quotes(name), did_you_mean(name, names_of(app))));
    const bool takes_value = option->get_items_expected_max() > 0;
    if (!takes_value && equals != std::string::npos) return fail(fmt::format("{} takes no value", name));
    if (!takes_value || equals != std::string::npos) {
      result.options.push_back(word);
      continue;
    }
    if (++i == arguments.size()) return fail(fmt::format("{} needs a value", name));
    result.options.push_back(name + '=' + arguments[i]);
  }
  result.program.assign(arguments.begin() + static_cast<std::ptrdiff_t>(i), arguments.end());
  return result;
}

Result<void> collect(CLI::App& app, std::vector<std::string> options) {
  for (const std::string& option : options)
    if (option.find('=') == option.size() - 1)
      return fail(fmt::format("{} needs a value", option.substr(0, option.size() - 1)));
  std::reverse(options.begin(), options.end());  // CLI11 reads such a vector from its end
  try {
    app.parse(std::move(options));
  } catch (const CLI::ParseError&) {
    // Names and values were looked at before; what is left is an option that came twice.
    for (const CLI::Option* option : app.get_options())
      if (option->count() > 1 && option->get_expected_max() <= 1)
        return fail(fmt::format("--{} is given twice", option->get_lnames().front()));
    return fail("the options cannot be understood");
  }
  return {};
}

Result<void> read_timeout(const std::string& text, RunOptions& options) {
  if (text.empty()) return {};
  double seconds = 0;
  const auto parsed =
      std::from_chars(text.data(), text.data() + text.size(), seconds, std::chars_format::fixed);
  const bool is_number =
      parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size() && std::isfinite(seconds);
  if (!is_number || seconds <= 0 || seconds > kTimeoutMaxS)
    return fail(fmt::format(
        "--timeout needs seconds, more than 0 and at most {:.0f}, such as 2.5, and {} is not that",
        kTimeoutMaxS, in_quotes(text)));
  options.timeout_s = seconds;
  return {};
}

Result<void> read_environment(const std::vector<std::string>& words, RunOptions& options) {
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0)
      return fail(fmt::format("--env needs NAME=VALUE, and {} is not that", in_quotes(word)));
  }
  options.environment = words;
  return {};
}

Result<void> read_backend(const std::string& name) {
  if (name.empty() || name == "kernel") return {};
  if (name == "emulated") return fail("--backend emulated: this version has the kernel backend only");
  return fail(fmt::format("--backend is kernel or emulated, and {} is neither{}", in_quotes(name),
                          did_you_mean(name, {"kernel", "emulated"})));
}

Result<void> read_plan(const RawOptions& raw, RunOptions& options) {
  const Hostility hostility = raw.hostile ? Hostility::kAllow : Hostility::kRefuse;
  if (!raw.plan.empty()) {
    if (auto done = load_plan(raw.plan, hostility, options.plan); !done) return done;
  }
  for (const std::string& text : raw.rules) {
    const auto rule = parse_rule(text, hostility);
    if (!rule) return fail(fmt::format("--inject {}: {}", in_quotes(text), rule.error().text));
    options.plan.rules.push_back(*rule);
    options.plan.rule_texts.push_back(text);
  }
  if (options.plan.rules.size() > kRuleMax)
    return fail(fmt::format("at most {} rules go into one run, and these are {}", kRuleMax,
                            options.plan.rules.size()));
  if (raw.seed.empty()) return {};
  const auto seed = parse_number(raw.seed, "--seed", {});
  if (!seed) return tl::unexpected(seed.error());
  options.plan.seed = *seed;
  return {};
}

}  // namespace

Result<std::optional<RunOptions>> parse_run_options(RunKind kind, const std::vector<std::string>& arguments) {
  CLI::App app;
  RawOptions raw;
  declare_options(app, raw);
  auto words = split(app, arguments);
  if (!words) return tl::unexpected(words.error());
  if (auto done = collect(app, words->options); !done) return tl::unexpected(done.error());
  if (raw.help) return std::nullopt;
  RunOptions options;
  options.is_trace = kind == RunKind::kTrace;
  options.quiet = raw.quiet;
  options.hostile = raw.hostile;
  options.log_path = raw.log;
  if (auto done = read_timeout(raw.timeout, options); !done) return tl::unexpected(done.error());
  if (auto done = read_environment(raw.environment, options); !done) return tl::unexpected(done.error());
  if (auto done = read_backend(raw.backend); !done) return tl::unexpected(done.error());
  if (auto done = read_plan(raw, options); !done) return tl::unexpected(done.error());
  options.program = words->program.empty() ? options.plan.program : words->program;
  if (options.program.empty())
    return fail(fmt::format("no program is given: flinch {} [options] [--] PROGRAM [ARG...]",
                            options.is_trace ? "trace" : "run"));
  return options;
}

}  // namespace flinch
