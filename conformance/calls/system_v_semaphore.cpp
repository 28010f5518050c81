#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ctime>

#include "conformance/calls/system_v.h"

namespace flinch::conformance {
namespace {

// More semaphores than any set of a script has, and a value that no semaphore ever has.
constexpr std::size_t kValuesMax = 2048;
constexpr std::uint16_t kNoValue = 0xffff;

std::string name_of_command(int command) {
  switch (command) {
    case IPC_RMID: return "IPC_RMID";
    case IPC_SET: return "IPC_SET";
    case IPC_STAT: return "IPC_STAT";
    case IPC_INFO: return "IPC_INFO";
    case SEM_STAT: return "SEM_STAT";
    case SEM_STAT_ANY: return "SEM_STAT_ANY";
    case GETALL: return "GETALL";
    case SETALL: return "SETALL";
    case GETVAL: return "GETVAL";
    case SETVAL: return "SETVAL";
    case GETPID: return "GETPID";
    case GETNCNT: return "GETNCNT";
    case GETZCNT: return "GETZCNT";
    default: return fmt::format("{}", command);
  }
}

std::string show(const mechanisms::SemaphoreOperation& operation) {
  return fmt::format("{{{}, {}, {:#x}}}", operation.number, operation.change, operation.flags);
}

}  // namespace

std::string show(const call::Semget& c) { return fmt::format("key {}, {}, {:#o}", c.key, c.count, c.flags); }
std::string show(const call::Semtimedop& c) {
  std::string text = fmt::format("#{}", c.id);
  if (c.operations.size() > 8) text += fmt::format(", {} operations like", c.operations.size());
  for (std::size_t i = 0; i < c.operations.size() && i < 8; ++i) text += ", " + show(c.operations[i]);
  return c.timeout ? fmt::format("{}, {}.{:09}s", text, c.timeout->seconds, c.timeout->nanoseconds) : text;
}
std::string show(const call::Semctl& c) {
  const std::string text =
      fmt::format("#{}, {}, {}, {}", c.id, c.number, name_of_command(c.command), c.value);
  return c.values.empty() ? text : fmt::format("{}, {}", text, c.values);
}

void encode(const call::Semget& c, Encoding& to) {
  to.set(SYS_semget, to.names().real_key(c.key), c.count, c.flags);
}
void encode(const call::Semtimedop& c, Encoding& to) {
  auto* operations = to.take<sembuf>(c.operations.size());
  for (std::size_t i = 0; i < c.operations.size(); ++i)
    operations[i] = {c.operations[i].number, c.operations[i].change, c.operations[i].flags};
  const int id = to.names().semaphores.id_of(c.id);
  timespec* timeout = nullptr;
  if (c.timeout) timeout = to.put_value(timespec{c.timeout->seconds, c.timeout->nanoseconds});
  to.set(SYS_semtimedop, id, operations, c.operations.size(), timeout);
  if (c.timeout && c.timeout->seconds == 0 && c.timeout->nanoseconds == 0) to.expire();
}
void encode(const call::Semctl& c, Encoding& to) {
  const int id = to.names().semaphores.id_of(c.id);
  switch (c.command) {
    case SETVAL: to.set(SYS_semctl, id, c.number, c.command, c.value); return;
    case GETALL: {
      auto* values = to.take<std::uint16_t>(kValuesMax);
      std::fill_n(values, kValuesMax, kNoValue);
      to.set(SYS_semctl, id, c.number, c.command, values);
      return;
    }
    case SETALL: {
      auto* values = to.take<std::uint16_t>(kValuesMax);
      std::copy(c.values.begin(), c.values.end(), values);
      to.set(SYS_semctl, id, c.number, c.command, values);
      return;
    }
    case IPC_SET: {
      semid_ds set{};
      set.sem_perm.uid = getuid();
      set.sem_perm.gid = getgid();
      set.sem_perm.mode = static_cast<decltype(set.sem_perm.mode)>(c.value);
      to.set(SYS_semctl, id, c.number, c.command, to.put_value(set));
      return;
    }
    case SEM_STAT:
    case SEM_STAT_ANY: to.set(SYS_semctl, SystemVNames::index_of(id), c.number, c.command, to.take()); return;
    default: to.set(SYS_semctl, id, c.number, c.command, to.take());
  }
}

void decode(const call::Semget&, const Slot& slot, Reply& reply) {
  reply.value = slot.names->semaphores.number_of(static_cast<int>(reply.value));
}
void decode(const call::Semctl& c, const Slot& slot, Reply& reply) {
  switch (c.command) {
    case GETPID: reply.value = slot.names->shown(reply.value); return;
    case GETALL:
      for (const auto* value = memory_at<std::uint16_t>(slot, 3); *value != kNoValue; ++value)
        reply.numbers.push_back(*value);
      return;
    case SEM_STAT:
    case SEM_STAT_ANY:
      reply.value = slot.names->semaphores.number_of(static_cast<int>(reply.value));
      [[fallthrough]];
    case IPC_STAT: {
      const auto& set = *memory_at<semid_ds>(slot, 3);
      reply.numbers = {slot.names->key_of(set.sem_perm.__key), set.sem_perm.mode,
                       static_cast<std::int64_t>(set.sem_nsems), set.sem_otime != 0 ? 1 : 0};
      return;
    }
    case IPC_INFO: {
      const auto& limits = *memory_at<seminfo>(slot, 3);
      reply.numbers = {limits.semmsl, limits.semmns, limits.semmni, limits.semopm, limits.semvmx};
      reply.value = 0;  // the highest index of a table that is not ours alone
      return;
    }
    default: return;
  }
}

}  // namespace flinch::conformance
