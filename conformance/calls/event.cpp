#include "conformance/calls/event.h"

#include <fmt/format.h>
#include <sys/syscall.h>

namespace flinch::conformance {

std::string show(const call::Eventfd2& c) { return fmt::format("{}, {:#o}", c.initial, c.flags); }
void encode(const call::Eventfd2& c, Encoding& to) { to.set(SYS_eventfd2, c.initial, c.flags); }

}  // namespace flinch::conformance
