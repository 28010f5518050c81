#include <fmt/format.h>

#include <algorithm>

#include "core/plan/names.h"
#include "core/plan/plan.h"

namespace flinch {
namespace {

/// Faults whose legality rests on what was written to the stream, or was reported of it.
bool needs_streams(FaultKind kind) {
  return kind == FaultKind::kShort || kind == FaultKind::kEagain || kind == FaultKind::kFull ||
         kind == FaultKind::kEintr;
}

bool moves_bytes_of_descriptor(const SyscallDescriptor& row) {
  return row.direction != Direction::kNeither && row.mechanism == Mechanism::kNone &&
         row.object != ObjectSource::kFixed && row.object != ObjectSource::kResult;
}

/// The calls from which a program learns of a stream, or by which it changes one.
RowSet stream_calls() {
  RowSet rows =
      rows_named({"poll",      "ppoll", "select",   "pselect6",   "epoll_wait", "epoll_pwait", "epoll_pwait2",
                  "epoll_ctl", "ioctl", "fcntl",    "getsockopt", "setsockopt", "recvfrom",    "recvmsg",
                  "splice",    "tee",   "vmsplice", "sendfile",   "socketpair", "pipe",        "pipe2"});
  for (std::size_t i = 0; i < kRowCount; ++i)
    if (moves_bytes_of_descriptor(kSyscalls[i])) rows.add(static_cast<Row>(i));
  return rows;
}

/// Every call but munmap, of which the kernel is asked too often for memory that is nobody else's, and
/// rt_sigreturn, whose frame must be the topmost on the stack.
RowSet logged_calls() {
  const RowSet hot = rows_named({"munmap", "rt_sigreturn"});
  RowSet rows{};
  for (std::size_t i = 0; i < kRowCount; ++i)
    if (!hot.has(static_cast<Row>(i))) rows.add(static_cast<Row>(i));
  return rows;
}

}  // namespace

Result<PlanImage> compile_plan(const Plan& plan, TrapNeeds needs) {
  if (plan.rules.size() > kRuleMax)
    return fail(fmt::format("a plan has at most {} rules, and this one has {}", kRuleMax, plan.rules.size()));
  PlanImage image{};
  image.magic = kPlanMagic;
  image.rule_count = static_cast<std::uint32_t>(plan.rules.size());
  image.seed = plan.seed;
  image.logs_calls = needs.logs_calls ? 1 : 0;
  std::copy(plan.rules.begin(), plan.rules.end(), std::begin(image.rules));
  for (const CompiledRule& rule : plan.rules) {
    add_all(image.ruled, rule.calls);
    if (needs_streams(rule.kind)) image.tracks_streams = 1;
  }
  if (image.tracks_streams != 0) image.observed = stream_calls();
  if (needs.logs_calls) image.trapped = logged_calls();
  if (!plan.rules.empty()) {
    add_all(image.trapped, image.ruled);
    add_all(image.trapped, image.observed);
    // Who handles which signal, and how, decides what a signal may interrupt.
    add_all(image.trapped, rows_named({"rt_sigaction", "io_uring_setup"}));
  }
  return image;
}

}  // namespace flinch
