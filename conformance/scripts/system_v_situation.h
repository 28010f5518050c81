// What scripts about the three System V mechanisms have in common.
#pragma once

#include <vector>

#include "conformance/scripts/makers.h"

namespace flinch::conformance {

/// The number of an object that is there, most of the time.
template <typename T>
int some_object(const mechanisms::Slots<T>& objects, unsigned number) {
  if (number % 32 == 31) return static_cast<int>(number / 32 % 12) - 2;
  std::vector<int> there;
  for (int id = 0; id < objects.size(); ++id)
    if (objects.contains(id)) there.push_back(id);
  return there.empty() ? 0 : there[number % there.size()];
}

/// Most calls say EINVAL while nothing is there to be called for.
template <typename T>
bool has_objects(const mechanisms::Slots<T>& objects) {
  for (int id = 0; id < objects.size(); ++id)
    if (objects.contains(id)) return true;
  return false;
}

/// If it waits, the script is over.
inline bool is_last_awake(const Situation& s) { return s.world.idle_threads().size() == 1; }

/// Whoever is woken may run in any order, and a queue remembers it: more than a few at once are too many to follow.
inline bool has_enough_asleep(const Situation& s) {
  int alive = 0;
  for (ThreadId thread = 0; thread < s.world.thread_count(); ++thread)
    alive += s.world.is_alive(thread) ? 1 : 0;
  return alive - static_cast<int>(s.world.idle_threads().size()) >= 4;
}

/// Adds births and deaths: who waits for whom needs several.
inline void add_processes(std::vector<Maker>& makers) {
  makers.push_back(
      {5, Maker::Needs::kNothing, [](const Situation&) -> SystemCall { return mechanisms::call::Fork{}; }});
  makers.push_back({2, Maker::Needs::kNothing, [](const Situation& s) -> SystemCall {
                      return mechanisms::call::Exit{s.numbers[0] % 256};
                    }});
  makers.push_back({1, Maker::Needs::kNothing, capset_call});
}

}  // namespace flinch::conformance
