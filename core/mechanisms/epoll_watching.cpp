// What instances of epoll(7) and the objects that they watch have to do with each other.
#include <poll.h>
#include <sys/epoll.h>

#include <algorithm>

#include "core/mechanisms/mutants.h"
#include "core/mechanisms/world.h"

namespace flinch::mechanisms {
namespace {

constexpr int kNestsMax = 4;  // levels of instances below another, epoll_ctl(2)

}  // namespace

/// What is exclusive stands behind the others, as whoever reads or writes does.
void World::begin_watch(const EpollWatch& watch, std::uint32_t events) {
  const Description& description = descriptions_.at(watch.key.description);
  const auto queues =
      std::visit([&](auto& state) { return state.watched(description.ends); }, state_of(description));
  const bool is_exclusive = (events & EPOLLEXCLUSIVE) != 0 && !MUTANT(epoll_exclusive_is_shared);
  for (const Queue queue : queues) {
    const Bed bed{description.object, queue, is_exclusive ? Wait::kExclusive : Wait::kShared};
    sleepers_.insert(is_exclusive ? sleepers_.end() : sleepers_.begin(), {-1, bed, watch});
  }
}

void World::end_watch(const EpollWatch& watch) {
  std::ignore = epoll_at(watch.epoll).remove(watch.key);
  std::erase_if(sleepers_, [&](const Sleeper& sleeper) { return sleeper.watch == watch; });
}

void World::end_watches_of(DescriptionId number) {
  for (ObjectId object = 0; object < objects_.size(); ++object) {
    if (!objects_.contains(object) || !std::holds_alternative<Epoll>(objects_.at(object).state)) continue;
    const auto items = epoll_at(object).items();
    for (const auto& [key, item] : items)
      if (key.description == number) end_watch({object, key});
  }
}

void World::end_watches_by(ObjectId epoll) {
  std::erase_if(sleepers_, [&](const Sleeper& s) { return s.watch.has_value() && s.watch->epoll == epoll; });
}

/// Whether a wake-up of one ends here: if somebody was woken by it, in an exclusive watch.
bool World::tell(const EpollWatch& watch, std::uint32_t events) {
  Epoll& epoll = epoll_at(watch.epoll);
  const std::uint32_t asked = epoll.item(watch.key).events;
  const bool is_exclusive = (asked & EPOLLEXCLUSIVE) != 0;
  if (!epoll.hears(watch.key, events)) return !is_exclusive;
  epoll.list(watch.key);
  const bool somebody_waits = std::any_of(sleepers_.begin(), sleepers_.end(), [&](const Sleeper& sleeper) {
    return sleeper.bed.object == watch.epoll && sleeper.bed.queue == Queue::kReaders;
  });
  tell_of_listed(watch.epoll);
  if (!is_exclusive) return true;
  const std::uint32_t direction = events & (EPOLLIN | EPOLLOUT);
  const bool is_asked = direction != (EPOLLIN | EPOLLOUT) && (direction & asked) != 0;
  return somebody_waits && (direction == 0 || is_asked);
}

/// One of those who wait in epoll_wait(2), and whoever polls the instance.
void World::tell_of_listed(ObjectId epoll) {
  wake_sleepers(epoll, {Queue::kReaders, Wake::Who::kOne, 0});
  wake_sleepers(epoll, {Queue::kWatchers, Wake::Who::kOne, POLLIN});
}

void World::end_look(ObjectId number, const std::deque<Epoll::Key>& rest) {
  Epoll& epoll = epoll_at(number);
  epoll.put_back(rest);
  if (epoll.has_listed() && !MUTANT(epoll_level_wakes_one))
    wake_sleepers(number, {Queue::kReaders, Wake::Who::kOne, 0});
}

std::uint32_t World::events_of(ObjectId epoll, Epoll::Key key) {
  const auto events = static_cast<std::uint16_t>(events_of(key.description));
  return events & epoll_at(epoll).item(key).events;
}

/// What is listed and not ready is listed no more, up to the first that is.
short World::epoll_events(ObjectId number) {
  auto rest = epoll_at(number).take_listed();
  while (!rest.empty() && events_of(number, rest.front()) == 0) rest.pop_front();
  end_look(number, rest);
  return static_cast<short>(rest.empty() ? 0 : POLLIN | POLLRDNORM);
}

std::vector<Epoll::Item> World::harvest(ObjectId number, std::size_t max) {
  std::vector<Epoll::Item> ready;
  auto rest = epoll_at(number).take_listed();
  while (!rest.empty() && ready.size() < max) {
    const Epoll::Key key = rest.front();
    rest.pop_front();
    const std::uint32_t events = events_of(number, key);
    if (events == 0) continue;
    Epoll& epoll = epoll_at(number);
    ready.push_back({events, epoll.item(key).data});
    epoll.reported(key);
  }
  end_look(number, rest);
  return ready;
}

void World::list_if_ready(const EpollWatch& watch) {
  if (events_of(watch.epoll, watch.key) == 0 || epoll_at(watch.epoll).is_listed(watch.key)) return;
  epoll_at(watch.epoll).list(watch.key);
  tell_of_listed(watch.epoll);
}

int World::levels_below(ObjectId epoll, ObjectId top) {
  int levels = 0;
  for (const auto& [key, item] : epoll_at(epoll).items()) {
    const ObjectId watched = descriptions_.at(key.description).object;
    if (!std::holds_alternative<Epoll>(objects_.at(watched).state)) continue;
    if (watched == top) return kNestsMax + 1;
    levels = std::max(levels, levels_below(watched, top) + 1);
  }
  return levels;
}

int World::levels_above(ObjectId epoll) {
  int levels = 0;
  for (ObjectId object = 0; object < objects_.size(); ++object) {
    if (!objects_.contains(object) || !std::holds_alternative<Epoll>(objects_.at(object).state)) continue;
    for (const auto& [key, item] : epoll_at(object).items())
      if (descriptions_.at(key.description).object == epoll)
        levels = std::max(levels, levels_above(object) + 1);
  }
  return levels;
}

bool World::nests_too_deep(ObjectId epoll, ObjectId watched) {
  const int below = levels_below(watched, epoll);
  return below > kNestsMax ||
         below + 1 + levels_above(epoll) > kNestsMax + (MUTANT(epoll_nests_one_deeper) ? 1 : 0);
}

}  // namespace flinch::mechanisms
