#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "core/plan/fault_spec.h"
#include "core/plan/legality.h"
#include "core/plan/names.h"
#include "core/plan/plan.h"
#include "core/plan/text.h"

namespace flinch {
namespace {

constexpr std::int64_t kVersion = 1;
constexpr std::size_t kFileMax = std::size_t{16} << 20;
constexpr std::uint64_t kNthMax = ~std::uint64_t{0} - 1;
constexpr std::uint64_t kInt32Max = 0x7fffffff;

const char* article_and_type(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table: return "a table";
    case toml::node_type::array: return "an array";
    case toml::node_type::string: return "a string";
    case toml::node_type::integer: return "an integer";
    case toml::node_type::floating_point: return "a floating-point number";
    case toml::node_type::boolean: return "a boolean";
    default: return "a date or time";
  }
}

/// Reads one file; every error says where.
class PlanReader {
 public:
  PlanReader(const std::string& name, Hostility hostility) : name_(escaped(name)), hostility_(hostility) {}

  Result<Plan> read(std::string_view text, Plan plan) {
    plan_ = std::move(plan);
    try {
      root_ = toml::parse(text, name_);
    } catch (const toml::parse_error& error) {
      return error_at(error.source(), escaped(error.description()));
    }
    if (auto done = read_root(); !done) return tl::unexpected(done.error());
    return std::move(plan_);
  }

 private:
  using Keys = std::vector<std::string>;

  tl::unexpected<Error> error_at(const toml::source_region& where, const std::string& message) const {
    return fail(fmt::format("{}:{}:{}: {}", name_, std::max(where.begin.line, 1U),
                            std::max(where.begin.column, 1U), message));
  }

  Result<void> check_keys(const toml::table& table, const Keys& known) const {
    for (const auto& [key, node] : table) {
      if (std::find(known.begin(), known.end(), key.str()) == known.end())
        return error_at(key.source(), fmt::format("{} is no key here{}", in_quotes(key.str()),
                                                  did_you_mean(key.str(), known)));
    }
    return {};
  }

  tl::unexpected<Error> wrong_type(const toml::node& node, std::string_view key, const char* wanted) const {
    return error_at(node.source(),
                    fmt::format("{} is {}, and {} stands here", key, wanted, article_and_type(node)));
  }

  Result<std::string> string_of(const toml::node& node, std::string_view key) const {
    const auto* value = node.as_string();
    if (value == nullptr) return wrong_type(node, key, "a string");
    return value->get();
  }

  Result<std::uint64_t> number_of(const toml::node& node, std::string_view key, Bounds bounds) const {
    const auto* value = node.as_integer();
    if (value == nullptr) return wrong_type(node, key, "an integer");
    auto number = parse_number(std::to_string(value->get()), key, bounds);
    if (!number) return error_at(node.source(), number.error().text);
    return number;
  }

  Result<void> read_root() {
    // The version first: a newer format may well have other keys.
    if (auto done = read_version(); !done) return done;
    if (auto done = check_keys(root_, {"flinch", "seed", "program", "fault", "policy"}); !done) return done;
    if (auto done = read_seed(); !done) return done;
    if (auto done = read_program(); !done) return done;
    return read_rules();
  }

  Result<void> read_version() const {
    const toml::node* node = root_.get("flinch");
    if (node == nullptr)
      return fail(fmt::format("{}:1:1: the plan does not begin with its format's version, flinch = {}", name_,
                              kVersion));
    const auto version = number_of(*node, "flinch", {1, ~std::uint64_t{0}});
    if (!version) return tl::unexpected(version.error());
    if (*version > kVersion)
      return error_at(node->source(),
                      fmt::format("the plan has format {}, and this flinch knows format {} only: it "
                                  "takes a newer flinch",
                                  *version, kVersion));
    return {};
  }

  Result<void> read_seed() {
    const toml::node* node = root_.get("seed");
    if (node == nullptr) return {};
    // TOML's integers end at 2^63-1 and seeds do not, so the greater ones are strings.
    if (const auto* text = node->as_string()) {
      const auto seed = parse_number(text->get(), "seed", {});
      if (!seed) return error_at(node->source(), seed.error().text);
      plan_.seed = *seed;
      return {};
    }
    const auto seed = number_of(*node, "seed", {});
    if (!seed) return tl::unexpected(seed.error());
    plan_.seed = *seed;
    return {};
  }

  Result<void> read_program() {
    const toml::node* node = root_.get("program");
    if (node == nullptr) return {};
    const toml::array* words = node->as_array();
    if (words == nullptr) return wrong_type(*node, "program", "an array of strings");
    std::vector<std::string> program;
    for (const toml::node& word : *words) {
      auto text = string_of(word, "each word of program");
      if (!text) return tl::unexpected(text.error());
      if (text->find('\0') != std::string::npos)
        return error_at(word.source(), "a NUL byte stands in a word of program");
      program.push_back(std::move(*text));
    }
    if (program.empty() || program.front().empty())
      return error_at(node->source(), "program names no program: leave the key out if there is none");
    plan_.program = std::move(program);
    return {};
  }

