// Tier 0: runs a program and everything that it starts under a plan.
//
// It listens to the seccomp filter, and answers calls that did not come through the shim's gateway. A
// thread is traced with ptrace only while something has to be learnt or done that a notification can't:
// around fork and exec (who was born, which image), and for a call that is disturbed or logged. The rest
// of the time nothing is attached: a traced thread is woken by signals that it ignores, and a program
// could tell. One thread does all this, because ptrace belongs to a thread and decisions need no lock.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/abi/plan_image.h"
#include "core/common/result.h"
#include "core/log/log.h"

namespace flinch {

struct RunRequest {
  std::vector<std::string> program;      // argv; the first is looked for in PATH
  std::vector<std::string> environment;  // NAME=VALUE
  const PlanImage& plan;
  std::string shim;  // path of libflinch_preload.so; empty for tier 0 alone
  std::optional<double> timeout_s;
  EventSink* sink = nullptr;  // required if plan.logs_calls; stays the caller's
};

/// How a run ended.
struct RunOutcome {
  enum class End : std::uint8_t { kExited, kSignalled, kTimedOut, kNotFound, kNotExecutable };
  End end = End::kExited;
  int value = 0;  // status, signal or errno
  bool dumped_core = false;
  std::uint64_t notified = 0;      // calls that tier 0 saw
  std::uint64_t through_shim = 0;  // calls that the shim saw
  std::uint64_t processes = 0;
  std::uint64_t threads = 0;
  std::array<std::uint64_t, static_cast<std::size_t>(FaultKind::kCount)> injected{};
  std::vector<std::uint64_t> injected_by_rule;
  std::vector<std::string> remarks;  // what the user should know, each once
};

/// Runs the program to its end, and until the last process that it left behind has ended. An error is
/// our own failure: no seccomp, another supervisor, no memory. Not reentrant; call it from the thread
/// that lives until it returns.
Result<RunOutcome> run(const RunRequest& request);

}  // namespace flinch
