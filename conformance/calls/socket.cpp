#include "conformance/calls/socket.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace flinch::conformance {
namespace {

using mechanisms::SocketName;

constexpr std::size_t kNameMax = sizeof(sockaddr_storage);

/// Abstract names are the whole machine's: ours begin like nobody else's.
std::string prefix() { return std::string(1, 0) + "flinch-" + std::to_string(getpid()) + "-"; }

bool is_abstract(const SocketName& name) {
  return name.family == AF_UNIX && !name.rest.empty() && name.rest[0] == 0;
}

Bytes as_bytes(const SocketName& name) {
  const auto family = static_cast<sa_family_t>(name.family);
  Bytes bytes{reinterpret_cast<const char*>(&family), sizeof family};
  return bytes + (is_abstract(name) ? prefix() + name.rest.substr(1) : name.rest);
}

std::string show(const SocketName& name) {
  std::string text = name.family == AF_UNIX ? "" : fmt::format("family {} ", name.family);
  for (const char byte : name.rest) text += byte == 0 ? '@' : byte;
  return '"' + text + '"';
}

/// Told is a name as a world knows it.
void decode_name(const Slot& slot, int place, int size_place, Reply& reply) {
  const auto size = static_cast<std::size_t>(*memory_at<socklen_t>(slot, size_place));
  if (size < sizeof(sa_family_t)) {
    reply.numbers.push_back(static_cast<std::int64_t>(size));
    return;
  }
  Bytes rest{memory_at(slot, place) + sizeof(sa_family_t), size - sizeof(sa_family_t)};
  if (rest.starts_with(prefix()))
    rest = Bytes(1, 0) + rest.substr(prefix().size());
  else if (rest.size() == 6 && rest[0] == 0)
    rest = Bytes(1, 0) + ".....";
  reply.numbers.push_back(static_cast<std::int64_t>(sizeof(sa_family_t) + rest.size()));
  for (const char byte : rest) reply.numbers.push_back(static_cast<unsigned char>(byte));
}

}  // namespace

std::string show(const call::Socket& c) { return fmt::format("{}, {:#o}, {}", c.family, c.type, c.protocol); }
std::string show(const call::Bind& c) { return fmt::format("{}, {}", c.fd, show(c.name)); }
std::string show(const call::Listen& c) { return fmt::format("{}, {}", c.fd, c.backlog); }
std::string show(const call::Connect& c) { return fmt::format("{}, {}", c.fd, show(c.name)); }
std::string show(const call::Accept4& c) {
  return fmt::format("{}, {}, {:#o}", c.fd, c.asks_name ? "name" : "NULL", c.flags);
}
std::string show(const call::Getsockname& c) { return fmt::format("{}", c.fd); }
std::string show(const call::Getpeername& c) { return fmt::format("{}", c.fd); }
std::string show(const call::Socketpair& c) {
  return fmt::format("{}, {:#o}, {}", c.family, c.type, c.protocol);
}
std::string show(const call::Shutdown& c) { return fmt::format("{}, {}", c.fd, c.how); }
std::string show(const call::Sendto& c) {
  return fmt::format("{}, {} bytes, {:#x}, {}", c.fd, c.bytes.size(), c.flags, c.to ? show(*c.to) : "NULL");
}
std::string show(const call::Recvfrom& c) {
  return fmt::format("{}, {}, {:#x}, {}", c.fd, c.size, c.flags, c.asks_name ? "name" : "NULL");
}
std::string show(const call::Setsockopt& c) {
  return fmt::format("{}, {}, {}, {}", c.fd, c.level, c.option, c.value);
}
std::string show(const call::Getsockopt& c) { return fmt::format("{}, {}, {}", c.fd, c.level, c.option); }

void encode(const call::Socket& c, Encoding& to) { to.set(SYS_socket, c.family, c.type, c.protocol); }
void encode(const call::Bind& c, Encoding& to) {
  const Bytes name = as_bytes(c.name);
  to.set(SYS_bind, c.fd, to.put(name), name.size());
}
void encode(const call::Listen& c, Encoding& to) { to.set(SYS_listen, c.fd, c.backlog); }
void encode(const call::Connect& c, Encoding& to) {
  const Bytes name = as_bytes(c.name);
  to.set(SYS_connect, c.fd, to.put(name), name.size());
}
void encode(const call::Accept4& c, Encoding& to) {
  char* name = c.asks_name ? to.take(kNameMax) : nullptr;
  to.set(SYS_accept4, c.fd, name, to.put_value<socklen_t>(kNameMax), c.flags);
}
void encode(const call::Getsockname& c, Encoding& to) {
  to.set(SYS_getsockname, c.fd, to.take(kNameMax), to.put_value<socklen_t>(kNameMax));
}
void encode(const call::Getpeername& c, Encoding& to) {
  to.set(SYS_getpeername, c.fd, to.take(kNameMax), to.put_value<socklen_t>(kNameMax));
}
void encode(const call::Socketpair& c, Encoding& to) {
  to.set(SYS_socketpair, c.family, c.type, c.protocol, to.take<int>(2));
}
void encode(const call::Shutdown& c, Encoding& to) { to.set(SYS_shutdown, c.fd, c.how); }
void encode(const call::Sendto& c, Encoding& to) {
  const Bytes name = c.to ? as_bytes(*c.to) : Bytes{};
  to.set(SYS_sendto, c.fd, to.put(c.bytes), c.bytes.size(), c.flags, c.to ? to.put(name) : nullptr,
         name.size());
}
void encode(const call::Recvfrom& c, Encoding& to) {
  char* name = c.asks_name ? to.take(kNameMax) : nullptr;
  to.set(SYS_recvfrom, c.fd, to.take(c.size), c.size, c.flags, name, to.put_value<socklen_t>(kNameMax));
}
void encode(const call::Setsockopt& c, Encoding& to) {
  to.set(SYS_setsockopt, c.fd, c.level, c.option, to.put_value(c.value), sizeof c.value);
}
void encode(const call::Getsockopt& c, Encoding& to) {
  to.set(SYS_getsockopt, c.fd, c.level, c.option, to.take<int>(), to.put_value<int>(sizeof(int)));
}

void decode(const call::Accept4& c, const Slot& slot, Reply& reply) {
  if (c.asks_name) decode_name(slot, 1, 2, reply);
}
void decode(const call::Getsockname&, const Slot& slot, Reply& reply) { decode_name(slot, 1, 2, reply); }
void decode(const call::Getpeername&, const Slot& slot, Reply& reply) { decode_name(slot, 1, 2, reply); }
void decode(const call::Socketpair&, const Slot& slot, Reply& reply) {
  const int* ends = memory_at<int>(slot, 3);
  reply.numbers = {ends[0], ends[1]};
}
void decode(const call::Recvfrom& c, const Slot& slot, Reply& reply) {
  // With MSG_TRUNC it answers with what the datagram had, whatever there was room for.
  reply.bytes = {memory_at(slot, 1), std::min(c.size, static_cast<std::size_t>(slot.result))};
  if (c.asks_name) decode_name(slot, 4, 5, reply);
}
void decode(const call::Getsockopt&, const Slot& slot, Reply& reply) {
  reply.numbers = {*memory_at<int>(slot, 3)};
}

}  // namespace flinch::conformance