  /// Adds the tables of `[[key]]` to `found`.
  Result<void> collect(const char* key, std::vector<const toml::table*>& found) const {
    const toml::node* node = root_.get(key);
    if (node == nullptr) return {};
    const toml::array* tables = node->as_array();
    if (tables == nullptr)
      return error_at(node->source(),
                      fmt::format("{0} is a list of tables, each under [[{0}]], and {1} stands here", key,
                                  article_and_type(*node)));
    for (const toml::node& each : *tables) {
      if (!each.is_table()) return wrong_type(each, key, "a table");
      found.push_back(each.as_table());
    }
    return {};
  }

  Result<void> read_rules() {
    std::vector<const toml::table*> tables;
    if (auto done = collect("fault", tables); !done) return done;
    const auto faults = static_cast<std::ptrdiff_t>(tables.size());
    const std::vector<const toml::table*> explicit_faults(tables.begin(), tables.begin() + faults);
    if (auto done = collect("policy", tables); !done) return done;
    // Rules are tried in the order in which the file has them, whichever kind they are of.
    std::stable_sort(tables.begin(), tables.end(), [](const toml::table* a, const toml::table* b) {
      const auto at = [](const toml::table* table) {
        return std::pair(table->source().begin.line, table->source().begin.column);
      };
      return at(a) < at(b);
    });
    for (const toml::table* table : tables) {
      const bool is_fault =
          std::find(explicit_faults.begin(), explicit_faults.end(), table) != explicit_faults.end();
      if (auto done = is_fault ? read_fault(*table) : read_policy(*table); !done) return done;
    }
    return {};
  }

  Result<void> read_policy(const toml::table& table) {
    if (auto done = check_keys(table, {"rule"}); !done) return done;
    const toml::node* node = table.get("rule");
    if (node == nullptr) return error_at(table.source(), "a [[policy]] needs its rule");
    const auto text = string_of(*node, "rule");
    if (!text) return tl::unexpected(text.error());
    const auto rule = parse_rule(*text, hostility_);
    if (!rule) return error_at(node->source(), "in the rule, " + rule.error().text);
    plan_.rules.push_back(*rule);
    plan_.rule_texts.push_back(*text);
    return {};
  }

  Result<void> read_fault(const toml::table& table);
  Result<void> read_address(const toml::table& table, CompiledRule& rule, std::string& text) const;
  Result<void> read_kind(const toml::table& table, CompiledRule& rule, std::string& text) const;
  Result<std::optional<std::string>> read_parameter(const toml::table& table, const std::string& kind) const;

  static std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      result += byte < 0x20 || byte == 0x7f ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
    }
    return result;
  }

  std::string name_;
  Hostility hostility_;
  toml::table root_;
  Plan plan_;
};

Result<void> PlanReader::read_fault(const toml::table& table) {
  if (auto done = check_keys(
          table, {"process", "thread", "call", "nth", "kind", "bytes", "signal", "delay", "amount"});
      !done)
    return done;
  for (const char* key : {"call", "nth", "kind"})
    if (!table.contains(key))
      return error_at(table.source(), fmt::format("a [[fault]] needs the key {}", key));
  CompiledRule rule{};
  rule.is_explicit = 1;
  rule.is_hostile = hostility_ == Hostility::kAllow ? 1 : 0;
  rule.fd = kAnyFd;
  rule.mechanisms = ~std::uint32_t{0};
  rule.step = 1;
  rule.rate_numerator = 1;
  rule.rate_denominator = 1;
  rule.limit = ~std::uint64_t{0};
  std::string address;
  std::string kind;
  if (auto done = read_address(table, rule, address); !done) return done;
  if (auto done = read_kind(table, rule, kind); !done) return done;
  plan_.rules.push_back(rule);
  plan_.rule_texts.push_back(fmt::format(fmt::runtime(address), kind));
  return {};
}

