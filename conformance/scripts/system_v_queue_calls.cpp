// What scripts about System V message queues are made of.
#include <sys/ipc.h>
#include <sys/msg.h>

#include <climits>

#include "conformance/scripts/makers.h"
#include "conformance/scripts/system_v_situation.h"

namespace flinch::conformance {
namespace {

namespace call = mechanisms::call;
using enum Maker::Needs;

int queue(const Situation& s, std::size_t n) { return some_object(s.world.system_v().queues, s.numbers[n]); }

SystemCall get_call(const Situation& s) {
  return call::Msgget{s.one_of(0, {1, 2, 0, 1}),
                      s.one_of(1, {IPC_CREAT | 0600, IPC_CREAT | 0600, IPC_CREAT | IPC_EXCL | 0600, 0600, 0,
                                   IPC_CREAT | 0400, IPC_CREAT | 0200, IPC_CREAT | 0666, IPC_EXCL})};
}

SystemCall send_call(const Situation& s) {
  if (!has_objects(s.world.system_v().queues)) return get_call(s);
  const int flags =
      is_last_awake(s) || has_enough_asleep(s) ? IPC_NOWAIT : s.one_of(3, {0, 0, IPC_NOWAIT, 0});
  const std::size_t size =
      s.one_of<std::size_t>(2, {1, 0, 20, 3000, 8192, 4000, 100, 8000, 4048, 4049, 10, 8193, 5, 50});
  const auto type = s.one_of<std::int64_t>(1, {1, 2, 3, 1, 2, 3, 7, LONG_MAX, 5, 4, 2, 0, 3, -1});
  return call::Msgsnd{queue(s, 0), type, s.payload(size), flags};
}

SystemCall receive_call(const Situation& s) {
  if (!has_objects(s.world.system_v().queues)) return get_call(s);
  if (is_last_awake(s) && s.world.thread_count() < kSlotCount) return call::Fork{};
  int flags = s.one_of(3, {0, 0, IPC_NOWAIT, MSG_NOERROR, MSG_EXCEPT, 0, MSG_COPY | IPC_NOWAIT, MSG_EXCEPT,
                           MSG_NOERROR | IPC_NOWAIT, MSG_COPY | IPC_NOWAIT | MSG_NOERROR, MSG_COPY,
                           MSG_COPY | MSG_EXCEPT | IPC_NOWAIT});
  if (is_last_awake(s) || has_enough_asleep(s)) flags |= IPC_NOWAIT;
  const auto size =
      s.one_of<std::int64_t>(2, {8192, 10000, 100, 8192, 20, 4000, 0, 8192, 1, 3000, 8192, 100, 8192, -1});
  const auto type = s.one_of<std::int64_t>(1, {0, 1, 2, 3, 0, -2, -3, -LONG_MAX, 2, 0, -1, 1, 7, LONG_MIN});
  return call::Msgrcv{queue(s, 0), size, type, flags};
}

SystemCall control_call(const Situation& s) {
  if (!has_objects(s.world.system_v().queues)) return get_call(s);
  call::Msgctl made{queue(s, 0),
                    s.one_of(1, {IPC_STAT, IPC_SET, IPC_STAT, MSG_STAT, MSG_STAT_ANY, IPC_SET, IPC_STAT,
                                 IPC_SET, IPC_INFO, 9999, -1}),
                    0, 0};
  if (made.command == IPC_SET) {
    made.mode = s.one_of(2, {0600, 0600, 0400, 0666, 0200, 0600});
    made.bytes = s.one_of<std::size_t>(3, {16384, 100, 3, 8192, 4000, 0, 1, 16385, 20, 30000});
  }
  // An index belongs to somebody else once its object is gone.
  if (!s.world.system_v().queues.contains(made.id) &&
      (made.command == MSG_STAT || made.command == MSG_STAT_ANY))
    made.command = IPC_STAT;
  return made;
}

}  // namespace

std::vector<Maker> system_v_queue_makers() {
  std::vector<Maker> makers = {
      {5, kNothing, get_call},
      {20, kNothing, send_call},
      {20, kNothing, receive_call},
      {9, kNothing, control_call},
      {1, kNothing,
       [](const Situation& s) -> SystemCall {
         return call::Msgctl{queue(s, 0), IPC_RMID, 0, 0};
       }},
  };
  add_processes(makers);
  return makers;
}

}  // namespace flinch::conformance
