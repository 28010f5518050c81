#include "cli/run.h"

#include <fmt/format.h>
#include <string.h>

#include <cstdio>
#include <numeric>

#include "cli/colour.h"
#include "cli/messages.h"
#include "core/session/session.h"

namespace flinch {
namespace {

constexpr int kTimedOut = 124;
constexpr int kOwnFailure = 125;
constexpr int kNotExecutable = 126;
constexpr int kNotFound = 127;

int status_of(const RunOutcome& run, const std::string& program) {
  switch (run.end) {
    case RunOutcome::End::kExited: return run.value;
    case RunOutcome::End::kSignalled: return 128 + run.value;
    case RunOutcome::End::kTimedOut: print_error("the time limit ended the program"); return kTimedOut;
    case RunOutcome::End::kNotFound:
      print_error(fmt::format("{}: {}", program, strerror(run.value)));
      return kNotFound;
    case RunOutcome::End::kNotExecutable:
      print_error(fmt::format("{}: {}", program, strerror(run.value)));
      return kNotExecutable;
  }
  return kOwnFailure;
}

std::string plural(std::uint64_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string faults_by_kind(const RunOutcome& run) {
  std::string text;
  for (std::size_t i = 1; i < run.injected.size(); ++i) {
    if (run.injected[i] == 0) continue;
    text +=
        fmt::format("{}{} {}", text.empty() ? "" : ", ", run.injected[i], name_of(static_cast<FaultKind>(i)));
  }
  return text;
}

void summarise(const RunOptions& options, const RunOutcome& run) {
  for (const std::string& remark : run.remarks) print_warning(remark);
  const std::uint64_t faults = std::accumulate(run.injected.begin(), run.injected.end(), std::uint64_t{0});
  const std::string seen =
      fmt::format("{} in {}: calls seen {} (shim {}, notify {})", plural(run.threads, "thread"),
                  fmt::format("{} process{}", run.processes, run.processes == 1 ? "" : "es"),
                  run.through_shim + run.notified, run.through_shim, run.notified);
  if (options.plan.rules.empty()) {
    if (!options.is_trace) print_remark(fmt::format("{}; no fault was asked for", seen));
  } else if (faults == 0) {
    print_warning(
        fmt::format("{}; warning: NOTHING WAS INJECTED, so this run says nothing about the program "
                    "(no call matched, or no fault was legal where one did: see flinch faults)",
                    seen));
  } else {
    print_remark(fmt::format("{}; faults injected {} ({}), seed {}", seen, faults, faults_by_kind(run),
                             options.plan.seed));
  }
}

}  // namespace

int run_command(const RunOptions& options) {
  SessionRequest request;
  request.plan = options.plan;
  request.program = options.program;
  request.environment = options.environment;
  request.timeout_s = options.timeout_s;
  request.log_path = options.log_path;
  request.traces = options.is_trace && options.log_path.empty();
  request.colour = wants_colour(2) ? Colour::kAlways : Colour::kNever;
  const auto outcome = run_session(request);
  if (!outcome) {
    print_error(outcome.error().text);
    return kOwnFailure;
  }
  if (!outcome->log_error.empty()) print_error(outcome->log_error);
  const int status = status_of(outcome->run, options.program.front());
  const bool has_run =
      outcome->run.end != RunOutcome::End::kNotFound && outcome->run.end != RunOutcome::End::kNotExecutable;
  if (!options.quiet && has_run) summarise(options, outcome->run);
  return status;
}

}  // namespace flinch
