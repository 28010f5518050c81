#include "conformance/calls/process.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "conformance/calls/signal.h"
#include "conformance/kernel/system_v_names.h"

namespace flinch::conformance {
namespace {

using mechanisms::Target;

std::string show_options(int options) {
  std::string text;
  const auto add = [&](int bit, const char* name) {
    if ((options & bit) != 0) text += (text.empty() ? "" : "|") + std::string{name};
    options &= ~bit;
  };
  add(WNOHANG, "WNOHANG");
  add(WUNTRACED, "WUNTRACED");
  add(WEXITED, "WEXITED");
  add(WCONTINUED, "WCONTINUED");
  add(WNOWAIT, "WNOWAIT");
  add(__WALL, "__WALL");
  add(static_cast<int>(__WCLONE), "__WCLONE");
  if (options != 0 || text.empty()) text += fmt::format("{}{:#x}", text.empty() ? "" : "|", options);
  return text;
}

}  // namespace

std::string show(const call::Wait4& c) {
  return fmt::format("{}, {}", show_target(c.whom), show_options(c.options));
}
std::string show(const call::Waitid& c) {
  return fmt::format("{}, {}", show_target(c.whom), show_options(c.options));
}

void encode(const call::Wait4& c, Encoding& to) {
  to.set(SYS_wait4, number_of(c.whom), to.take<int>(), c.options, nullptr);
  name_target(c.whom, 0, to);
}
void encode(const call::Waitid& c, Encoding& to) {
  idtype_t type = P_PID;
  long id = number_of(c.whom);
  if (c.whom.kind == Target::Kind::kAny) type = P_ALL;
  if (c.whom.kind == Target::Kind::kOwnGroup || c.whom.kind == Target::Kind::kGroup) type = P_PGID;
  if (c.whom.kind == Target::Kind::kInvalid) id = 0;
  to.set(SYS_waitid, static_cast<int>(type), id, to.take<siginfo_t>(), c.options, nullptr);
  if (c.whom.kind == Target::Kind::kProcess || c.whom.kind == Target::Kind::kGroup) to.name_process(1);
}

void decode(const call::Wait4&, const Slot& slot, Reply& reply) {
  if (slot.result > 0) reply.numbers = {*memory_at<int>(slot, 1)};
  reply.value = slot.names->shown(slot.result);
}
void decode(const call::Waitid&, const Slot& slot, Reply& reply) {
  const auto& info = *memory_at<siginfo_t>(slot, 2);
  reply.numbers = {info.si_code, slot.names->shown(info.si_pid), info.si_status};
}

}  // namespace flinch::conformance
