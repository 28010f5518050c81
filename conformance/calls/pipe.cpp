#include "conformance/calls/pipe.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

namespace flinch::conformance {

std::string show(const call::Pipe2& c) { return fmt::format("{:#o}", c.flags); }
std::string show(const call::MakeFifo& c) { return fmt::format("{:.20}, {:#o}", c.name, c.mode); }
std::string show(const call::Unlink& c) { return fmt::format("{:.20}", c.name); }
std::string show(const call::Open& c) { return fmt::format("{:.20}, {:#o}", c.name, c.flags); }
std::string show(const call::Splice& c) {
  const auto offset = [](const auto& at) { return at ? fmt::format("{}", *at) : std::string{"NULL"}; };
  return fmt::format("{}, {}, {}, {}, {}, {:#x}", c.in, offset(c.in_offset), c.out, offset(c.out_offset),
                     c.size, c.flags);
}
std::string show(const call::Tee& c) {
  return fmt::format("{}, {}, {}, {:#x}", c.in, c.out, c.size, c.flags);
}
std::string show(const call::Vmsplice& c) {
  return fmt::format("{}, {} bytes at {} of a page, {:#x}", c.fd, c.bytes.size(), c.offset, c.flags);
}
std::string show(const call::TakePages& c) {
  return fmt::format("{}, {} zeros, {:#x}", c.fd, c.size, c.flags);
}

void encode(const call::Pipe2& c, Encoding& to) { to.set(SYS_pipe2, to.take<int>(2), c.flags); }
void encode(const call::MakeFifo& c, Encoding& to) { to.set(SYS_mknod, to.put(c.name), c.mode, 0); }
void encode(const call::Unlink& c, Encoding& to) { to.set(SYS_unlink, to.put(c.name)); }
void encode(const call::Open& c, Encoding& to) { to.set(SYS_openat, AT_FDCWD, to.put(c.name), c.flags, 0); }
void encode(const call::Splice& c, Encoding& to) {
  loff_t* in = c.in_offset ? to.put_value<loff_t>(*c.in_offset) : nullptr;
  loff_t* out = c.out_offset ? to.put_value<loff_t>(*c.out_offset) : nullptr;
  to.set(SYS_splice, c.in, in, c.out, out, c.size, c.flags);
}
void encode(const call::Tee& c, Encoding& to) { to.set(SYS_tee, c.in, c.out, c.size, c.flags); }
void encode(const call::Vmsplice& c, Encoding& to) {
  const iovec part{to.lend(c.bytes, c.offset), c.bytes.size()};
  to.set(SYS_vmsplice, c.fd, to.put_value(part), 1, c.flags);
}
void encode(const call::TakePages& c, Encoding& to) {
  const iovec part{to.lend(Bytes(c.size, 0), 0), c.size};
  to.set(SYS_vmsplice, c.fd, to.put_value(part), 1, c.flags);
}

void decode(const call::Pipe2&, const Slot& slot, Reply& reply) {
  const int* ends = memory_at<int>(slot, 0);
  reply.numbers = {ends[0], ends[1]};
}
void decode(const call::TakePages&, const Slot& slot, Reply& reply) {
  reply.bytes = result_bytes(slot, memory_at<iovec>(slot, 1)->iov_base);
}

}  // namespace flinch::conformance
