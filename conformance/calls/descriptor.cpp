#include "conformance/calls/descriptor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <numeric>

#include "conformance/kernel/kernel.h"

namespace flinch::conformance {
namespace {

std::string name_of_request(std::uint64_t request) {
  if (request == FIONREAD) return "FIONREAD";
  if (request == TIOCOUTQ) return "TIOCOUTQ";
  return request == FIONBIO ? "FIONBIO" : fmt::format("{:#x}", request);
}

}  // namespace

std::string show(const call::Read& c) { return fmt::format("{}, {}", c.fd, c.size); }
std::string show(const call::Write& c) { return fmt::format("{}, {} bytes", c.fd, c.bytes.size()); }
std::string show(const call::Readv& c) { return fmt::format("{}, {}", c.fd, c.sizes); }
std::string show(const call::Writev& c) {
  std::vector<std::size_t> sizes;
  for (const Bytes& part : c.parts) sizes.push_back(part.size());
  return fmt::format("{}, {} bytes", c.fd, sizes);
}
std::string show(const call::Close& c) { return fmt::format("{}", c.fd); }
std::string show(const call::Dup& c) { return fmt::format("{}", c.fd); }
std::string show(const call::Dup3& c) { return fmt::format("{}, {}, {:#o}", c.from, c.to, c.flags); }
std::string show(const call::Fcntl& c) { return fmt::format("{}, {}, {}", c.fd, c.command, c.argument); }
std::string show(const call::Ioctl& c) {
  return fmt::format("{}, {}, {}", c.fd, name_of_request(c.request), c.argument);
}
std::string show_entries(const std::vector<call::PollEntry>& entries) {
  std::string text;
  for (const auto& entry : entries) text += fmt::format("{{{}, {:#x}}}, ", entry.fd, entry.events);
  return text;
}
std::string show(const call::Poll& c) { return show_entries(c.entries) + fmt::format("{}", c.timeout_ms); }
std::string show(const call::Lseek& c) { return fmt::format("{}, {}, {}", c.fd, c.offset, c.whence); }
std::string show(const call::Pread& c) { return fmt::format("{}, {}, {}", c.fd, c.size, c.offset); }
std::string show(const call::Pwrite& c) {
  return fmt::format("{}, {} bytes, {}", c.fd, c.bytes.size(), c.offset);
}
std::string show(const call::Reopen& c) { return fmt::format("/proc/self/fd/{}, {:#o}", c.fd, c.flags); }
std::string show(const call::LimitDescriptors& c) { return fmt::format("RLIMIT_NOFILE, {}", c.max); }

void encode(const call::Read& c, Encoding& to) { to.set(SYS_read, c.fd, to.take(c.size), c.size); }
void encode(const call::Write& c, Encoding& to) { to.set(SYS_write, c.fd, to.put(c.bytes), c.bytes.size()); }
void encode(const call::Readv& c, Encoding& to) {
  auto* parts = to.take<iovec>(c.sizes.size());
  char* place = to.take(std::accumulate(c.sizes.begin(), c.sizes.end(), std::size_t{0}));
  for (std::size_t i = 0; i < c.sizes.size(); place += c.sizes[i++]) parts[i] = {place, c.sizes[i]};
  to.set(SYS_readv, c.fd, parts, c.sizes.size());
}
void encode(const call::Writev& c, Encoding& to) {
  auto* parts = to.take<iovec>(c.parts.size());
  for (std::size_t i = 0; i < c.parts.size(); ++i)
    parts[i] = {c.parts[i].empty() ? nullptr : to.put(c.parts[i]), c.parts[i].size()};
  to.set(SYS_writev, c.fd, parts, c.parts.size());
}
void encode(const call::Close& c, Encoding& to) { to.set(SYS_close, c.fd); }
void encode(const call::Dup& c, Encoding& to) { to.set(SYS_dup, c.fd); }
void encode(const call::Dup3& c, Encoding& to) { to.set(SYS_dup3, c.from, c.to, c.flags); }
void encode(const call::Fcntl& c, Encoding& to) { to.set(SYS_fcntl, c.fd, c.command, c.argument); }
void encode(const call::Ioctl& c, Encoding& to) {
  to.set(SYS_ioctl, c.fd, c.request, to.put_value(c.argument));
}
pollfd* put_entries(const std::vector<call::PollEntry>& entries, Encoding& to) {
  auto* place = to.take<pollfd>(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) place[i] = {entries[i].fd, entries[i].events, 0};
  return place;
}
void encode(const call::Poll& c, Encoding& to) {
  to.set(SYS_poll, put_entries(c.entries, to), c.entries.size(), c.timeout_ms);
}
void encode(const call::Lseek& c, Encoding& to) { to.set(SYS_lseek, c.fd, c.offset, c.whence); }
void encode(const call::Pread& c, Encoding& to) {
  to.set(SYS_pread64, c.fd, to.take(c.size), c.size, c.offset);
}
void encode(const call::Pwrite& c, Encoding& to) {
  to.set(SYS_pwrite64, c.fd, to.put(c.bytes), c.bytes.size(), c.offset);
}
void encode(const call::Reopen& c, Encoding& to) {
  to.set(SYS_openat, AT_FDCWD, to.put("/proc/self/fd/" + std::to_string(c.fd)), c.flags, 0);
}
void encode(const call::LimitDescriptors& c, Encoding& to) {
  const rlimit limit{static_cast<rlim_t>(c.max), static_cast<rlim_t>(kDescriptors)};
  to.set(SYS_prlimit64, 0, RLIMIT_NOFILE, to.put_value(limit), nullptr);
}

void decode(const call::Read&, const Slot& slot, Reply& reply) {
  reply.bytes = result_bytes(slot, memory_at(slot, 1));
}
void decode(const call::Pread&, const Slot& slot, Reply& reply) {
  reply.bytes = result_bytes(slot, memory_at(slot, 1));
}
void decode(const call::Readv& c, const Slot& slot, Reply& reply) {
  if (!c.sizes.empty()) reply.bytes = result_bytes(slot, memory_at<iovec>(slot, 1)->iov_base);
}
void decode(const call::Ioctl& c, const Slot& slot, Reply& reply) {
  if (c.request == FIONREAD || c.request == TIOCOUTQ) reply.numbers = {*memory_at<int>(slot, 2)};
}
void decode_entries(std::size_t count, const Slot& slot, Reply& reply) {
  for (std::size_t i = 0; i < count; ++i) reply.numbers.push_back(memory_at<pollfd>(slot, 0)[i].revents);
}
void decode(const call::Poll& c, const Slot& slot, Reply& reply) {
  decode_entries(c.entries.size(), slot, reply);
}

}  // namespace flinch::conformance
