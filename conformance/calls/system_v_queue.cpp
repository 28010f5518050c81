#include <fmt/format.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "conformance/calls/system_v.h"

namespace flinch::conformance {
namespace {

std::string name_of_command(int command) {
  switch (command) {
    case IPC_RMID: return "IPC_RMID";
    case IPC_SET: return "IPC_SET";
    case IPC_STAT: return "IPC_STAT";
    case IPC_INFO: return "IPC_INFO";
    case MSG_STAT: return "MSG_STAT";
    case MSG_STAT_ANY: return "MSG_STAT_ANY";
    default: return fmt::format("{}", command);
  }
}

/// The type of a message, and its text right behind.
constexpr std::size_t kTypeSize = sizeof(long);

}  // namespace

std::string show(const call::Msgget& c) { return fmt::format("key {}, {:#o}", c.key, c.flags); }
std::string show(const call::Msgsnd& c) {
  return fmt::format("#{}, type {}, {} bytes, {:#o}", c.id, c.type, c.text.size(), c.flags);
}
std::string show(const call::Msgrcv& c) {
  return fmt::format("#{}, {}, type {}, {:#o}", c.id, c.size, c.type, c.flags);
}
std::string show(const call::Msgctl& c) {
  const std::string text = fmt::format("#{}, {}", c.id, name_of_command(c.command));
  return c.command == IPC_SET ? fmt::format("{}, {:#o}, {} bytes", text, c.mode, c.bytes) : text;
}

void encode(const call::Msgget& c, Encoding& to) { to.set(SYS_msgget, to.names().real_key(c.key), c.flags); }
void encode(const call::Msgsnd& c, Encoding& to) {
  char* message = to.take(kTypeSize + c.text.size());
  const auto type = static_cast<long>(c.type);
  std::memcpy(message, &type, kTypeSize);
  std::copy(c.text.begin(), c.text.end(), message + kTypeSize);
  to.set(SYS_msgsnd, to.names().queues.id_of(c.id), message, c.text.size(), c.flags);
}
void encode(const call::Msgrcv& c, Encoding& to) {
  const std::size_t size = c.size > 0 ? static_cast<std::size_t>(c.size) : 0;
  char* message = to.take(kTypeSize + size);
  to.set(SYS_msgrcv, to.names().queues.id_of(c.id), message, c.size, c.type, c.flags);
}
void encode(const call::Msgctl& c, Encoding& to) {
  int id = to.names().queues.id_of(c.id);
  if (c.command == MSG_STAT || c.command == MSG_STAT_ANY) id = SystemVNames::index_of(id);
  msqid_ds queue{};
  if (c.command == IPC_SET) {
    queue.msg_perm.uid = getuid();
    queue.msg_perm.gid = getgid();
    queue.msg_perm.mode = static_cast<decltype(queue.msg_perm.mode)>(c.mode);
    queue.msg_qbytes = c.bytes;
  }
  to.set(SYS_msgctl, id, c.command, to.put_value(queue));
}

void decode(const call::Msgget&, const Slot& slot, Reply& reply) {
  reply.value = slot.names->queues.number_of(static_cast<int>(reply.value));
}
void decode(const call::Msgrcv&, const Slot& slot, Reply& reply) {
  const char* message = memory_at(slot, 1);
  long type = 0;
  std::memcpy(&type, message, kTypeSize);
  reply.numbers = {type};
  reply.bytes = result_bytes(slot, message + kTypeSize);
}
void decode(const call::Msgctl& c, const Slot& slot, Reply& reply) {
  switch (c.command) {
    case MSG_STAT:
    case MSG_STAT_ANY:
      reply.value = slot.names->queues.number_of(static_cast<int>(reply.value));
      [[fallthrough]];
    case IPC_STAT: {
      const auto& queue = *memory_at<msqid_ds>(slot, 2);
      reply.numbers = {slot.names->key_of(queue.msg_perm.__key),
                       queue.msg_perm.mode,
                       static_cast<std::int64_t>(queue.__msg_cbytes),
                       static_cast<std::int64_t>(queue.msg_qnum),
                       static_cast<std::int64_t>(queue.msg_qbytes),
                       slot.names->shown(queue.msg_lspid),
                       slot.names->shown(queue.msg_lrpid),
                       queue.msg_stime != 0 ? 1 : 0,
                       queue.msg_rtime != 0 ? 1 : 0};
      return;
    }
    case IPC_INFO: {
      const auto& limits = *memory_at<msginfo>(slot, 2);
      reply.numbers = {limits.msgmax, limits.msgmnb, limits.msgmni};
      reply.value = 0;  // the highest index of a table that is not ours alone
      return;
    }
    default: return;
  }
}

}  // namespace flinch::conformance
