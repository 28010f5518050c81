#include "conformance/calls/signal.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <climits>
#include <cstring>
#include <ctime>

#include "conformance/kernel/system_v_names.h"

namespace flinch::conformance {
namespace {

using mechanisms::SignalAction;
using mechanisms::SignalSet;
using mechanisms::Target;

constexpr int kNobody = INT_MAX;  // above every number that Linux gives

std::string show(SignalSet set) {
  std::vector<std::string> names;
  for (int signal = 1; signal <= mechanisms::kSignalCount; ++signal)
    if ((set & mechanisms::set_of(signal)) != 0) names.push_back(signal_name(signal));
  return names.size() <= mechanisms::kSignalCount / 2 ? fmt::format("{{{}}}", fmt::join(names, " "))
                                                      : fmt::format("~{}", show(~set));
}

std::string show_handler(const SignalAction& action) {
  if (action.handler == SignalAction::Handler::kDefault) return "SIG_DFL";
  return action.handler == SignalAction::Handler::kIgnore ? "SIG_IGN" : "handler";
}

}  // namespace

std::string show_target(const Target& target) {
  switch (target.kind) {
    case Target::Kind::kProcess: return fmt::format("process of thread {}", target.number);
    case Target::Kind::kOwnGroup: return "0";
    case Target::Kind::kGroup: return "- group";
    case Target::Kind::kUnused: return "INT_MAX";
    case Target::Kind::kInvalid: return "INT_MIN";
    case Target::Kind::kAny: return "-1";
  }
  return "";
}

long number_of(const Target& target) {
  switch (target.kind) {
    case Target::Kind::kProcess: return target.number;
    case Target::Kind::kOwnGroup:
    case Target::Kind::kGroup: return 0;  // and the first slot's number is that of the group
    case Target::Kind::kUnused: return kNobody;
    case Target::Kind::kInvalid: return INT_MIN;
    case Target::Kind::kAny: return -1;
  }
  return 0;
}

void name_target(const Target& target, int argument, Encoding& to) {
  if (target.kind == Target::Kind::kProcess) to.name_process(argument);
  if (target.kind == Target::Kind::kGroup) to.name_group(argument);
}

std::string signal_name(int signal) {
  const char* name = sigabbrev_np(signal);
  return name != nullptr ? fmt::format("SIG{}", name) : fmt::format("signal {}", signal);
}

std::string show_signal(const mechanisms::SignalInfo& info) {
  if (info.code == 0 && info.sender == 0 && info.value == 0) return signal_name(info.signal);
  return fmt::format("{} ({} from {}, {})", signal_name(info.signal), info.code, info.sender, info.value);
}

std::string show(const call::Sigaction& c) {
  if (!c.action) return fmt::format("{}, NULL", signal_name(c.signal));
  return fmt::format("{}, {}, {:#x}, {}", signal_name(c.signal), show_handler(*c.action),
                     static_cast<unsigned>(c.action->flags), show(c.action->mask));
}
std::string show(const call::Sigprocmask& c) {
  return c.set ? fmt::format("{}, {}", c.how, show(*c.set)) : fmt::format("{}, NULL", c.how);
}
std::string show(const call::Sigpending&) { return ""; }
std::string show(const call::Kill& c) {
  return fmt::format("{}, {}", show_target(c.target), signal_name(c.signal));
}
std::string show(const call::Sigqueue& c) {
  return fmt::format("{}, {}, si_code {}, {}", show_target(c.target), signal_name(c.signal), c.code, c.value);
}
std::string show(const call::Tkill& c) {
  return fmt::format("{}, {}", show_target(c.thread), signal_name(c.signal));
}
std::string show(const call::Tgkill& c) {
  return fmt::format("{}, {}, {}", show_target(c.process), show_target(c.thread), signal_name(c.signal));
}
std::string show(const call::Pause&) { return ""; }
std::string show(const call::Sigsuspend& c) { return show(c.mask); }
std::string show(const call::Sigtimedwait& c) {
  static constexpr const char* kTimeouts[] = {"NULL", "0", "-1 ns"};
  return fmt::format("{}, {}", show(c.set), kTimeouts[static_cast<int>(c.timeout)]);
}
std::string show(const call::LimitSignals& c) {
  return fmt::format("RLIMIT_SIGPENDING, {}", c.is_zero ? "0" : "as it was");
}

void encode(const call::Sigaction& c, Encoding& to) {
  WantedAction* wanted = nullptr;
  if (c.action)
    wanted = to.put_value(
        WantedAction{static_cast<WantedAction::Handler>(c.action->handler), c.action->flags, c.action->mask});
  to.set(SYS_rt_sigaction, c.signal, wanted, to.take<WantedAction>());
  to.set(Slot::Kind::kSigaction, c.signal);
}
void encode(const call::Sigprocmask& c, Encoding& to) {
  to.set(SYS_rt_sigprocmask, c.how, c.set ? to.put_value(*c.set) : nullptr, to.take<SignalSet>(),
         sizeof(SignalSet));
}
void encode(const call::Sigpending&, Encoding& to) {
  to.set(SYS_rt_sigpending, to.take<SignalSet>(), sizeof(SignalSet));
}
void encode(const call::Kill& c, Encoding& to) {
  to.set(SYS_kill, number_of(c.target), c.signal);
  name_target(c.target, 0, to);
}
void encode(const call::Sigqueue& c, Encoding& to) {
  siginfo_t info{};
  info.si_code = c.code;
  info.si_pid = to.pid();
  info.si_value.sival_ptr = reinterpret_cast<void*>(c.value);  // NOLINT: any number of 64 bits
  to.set(SYS_rt_sigqueueinfo, number_of(c.target), c.signal, to.put_value(info));
  name_target(c.target, 0, to);
}
void encode(const call::Tkill& c, Encoding& to) {
  to.set(SYS_tkill, number_of(c.thread), c.signal);
  name_target(c.thread, 0, to);
}
void encode(const call::Tgkill& c, Encoding& to) {
  to.set(SYS_tgkill, number_of(c.process), number_of(c.thread), c.signal);
  name_target(c.process, 0, to);
  name_target(c.thread, 1, to);
}
void encode(const call::Pause&, Encoding& to) { to.set(SYS_pause); }
void encode(const call::Sigsuspend& c, Encoding& to) {
  to.set(SYS_rt_sigsuspend, to.put_value(c.mask), sizeof(SignalSet));
}
void encode(const call::Sigtimedwait& c, Encoding& to) {
  using Timeout = call::Sigtimedwait::Timeout;
  timespec* timeout = nullptr;
  if (c.timeout != Timeout::kNone) timeout = to.put_value(timespec{0, c.timeout == Timeout::kZero ? 0 : -1});
  to.set(SYS_rt_sigtimedwait, to.put_value(c.set), to.take<siginfo_t>(), timeout, sizeof(SignalSet));
}
void encode(const call::LimitSignals& c, Encoding& to) {
  rlimit limit{};
  getrlimit(RLIMIT_SIGPENDING, &limit);  // actors have the driver's
  if (c.is_zero) limit.rlim_cur = 0;
  to.set(SYS_prlimit64, 0, RLIMIT_SIGPENDING, to.put_value(limit), nullptr);
}

void decode(const call::Sigaction&, const Slot& slot, Reply& reply) {
  const auto& before = *memory_at<WantedAction>(slot, 2);
  reply.numbers = {static_cast<std::int64_t>(before.handler), before.flags,
                   static_cast<std::int64_t>(before.mask)};
}
void decode(const call::Sigprocmask&, const Slot& slot, Reply& reply) {
  reply.numbers = {static_cast<std::int64_t>(*memory_at<SignalSet>(slot, 2))};
}
void decode(const call::Sigpending&, const Slot& slot, Reply& reply) {
  reply.numbers = {static_cast<std::int64_t>(*memory_at<SignalSet>(slot, 0))};
}
void decode(const call::Sigtimedwait&, const Slot& slot, Reply& reply) {
  const auto& info = *memory_at<siginfo_t>(slot, 1);
  reply.numbers = {info.si_code, slot.names->shown(info.si_pid),
                   reinterpret_cast<std::int64_t>(info.si_value.sival_ptr)};
}

}  // namespace flinch::conformance
