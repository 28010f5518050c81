// msgget(2), msgsnd(2), msgrcv(2), msgctl(2).
#include <errno.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/stat.h>

#include <limits>

#include "core/mechanisms/calls_impl.h"
#include "core/mechanisms/mutants.h"
#include "core/mechanisms/system_v_get.h"

namespace flinch::mechanisms {
namespace {

constexpr int kReads = S_IRUSR | S_IRGRP | S_IROTH;
constexpr int kWrites = S_IWUSR | S_IWGRP | S_IWOTH;

using Choice = SystemVQueue::Choice;

Reply reply_to(const Answer<SystemVQueue::Message>& answer) {
  if (!answer.is_value()) return failed(answer.error().value);
  Reply reply = done(static_cast<std::int64_t>(answer.value().text.size()));
  reply.bytes = answer.value().text;
  reply.numbers = {answer.value().type};
  return reply;
}

Choice choice_of(const call::Msgrcv& call) {
  const auto size = static_cast<std::size_t>(call.size);
  const bool truncates = (call.flags & MSG_NOERROR) != 0;
  if ((call.flags & MSG_COPY) != 0) return {Choice::How::kNumber, call.type, size, truncates};
  if (call.type == 0) return {Choice::How::kAny, 0, size, truncates};
  if (call.type > 0)
    return {(call.flags & MSG_EXCEPT) != 0 ? Choice::How::kExcept : Choice::How::kEqual, call.type, size,
            truncates};
  constexpr auto kLimits = std::numeric_limits<std::int64_t>{};
  return {Choice::How::kAtMost, call.type == kLimits.min() ? kLimits.max() : -call.type, size, truncates};
}

std::int64_t shown(std::optional<ProcessId> process) { return process ? mechanisms::shown(*process) : 0; }

}  // namespace

/// Ends the calls that others waited in, with a message or an errno, and wakes those who have to look again.
void World::tell(SystemVQueue& queue) {
  for (const auto& [sleeper, message] : queue.take_served()) answer(sleeper, reply_to(message));
  for (const ThreadId sleeper : queue.take_roused()) rouse(sleeper);
}

World::Restart Calls::how_interrupted() {
  return MUTANT(interrupted_msgrcv_restarts) ? World::Restart::kWithFlag : World::Restart::kWithoutHandler;
}

Calls::Start Calls::operator()(const call::Msgget& call) {
  auto& queues = world.system_v_.queues;
  const auto fits = [](const SystemVQueue&) { return 0; };
  const auto make = [&]() -> Reply {
    if (queues.count() >= world.limits_.system_v.queues) return failed(ENOSPC);
    return done(queues.add({{call.key, call.flags & 0777}, world.limits_.system_v.queue_bytes}));
  };
  return find_or_make(
      queues, call.key, call.flags, fits, make,
      [this](const SystemVPermission& permission, int mode) { return may(permission, mode); });
}

Calls::Start Calls::operator()(const call::Msgsnd& call) {
  if (call.text.size() > world.limits_.system_v.message_size || call.id < 0 || call.type < 1)
    return failed(EINVAL);
  if (!world.system_v_.queues.contains(call.id)) return failed(EINVAL);
  return World::Attempt{[call, me = thread](World& now, Occasion occasion) -> Outcome {
    // Whoever removes the queue ends this call, so that the queue is always there.
    SystemVQueue& queue = now.system_v_.queues.at(call.id);
    if (occasion == Occasion::kWoken) queue.leave(me);
    // Whoever looks again looks for a signal first.
    if (now.is_interrupted(me)) return how_interrupted();
    if (!Calls{now, me}.may(queue.permission, kWrites)) return failed(EACCES);
    if (!queue.has_room_for(call.text.size())) {
      if ((call.flags & IPC_NOWAIT) != 0) return failed(EAGAIN);
      queue.await_room(me, call.text.size());
      return Sleep{};
    }
    queue.send({call.type, call.text}, now.process_number(me));
    now.tell(queue);
    return done(0);
  }};
}

Calls::Start Calls::operator()(const call::Msgrcv& call) {
  if (call.id < 0 || call.size < 0) return failed(EINVAL);
  const bool copies = (call.flags & MSG_COPY) != 0;
  if (copies && ((call.flags & MSG_EXCEPT) != 0 || (call.flags & IPC_NOWAIT) == 0)) return failed(EINVAL);
  if (copies && !world.limits_.system_v.copies_messages) return failed(ENOSYS);
  if (!world.system_v_.queues.contains(call.id)) return failed(EINVAL);
  return World::Attempt{[choice = choice_of(call), id = call.id, flags = call.flags, copies, me = thread](
                            World& now, Occasion occasion) -> Outcome {
    SystemVQueue& queue = now.system_v_.queues.at(id);
    if (occasion == Occasion::kWoken) queue.leave(me);
    if (now.is_interrupted(me)) return how_interrupted();
    if (!Calls{now, me}.may(queue.permission, kReads)) return failed(EACCES);
    const ProcessId process = now.process_number(me);
    const auto message =
        copies && !MUTANT(message_copy_takes) ? queue.copy(choice) : queue.receive(choice, process);
    if (!message.is_blocked()) {
      now.tell(queue);
      return reply_to(message);
    }
    if ((flags & IPC_NOWAIT) != 0) return failed(MUTANT(message_none_is_eagain) ? EAGAIN : ENOMSG);
    queue.await_message(me, process, choice);
    return Sleep{};
  }};
}

Calls::Start Calls::operator()(const call::Msgctl& call) {
  if (call.id < 0 || call.command < 0) return failed(EINVAL);
  const SystemVLimits& limits = world.limits_.system_v;
  Reply reply = done(0);
  if (call.command == IPC_INFO) {
    reply.numbers = {static_cast<std::int64_t>(limits.message_size),
                     static_cast<std::int64_t>(limits.queue_bytes), limits.queues};
    return reply;
  }
  auto& queues = world.system_v_.queues;
  if (!queues.contains(call.id)) return failed(EINVAL);
  SystemVQueue& queue = queues.at(call.id);
  switch (call.command) {
    case IPC_STAT:
    case MSG_STAT:
    case MSG_STAT_ANY:
      if (call.command != MSG_STAT_ANY && !may(queue.permission, kReads)) return failed(EACCES);
      reply.numbers = {queue.permission.key,
                       queue.permission.mode,
                       static_cast<std::int64_t>(queue.bytes()),
                       static_cast<std::int64_t>(queue.count()),
                       static_cast<std::int64_t>(queue.bytes_max()),
                       shown(queue.last_sender()),
                       shown(queue.last_receiver()),
                       queue.last_sender() ? 1 : 0,  // msg_stime says something
                       queue.last_receiver() ? 1 : 0};
      if (call.command != IPC_STAT) reply.value = call.id;
      return reply;
    case IPC_SET:
      if (call.bytes > limits.queue_bytes && !is_privileged()) return failed(EPERM);
      queue.set(call.mode, call.bytes);
      world.tell(queue);
      return reply;
    case IPC_RMID:
      queue.remove();
      world.tell(queue);
      queues.remove(call.id);
      return reply;
    default: return failed(EINVAL);
  }
}

}  // namespace flinch::mechanisms