/// Fills in where and when; `text` becomes the rule's text with `{}` in the place of the fault.
Result<void> PlanReader::read_address(const toml::table& table, CompiledRule& rule, std::string& text) const {
  const auto call = string_of(*table.get("call"), "call");
  if (!call) return tl::unexpected(call.error());
  RowSet rows{};
  if (const auto row = row_of_name(*call))
    rows.add(*row);
  else
    rows = rows_of_call(*call);
  const auto members = members_of(rows);
  if (members.empty())
    return error_at(table.get("call")->source(),
                    fmt::format("{} is no call that flinch knows{}", in_quotes(*call),
                                did_you_mean(*call, call_names())));
  if (members.size() > 1)
    return error_at(table.get("call")->source(),
                    fmt::format("{} is made of several system calls, and a fault has one: {}, {} ...",
                                in_quotes(*call), descriptor(members[0]).name, descriptor(members[1]).name));
  rule.calls = rows;
  const auto nth = number_of(*table.get("nth"), "nth", {1, kNthMax});
  if (!nth) return tl::unexpected(nth.error());
  rule.first = rule.last = *nth;
  std::string path = "0";
  if (const toml::node* node = table.get("process")) {
    auto given = string_of(*node, "process");
    if (!given) return tl::unexpected(given.error());
    path = *given;
    if (const auto process = parse_process(path); !process)
      return error_at(node->source(), process.error().text);
  }
  rule.process = *parse_process(path);
  if (const toml::node* node = table.get("thread")) {
    const auto thread = number_of(*node, "thread", {0, kInt32Max});
    if (!thread) return tl::unexpected(thread.error());
    rule.thread = static_cast<std::int32_t>(*thread);
  }
  // The row's own name may stand for a family in a rule; print_rule() knows how to avoid that.
  std::string calls = print_rule(rule);
  calls.resize(calls.find(':'));
  text = fmt::format("{}:{{}}:process={}:thread={}:nth={}", calls, path, rule.thread, *nth);
  return {};
}

Result<void> PlanReader::read_kind(const toml::table& table, CompiledRule& rule, std::string& text) const {
  const toml::node& node = *table.get("kind");
  const auto kind = string_of(node, "kind");
  if (!kind) return tl::unexpected(kind.error());
  std::vector<std::string> kinds;
  for (const std::string& name : fault_names())
    if (name != "error" && name != "retval" && !name.starts_with("delay_")) kinds.push_back(name);
  if (std::find(kinds.begin(), kinds.end(), *kind) == kinds.end())
    return error_at(node.source(),
                    fmt::format("{} is no fault{}", in_quotes(*kind), did_you_mean(*kind, kinds)));
  const auto value = read_parameter(table, *kind);
  if (!value) return tl::unexpected(value.error());
  NamedValue part{*kind, std::nullopt};
  if (*value) part.value = **value;
  const auto fault = parse_fault(part, rule.calls, hostility_);
  if (!fault) return error_at(node.source(), fault.error().text);
  rule.kind = fault->kind;
  rule.signal = fault->signal;
  rule.amount = fault->amount;
  if (auto possible = keep_possible_calls(rule, rule.calls); !possible)
    return error_at(node.source(), possible.error().text);
  text = part.value ? fmt::format("{}={}", *kind, *part.value) : *kind;
  return {};
}

/// The value of the one key that goes with the kind, as a rule has it behind `=`.
Result<std::optional<std::string>> PlanReader::read_parameter(const toml::table& table,
                                                              const std::string& kind) const {
  struct Parameter {
    const char* key;
    std::vector<std::string> kinds;
  };
  const Parameter parameters[] = {{"bytes", {"short"}},
                                  {"signal", {"eintr", "signal"}},
                                  {"delay", {"delay"}},
                                  {"amount", {"short", "delay"}}};
  std::optional<std::string> value;
  for (const Parameter& parameter : parameters) {
    const toml::node* node = table.get(parameter.key);
    if (node == nullptr) continue;
    if (std::find(parameter.kinds.begin(), parameter.kinds.end(), kind) == parameter.kinds.end())
      return error_at(node->source(),
                      fmt::format("{} does not go with a fault of the kind {}", parameter.key, kind));
    if (value) return error_at(node->source(), "the fault has two parameters, and takes one");
    const std::string key = parameter.key;
    if (key == "bytes" || key == "amount") {
      const auto number = number_of(*node, key, {1, kind == "short" ? kBytesMax : kDelayMaxNs});
      if (!number) return tl::unexpected(number.error());
      value = std::to_string(*number) + (kind == "delay" ? "ns" : "");
    } else {
      auto text = string_of(*node, key);
      if (!text) return tl::unexpected(text.error());
      value = *text;
      const auto wrong =
          key == "delay" ? parse_duration(*text, key).map([](auto) {}) : parse_signal(*text).map([](auto) {});
      if (!wrong) return error_at(node->source(), wrong.error().text);
    }
  }
  return value;
}

}  // namespace

Result<void> parse_plan(std::string_view toml, const std::string& name, Hostility hostility, Plan& plan) {
  auto read = PlanReader(name, hostility).read(toml, plan);
  if (!read) return tl::unexpected(read.error());
  plan = std::move(*read);
  return {};
}

Result<void> load_plan(const std::string& path, Hostility hostility, Plan& plan) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(fmt::format("{}: {}", path, std::strerror(errno)));
  std::string text(kFileMax + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || (file.fail() && !file.eof()))
    return fail(fmt::format("{}: {}", path, std::strerror(errno)));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kFileMax)
    return fail(fmt::format("{}: longer than {} MiB, so it is no plan", path, kFileMax >> 20));
  return parse_plan(text, path, hostility, plan);
}

}  // namespace flinch
