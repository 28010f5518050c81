// semget(2), semop(2), semtimedop(2), semctl(2).
#include <errno.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/stat.h>

#include <algorithm>

#include "core/mechanisms/calls_impl.h"
#include "core/mechanisms/mutants.h"
#include "core/mechanisms/system_v_get.h"

namespace flinch::mechanisms {
namespace {

constexpr int kReads = S_IRUSR | S_IRGRP | S_IROTH;
constexpr int kAlters = S_IWUSR | S_IWGRP | S_IWOTH;
constexpr std::int64_t kNanosecondsPerSecond = 1000000000;

Reply told(std::vector<std::int64_t> numbers) { return {0, 0, {}, std::move(numbers)}; }

}  // namespace

void World::tell(SystemVSemaphores& set) {
  for (const auto& [sleeper, error] : set.take_ended()) answer(sleeper, error == 0 ? done(0) : failed(error));
}

Calls::Start Calls::operator()(const call::Semget& call) {
  const SystemVLimits& limits = world.limits_.system_v;
  if (call.count < 0 || call.count > limits.semaphores_per_set) return failed(EINVAL);
  auto& sets = world.system_v_.semaphores;
  const auto fits = [&](const SystemVSemaphores& set) {
    return static_cast<std::size_t>(call.count) > set.size() ? EINVAL : 0;
  };
  const auto make = [&]() -> Reply {
    if (call.count == 0) return failed(EINVAL);
    std::size_t used = 0;
    for (int number = 0; number < sets.size(); ++number)
      if (sets.contains(number)) used += sets.at(number).size();
    if (used + call.count > static_cast<std::size_t>(limits.semaphores) || sets.count() >= limits.sets)
      return failed(ENOSPC);
    return done(sets.add({{call.key, call.flags & 0777}, static_cast<std::size_t>(call.count)}));
  };
  return find_or_make(
      sets, call.key, call.flags, fits, make,
      [this](const SystemVPermission& permission, int mode) { return may(permission, mode); });
}

Calls::Start Calls::operator()(const call::Semtimedop& call) {
  auto& sets = world.system_v_.semaphores;
  if (call.operations.size() > world.limits_.system_v.operations_per_call) return failed(E2BIG);
  if (call.operations.empty() || call.id < 0) return failed(EINVAL);
  if (call.timeout && (call.timeout->seconds < 0 || call.timeout->nanoseconds < 0 ||
                       call.timeout->nanoseconds >= kNanosecondsPerSecond))
    return failed(EINVAL);
  if (!sets.contains(call.id)) return failed(EINVAL);
  SystemVSemaphores& set = sets.at(call.id);
  bool alters = false;
  for (const SemaphoreOperation& operation : call.operations) {
    alters = alters || operation.change != 0;
    if ((operation.flags & SEM_UNDO) != 0) set.remember(process());
  }
  if (std::any_of(call.operations.begin(), call.operations.end(),
                  [&](const SemaphoreOperation& operation) { return operation.number >= set.size(); }))
    return failed(MUTANT(semaphore_efbig_is_einval) ? EINVAL : EFBIG);
  if (!may(set.permission, alters ? kAlters : kReads)) return failed(EACCES);
  const bool has_expired = call.timeout && call.timeout->seconds == 0 && call.timeout->nanoseconds == 0;
  const auto patience =
      has_expired ? SystemVSemaphores::Patience::kNone : SystemVSemaphores::Patience::kEndless;
  const auto result = set.operate({thread, process(), call.operations}, patience);
  world.tell(set);
  if (result) return *result == 0 ? done(0) : failed(*result);
  // Whoever makes it possible does it for us; there is never anything to look at again.
  // Only a signal ends it before, and no handler makes it begin again: signal(7).
  return World::Attempt{[id = call.id, me = thread](World& now, Occasion) -> Outcome {
    if (!now.is_interrupted(me)) return Sleep{};
    now.system_v_.semaphores.at(id).leave(me);
    if (MUTANT(interrupted_semop_restarts)) return World::Restart::kWithFlag;
    return failed(EINTR);
  }};
}

Calls::Start Calls::operator()(const call::Semctl& call) {
  if (call.id < 0) return failed(EINVAL);
  const SystemVLimits& limits = world.limits_.system_v;
  if (call.command == IPC_INFO)
    return told({limits.semaphores_per_set, limits.semaphores, limits.sets,
                 static_cast<std::int64_t>(limits.operations_per_call), kSemaphoreMax});
  if (call.command == SETVAL && (call.value < 0 || call.value > kSemaphoreMax)) return failed(ERANGE);
  auto& sets = world.system_v_.semaphores;
  if (!sets.contains(call.id)) return failed(EINVAL);
  SystemVSemaphores& set = sets.at(call.id);
  switch (call.command) {
    case IPC_STAT:
    case SEM_STAT:
    case SEM_STAT_ANY: {
      if (call.command != SEM_STAT_ANY && !may(set.permission, kReads)) return failed(EACCES);
      Reply reply = told({set.permission.key, set.permission.mode, static_cast<std::int64_t>(set.size()),
                          set.has_operated() ? 1 : 0});
      if (call.command != IPC_STAT) reply.value = call.id;
      return reply;
    }
    case IPC_SET: set.permission.set_mode(call.value); return done(0);
    case IPC_RMID:
      if (!MUTANT(semaphore_removal_wakes_nobody)) set.remove();
      world.tell(set);
      sets.remove(call.id);
      return done(0);
    case GETALL:
    case SETALL: return control_all(set, call);
    case GETVAL:
    case SETVAL:
    case GETPID:
    case GETNCNT:
    case GETZCNT: return control_one(set, call);
    default: return failed(EINVAL);
  }
}

Calls::Start Calls::control_all(SystemVSemaphores& set, const call::Semctl& call) {
  if (!may(set.permission, call.command == SETALL ? kAlters : kReads)) return failed(EACCES);
  if (call.command == GETALL) {
    Reply reply = done(0);
    for (std::size_t number = 0; number < set.size(); ++number) reply.numbers.push_back(set.value(number));
    return reply;
  }
  const auto end =
      call.values.begin() + static_cast<std::ptrdiff_t>(std::min(set.size(), call.values.size()));
  if (std::any_of(call.values.begin(), end, [](std::uint16_t value) { return value > kSemaphoreMax; }))
    return failed(ERANGE);
  set.set_all(call.values, process());
  world.tell(set);
  return done(0);
}

Calls::Start Calls::control_one(SystemVSemaphores& set, const call::Semctl& call) {
  const bool sets = call.command == SETVAL;
  const bool is_inside = call.number >= 0 && static_cast<std::size_t>(call.number) < set.size();
  // SETVAL looks for the semaphore first, the others at what is allowed.
  if (sets && !is_inside) return failed(EINVAL);
  if (!may(set.permission, sets ? kAlters : kReads)) return failed(EACCES);
  if (!is_inside) return failed(EINVAL);
  const auto number = static_cast<std::size_t>(call.number);
  switch (call.command) {
    case GETVAL: return done(set.value(number));
    case GETPID: return done(shown(set.last(number)));
    case GETNCNT: return done(set.waiting(number, SystemVSemaphores::For::kIncrease));
    case GETZCNT: return done(set.waiting(number, SystemVSemaphores::For::kZero));
    default: break;
  }
  set.set(number, call.value, process());
  world.tell(set);
  return done(0);
}

}  // namespace flinch::mechanisms
