#include "conformance/calls/memory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "conformance/calls/machine_names.h"

namespace flinch::conformance {
namespace {

/// Where shm_open(3) has its names.
std::string path_of(const std::string& name) { return "/dev/shm/" + machine_name(name); }

}  // namespace

std::string show(const call::MemfdCreate& c) {
  return fmt::format("{} characters, {:#x}", c.name_size, c.flags);
}
std::string show(const call::ShmOpen& c) {
  return fmt::format("{:.20}, {:#o}, {:#o}", c.name, c.flags, c.mode);
}
std::string show(const call::ShmUnlink& c) { return fmt::format("{:.20}", c.name); }
std::string show(const call::Ftruncate& c) { return fmt::format("{}, {}", c.fd, c.size); }
std::string show(const call::Fallocate& c) {
  return fmt::format("{}, {:#x}, {}, {}", c.fd, c.mode, c.offset, c.size);
}
std::string show(const call::Fstat& c) { return fmt::format("{}", c.fd); }
std::string show(const call::Mmap& c) {
  return fmt::format("{:#x}, {}, {}, {}, {}, {}", c.address, c.size, c.protection,
                     c.is_private ? "MAP_PRIVATE" : "MAP_SHARED", c.fd, c.offset);
}
std::string show(const call::Mprotect& c) {
  return fmt::format("{:#x}, {}, {}", c.address, c.size, c.protection);
}
std::string show(const call::Munmap& c) { return fmt::format("{:#x}, {}", c.address, c.size); }
std::string show(const call::Load& c) { return fmt::format("{:#x}, {}", c.address, c.size); }
std::string show(const call::Store& c) { return fmt::format("{:#x}, {} bytes", c.address, c.bytes.size()); }

void encode(const call::MemfdCreate& c, Encoding& to) {
  to.set(SYS_memfd_create, to.put(Bytes(c.name_size, 'f')), c.flags);
}
void encode(const call::ShmOpen& c, Encoding& to) {
  to.set(SYS_openat, AT_FDCWD, to.put(path_of(c.name)), c.flags | O_CLOEXEC | O_NOFOLLOW, c.mode);
}
void encode(const call::ShmUnlink& c, Encoding& to) { to.set(SYS_unlink, to.put(path_of(c.name))); }
void encode(const call::Ftruncate& c, Encoding& to) { to.set(SYS_ftruncate, c.fd, c.size); }
void encode(const call::Fallocate& c, Encoding& to) { to.set(SYS_fallocate, c.fd, c.mode, c.offset, c.size); }
void encode(const call::Fstat& c, Encoding& to) { to.set(SYS_fstat, c.fd, to.take<struct stat>()); }
void encode(const call::Mmap& c, Encoding& to) {
  const int kind = c.is_private ? MAP_PRIVATE : MAP_SHARED;
  to.set(SYS_mmap, kWindow + c.address, c.size, c.protection, kind | MAP_FIXED_NOREPLACE, c.fd, c.offset);
}
void encode(const call::Mprotect& c, Encoding& to) {
  to.set(SYS_mprotect, kWindow + c.address, c.size, c.protection);
}
void encode(const call::Munmap& c, Encoding& to) { to.set(SYS_munmap, kWindow + c.address, c.size); }
void encode(const call::Load& c, Encoding& to) {
  const iovec here{to.take(c.size), c.size};
  const iovec there{reinterpret_cast<void*>(kWindow + c.address), c.size};
  to.set(SYS_process_vm_readv, to.pid(), to.put_value(here), 1, to.put_value(there), 1, 0);
}
void encode(const call::Store& c, Encoding& to) {
  const iovec here{to.put(c.bytes), c.bytes.size()};
  const iovec there{reinterpret_cast<void*>(kWindow + c.address), c.bytes.size()};
  to.set(SYS_process_vm_writev, to.pid(), to.put_value(here), 1, to.put_value(there), 1, 0);
}

void decode(const call::Fstat&, const Slot& slot, Reply& reply) {
  const auto& file = *memory_at<struct stat>(slot, 1);
  reply.numbers = {file.st_size, file.st_mode};
}
void decode(const call::Mmap&, const Slot&, Reply& reply) { reply.value -= kWindow; }
void decode(const call::Load&, const Slot& slot, Reply& reply) {
  reply.bytes = result_bytes(slot, memory_at<iovec>(slot, 1)->iov_base);
}

void remove_memories() {
  for (const char* name : kMachineNames) unlink(path_of(name).c_str());
}

}  // namespace flinch::conformance
