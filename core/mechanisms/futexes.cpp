#include "core/mechanisms/futexes.h"

#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {

std::vector<Futexes::Woken> Futexes::wake(FutexKey key, int count, std::uint32_t bits) {
  std::vector<Woken> woken;
  if (MUTANT(futex_wakes_none_for_0) && count <= 0) return woken;
  if (MUTANT(futex_last_first)) sleepers_.reverse();
  for (auto it = sleepers_.begin(); it != sleepers_.end();) {
    const auto sleeper = it++;
    if (sleeper->key != key || ((sleeper->bits & bits) == 0 && !MUTANT(futex_ignores_bits))) continue;
    woken.push_back({sleeper->thread, sleeper->then});
    sleepers_.erase(sleeper);
    if (static_cast<int>(woken.size()) >= count) break;
  }
  if (MUTANT(futex_last_first)) sleepers_.reverse();
  return woken;
}

bool Futexes::leave(int thread) {
  return std::erase_if(sleepers_, [thread](const Sleeper& sleeper) { return sleeper.thread == thread; }) > 0;
}

Futexes::Requeued Futexes::requeue(FutexKey from, FutexKey to, int wakes, int moves) {
  Requeued result;
  std::list<Sleeper> moved;
  std::int64_t left = std::int64_t{wakes} + moves;
  for (auto it = sleepers_.begin(); it != sleepers_.end() && left > 0;) {
    const auto sleeper = it++;
    if (sleeper->key != from) continue;
    --left;
    if (static_cast<int>(result.woken.size()) < wakes) {
      result.woken.push_back({sleeper->thread, sleeper->then});
      sleepers_.erase(sleeper);
      continue;
    }
    ++result.moved;
    if (from == to) continue;  // he stays where he is
    sleeper->key = to;
    moved.splice(moved.end(), sleepers_, sleeper);
  }
  sleepers_.splice(sleepers_.end(), moved);
  return result;
}

}  // namespace flinch::mechanisms
