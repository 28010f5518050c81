#include "conformance/calls/socket.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/syscall.h>

namespace flinch::conformance {

std::string show(const call::Socketpair& c) {
  return fmt::format("{}, {:#o}, {}", c.family, c.type, c.protocol);
}
std::string show(const call::Shutdown& c) { return fmt::format("{}, {}", c.fd, c.how); }
std::string show(const call::Sendto& c) {
  return fmt::format("{}, {} bytes, {:#x}", c.fd, c.bytes.size(), c.flags);
}
std::string show(const call::Recvfrom& c) { return fmt::format("{}, {}, {:#x}", c.fd, c.size, c.flags); }
std::string show(const call::Setsockopt& c) {
  return fmt::format("{}, {}, {}, {}", c.fd, c.level, c.option, c.value);
}
std::string show(const call::Getsockopt& c) { return fmt::format("{}, {}, {}", c.fd, c.level, c.option); }

void encode(const call::Socketpair& c, Encoding& to) {
  to.set(SYS_socketpair, c.family, c.type, c.protocol, to.take<int>(2));
}
void encode(const call::Shutdown& c, Encoding& to) { to.set(SYS_shutdown, c.fd, c.how); }
void encode(const call::Sendto& c, Encoding& to) {
  to.set(SYS_sendto, c.fd, to.put(c.bytes), c.bytes.size(), c.flags, nullptr, 0);
}
void encode(const call::Recvfrom& c, Encoding& to) {
  to.set(SYS_recvfrom, c.fd, to.take(c.size), c.size, c.flags, nullptr, nullptr);
}
void encode(const call::Setsockopt& c, Encoding& to) {
  to.set(SYS_setsockopt, c.fd, c.level, c.option, to.put_value(c.value), sizeof c.value);
}
void encode(const call::Getsockopt& c, Encoding& to) {
  to.set(SYS_getsockopt, c.fd, c.level, c.option, to.take<int>(), to.put_value<int>(sizeof(int)));
}

void decode(const call::Socketpair&, const Slot& slot, Reply& reply) {
  const int* ends = memory_at<int>(slot, 3);
  reply.numbers = {ends[0], ends[1]};
}
void decode(const call::Recvfrom& c, const Slot& slot, Reply& reply) {
  // With MSG_TRUNC it answers with what the datagram had, whatever there was room for.
  reply.bytes = {memory_at(slot, 1), std::min(c.size, static_cast<std::size_t>(slot.result))};
}
void decode(const call::Getsockopt&, const Slot& slot, Reply& reply) {
  reply.numbers = {*memory_at<int>(slot, 3)};
}

}  // namespace flinch::conformance
