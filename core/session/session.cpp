#include "core/session/session.h"

#include <unistd.h>

#include <filesystem>
#include <vector>

extern char** environ;

namespace flinch {
namespace {

/// Our own environment with the request's variables set.
std::vector<std::string> environment_of(const SessionRequest& request) {
  std::vector<std::string> variables;
  for (char** at = environ; *at != nullptr; ++at) variables.emplace_back(*at);
  for (const std::string& wanted : request.environment) {
    const std::string name = wanted.substr(0, wanted.find('=') + 1);
    std::erase_if(variables, [&](const std::string& variable) { return variable.starts_with(name); });
    variables.push_back(wanted);
  }
  return variables;
}

/// Events for the log and for people, as asked for.
class Sinks : public EventSink {
 public:
  void attach(std::unique_ptr<EventSink> sink) { sinks_.push_back(std::move(sink)); }
  void add(const Event& event, const Caller& caller) override {
    for (const auto& sink : sinks_) sink->add(event, caller);
  }
  void flush() override {
    for (const auto& sink : sinks_) sink->flush();
  }
  [[nodiscard]] const std::string& error() const override {
    static const std::string kNone;
    for (const auto& sink : sinks_)
      if (!sink->error().empty()) return sink->error();
    return kNone;
  }
  [[nodiscard]] std::size_t pending() const override {
    return sinks_.empty() ? 0 : sinks_.front()->pending();
  }
  [[nodiscard]] bool empty() const { return sinks_.empty(); }

 private:
  std::vector<std::unique_ptr<EventSink>> sinks_;
};

}  // namespace

std::string find_shim() {
  namespace fs = std::filesystem;
  constexpr const char* kName = "libflinch_preload.so";
  std::error_code error;
  const fs::path here = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const char* folder : {"../core/shim", "../lib/x86_64-linux-gnu", "../lib", "../lib64", "."}) {
    const fs::path candidate = here / folder / kName;
    if (fs::exists(candidate, error)) return fs::canonical(candidate, error).string();
  }
  return {};
}

Result<SessionOutcome> run_session(const SessionRequest& request) {
  Sinks sinks;
  if (!request.log_path.empty()) {
    auto log = open_json_log(request.log_path);
    if (!log) return fail(log.error().text);
    sinks.attach(std::move(*log));
  }
  if (request.traces) sinks.attach(make_trace_printer(STDERR_FILENO, request.colour));
  auto image = compile_plan(request.plan, {.logs_calls = !sinks.empty()});
  if (!image) return fail(image.error().text);
  auto outcome = run({.program = request.program,
                      .environment = environment_of(request),
                      .plan = *image,
                      .shim = request.shim,
                      .timeout_s = request.timeout_s,
                      .sink = sinks.empty() ? nullptr : &sinks});
  if (!outcome) return fail(outcome.error().text);
  if (request.shim.empty() && (!request.plan.rules.empty() || !sinks.empty()))
    outcome->remarks.emplace_back(
        "there is no libflinch_preload.so beside the command, so every call went the slower way (notify)");
  sinks.flush();
  return SessionOutcome{std::move(*outcome), sinks.error()};
}

}  // namespace flinch
