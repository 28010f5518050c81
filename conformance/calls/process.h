// Births and deaths in a real process, and what it may do.
#pragma once

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>

#include "conformance/calls/encoding.h"

namespace flinch::conformance {

inline std::string show(const call::Fork&) { return ""; }
inline std::string show(const call::Exit& c) { return std::to_string(c.status); }
std::string show(const call::Wait4& c);
std::string show(const call::Waitid& c);

inline std::string show(const call::Capset& c) { return c.uses_them ? "all" : "as if not root"; }

inline void encode(const call::Fork&, Encoding& to) { to.set(Slot::Kind::kFork); }
inline void encode(const call::Exit& c, Encoding& to) { to.set(Slot::Kind::kExit, c.status); }
void encode(const call::Wait4& c, Encoding& to);
void encode(const call::Waitid& c, Encoding& to);

void decode(const call::Wait4& c, const Slot& slot, Reply& reply);
void decode(const call::Waitid& c, const Slot& slot, Reply& reply);
/// Actors may do what the driver may, and it uses all of that.
inline void encode(const call::Capset& c, Encoding& to) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct mine[2]{};
  syscall(SYS_capget, &header, mine);
  if (!c.uses_them)
    for (const unsigned one : {CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_IPC_OWNER, CAP_SYS_RESOURCE})
      mine[one / 32].effective &= ~(1U << one % 32);
  auto* data = to.take<__user_cap_data_struct>(2);
  data[0] = mine[0];
  data[1] = mine[1];
  to.set(SYS_capset, to.put_value(header), data);
}

}  // namespace flinch::conformance
