#include <fmt/format.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "conformance/calls/system_v.h"

namespace flinch::conformance {
namespace {

std::string name_of_command(int command) {
  switch (command) {
    case IPC_RMID: return "IPC_RMID";
    case IPC_SET: return "IPC_SET";
    case IPC_STAT: return "IPC_STAT";
    case IPC_INFO: return "IPC_INFO";
    case SHM_STAT: return "SHM_STAT";
    case SHM_STAT_ANY: return "SHM_STAT_ANY";
    case SHM_LOCK: return "SHM_LOCK";
    case SHM_UNLOCK: return "SHM_UNLOCK";
    default: return fmt::format("{}", command);
  }
}

/// As <linux/shm.h> has it for IPC_INFO; the C library's name for it is hidden without _GNU_SOURCE.
struct Info {
  unsigned long size_max, size_min, segments, segments_a_process, pages, unused[4];
};

/// A process may always look at its own memory: EFAULT comes without a signal.
void transfer(long number, const void* local, std::size_t size, mechanisms::Address address, Encoding& to) {
  const iovec here{const_cast<void*>(local), size};
  const iovec there{reinterpret_cast<void*>(to.names().real_address(address)), size};
  to.set(number, to.pid(), to.put_value(here), 1, to.put_value(there), 1, 0);
}

}  // namespace

std::string show(const call::Shmget& c) { return fmt::format("key {}, {}, {:#o}", c.key, c.size, c.flags); }
std::string show(const call::Shmat& c) { return fmt::format("#{}, {:#x}, {:#o}", c.id, c.address, c.flags); }
std::string show(const call::Shmdt& c) { return fmt::format("{:#x}", c.address); }
std::string show(const call::ShmUnmap& c) { return fmt::format("{:#x}, {}", c.address, c.size); }
std::string show(const call::Shmctl& c) {
  return fmt::format("#{}, {}, {:#o}", c.id, name_of_command(c.command), c.mode);
}
std::string show(const call::Peek& c) { return fmt::format("{:#x}, {}", c.address, c.size); }
std::string show(const call::Poke& c) { return fmt::format("{:#x}, {} bytes", c.address, c.bytes.size()); }

void encode(const call::Shmget& c, Encoding& to) {
  to.set(SYS_shmget, to.names().real_key(c.key), c.size, c.flags);
}
void encode(const call::Shmat& c, Encoding& to) {
  to.set(SYS_shmat, to.names().segments.id_of(c.id), to.names().real_address(c.address), c.flags);
}
void encode(const call::Shmdt& c, Encoding& to) { to.set(SYS_shmdt, to.names().real_address(c.address)); }
void encode(const call::ShmUnmap& c, Encoding& to) {
  to.set(SYS_munmap, to.names().real_address(c.address), c.size);
}
void encode(const call::Shmctl& c, Encoding& to) {
  int id = to.names().segments.id_of(c.id);
  if (c.command == SHM_STAT || c.command == SHM_STAT_ANY) id = SystemVNames::index_of(id);
  shmid_ds segment{};
  if (c.command == IPC_SET) {
    segment.shm_perm.uid = getuid();
    segment.shm_perm.gid = getgid();
    segment.shm_perm.mode = static_cast<decltype(segment.shm_perm.mode)>(c.mode);
  }
  to.set(SYS_shmctl, id, c.command, to.put_value(segment));
}
void encode(const call::Peek& c, Encoding& to) {
  transfer(SYS_process_vm_readv, to.take(c.size + 1), c.size, c.address, to);
}
void encode(const call::Poke& c, Encoding& to) {
  transfer(SYS_process_vm_writev, to.put(c.bytes), c.bytes.size(), c.address, to);
}

void decode(const call::Shmget&, const Slot& slot, Reply& reply) {
  reply.value = slot.names->segments.number_of(static_cast<int>(reply.value));
}
void decode(const call::Shmat& c, const Slot& slot, Reply& reply) {
  reply.value = c.address < mechanisms::kMemoryPage ? slot.names->chosen_address(reply.value)
                                                    : slot.names->address_of(reply.value);
}
void decode(const call::Shmctl& c, const Slot& slot, Reply& reply) {
  switch (c.command) {
    case SHM_STAT:
    case SHM_STAT_ANY:
      reply.value = slot.names->segments.number_of(static_cast<int>(reply.value));
      [[fallthrough]];
    case IPC_STAT: {
      const auto& segment = *memory_at<shmid_ds>(slot, 2);
      reply.numbers = {slot.names->key_of(segment.shm_perm.__key),
                       segment.shm_perm.mode,
                       static_cast<std::int64_t>(segment.shm_segsz),
                       static_cast<std::int64_t>(segment.shm_nattch),
                       slot.names->shown(segment.shm_cpid),
                       slot.names->shown(segment.shm_lpid),
                       segment.shm_atime != 0 ? 1 : 0,
                       segment.shm_dtime != 0 ? 1 : 0};
      return;
    }
    case IPC_INFO: {
      const auto& limits = *memory_at<Info>(slot, 2);
      reply.numbers = {static_cast<std::int64_t>(limits.size_max), static_cast<std::int64_t>(limits.pages),
                       static_cast<std::int64_t>(limits.segments)};
      reply.value = 0;  // the highest index of a table that is not ours alone
      return;
    }
    default: return;
  }
}
void decode(const call::Peek&, const Slot& slot, Reply& reply) {
  reply.bytes = result_bytes(slot, memory_at<iovec>(slot, 1)->iov_base);
}

}  // namespace flinch::conformance
