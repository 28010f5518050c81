// What scripts about System V semaphores are made of.
#include <sys/ipc.h>
#include <sys/sem.h>

#include "conformance/scripts/makers.h"
#include "conformance/scripts/system_v_situation.h"

namespace flinch::conformance {
namespace {

namespace call = mechanisms::call;
using enum Maker::Needs;
using mechanisms::SemaphoreOperation;

int set(const Situation& s, std::size_t n) {
  return some_object(s.world.system_v().semaphores, s.numbers[n]);
}

std::size_t size_of(const Situation& s, int id) {
  const auto& sets = s.world.system_v().semaphores;
  return sets.contains(id) ? sets.at(id).size() : 1;
}

/// One operation from one number; few in a hundred are outside of the set or near the limits.
SemaphoreOperation operation(const Situation& s, int id, unsigned number) {
  static constexpr std::int16_t kChanges[] = {-1, 1, 0,  -1, 1, -2,    2,      0,
                                              -3, 3, -1, 1,  0, 32767, -32767, -32768};
  static constexpr std::int16_t kFlags[] = {0, SEM_UNDO, 0, IPC_NOWAIT, SEM_UNDO, 0, SEM_UNDO | IPC_NOWAIT,
                                            0};
  const unsigned place =
      number % 64 == 63 ? 60 + number / 64 % 6 : number % static_cast<unsigned>(size_of(s, id));
  return {static_cast<std::uint16_t>(place), kChanges[number / 64 % std::size(kChanges)],
          kFlags[number / 1024 % std::size(kFlags)]};
}

SystemCall get_call(const Situation& s) {
  return call::Semget{s.one_of(0, {1, 2, 0, 1}), s.one_of(1, {1, 3, 2, 4, 1, 3, 2, 0, 66, -1, 32001}),
                      s.one_of(2, {IPC_CREAT | 0600, IPC_CREAT | 0600, IPC_CREAT | IPC_EXCL | 0600, 0600, 0,
                                   IPC_CREAT | 0400, IPC_CREAT | 0200, IPC_CREAT | 0666, IPC_EXCL})};
}

SystemCall operate_call(const Situation& s) {
  if (!has_objects(s.world.system_v().semaphores)) return get_call(s);
  call::Semtimedop made{set(s, 0), {}, std::nullopt};
  const unsigned how = s.numbers[1];
  if (is_last_awake(s) && s.world.thread_count() < kSlotCount) return call::Fork{};
  static constexpr std::size_t kCounts[] = {1, 1, 1, 1, 2, 1, 2, 3, 1, 1, 2, 1};
  const std::size_t count = kCounts[how % std::size(kCounts)];
  for (std::size_t i = 0; i < count; ++i)
    made.operations.push_back(operation(s, made.id, s.numbers[1 + (i + 1) % 3]));
  if (is_last_awake(s))
    for (SemaphoreOperation& one : made.operations) one.flags |= IPC_NOWAIT;
  if (how / 16 % 64 == 1) made.operations.clear();
  if (how / 16 % 64 == 2)
    made.operations.assign(s.one_of<std::size_t>(2, {500, 501}), operation(s, made.id, s.numbers[3]));
  if (how / 1024 % 8 == 1) {
    using Timeout = call::Semtimedop::Timeout;
    made.timeout = s.one_of<Timeout>(3, {{0, 0}, {86400, 0}, {0, 0}, {-1, 0}, {0, 1000000000}, {0, -1}});
  }
  return made;
}

SystemCall control_call(const Situation& s) {
  if (!has_objects(s.world.system_v().semaphores)) return get_call(s);
  call::Semctl made{set(s, 0), 0, 0, 0, {}};
  made.number =
      s.numbers[2] % 32 == 31 ? s.one_of(3, {-1, 70}) : s.numbers[2] % static_cast<int>(size_of(s, made.id));
  made.command =
      s.one_of(1, {GETALL, SETVAL, GETNCNT, GETZCNT, GETPID, SETALL, GETVAL, SETVAL, IPC_STAT, GETALL,
                   GETNCNT, GETZCNT, GETPID, SETALL, IPC_SET, IPC_INFO, SEM_STAT, SEM_STAT_ANY, 9999});
  const int value = s.one_of(3, {0, 1, 2, 3, 0, 1, 5, 32767, 32768, -1});
  if (made.command == SETVAL) made.value = value;
  if (made.command == IPC_SET) made.value = s.one_of(3, {0600, 0666, 0400, 0200, 0});
  if (made.command == SETALL)
    for (std::size_t i = 0; i < size_of(s, made.id); ++i)
      made.values.push_back(static_cast<std::uint16_t>(i == 0 ? value : s.numbers[2] / 32 % (i + 2)));
  // An index belongs to somebody else once its object is gone.
  if (!s.world.system_v().semaphores.contains(made.id) &&
      (made.command == SEM_STAT || made.command == SEM_STAT_ANY))
    made.command = IPC_STAT;
  return made;
}

}  // namespace

std::vector<Maker> system_v_semaphore_makers() {
  std::vector<Maker> makers = {
      {6, kNothing, get_call},
      {30, kNothing, operate_call},
      {18, kNothing, control_call},
      {1, kNothing,
       [](const Situation& s) -> SystemCall {
         return call::Semctl{set(s, 0), 0, IPC_RMID, 0, {}};
       }},
  };
  add_processes(makers);
  return makers;
}

}  // namespace flinch::conformance
