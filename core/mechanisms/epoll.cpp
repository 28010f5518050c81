#include "core/mechanisms/epoll.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>

#include <algorithm>

#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {
namespace {

/// What an item keeps when EPOLLONESHOT puts it out.
constexpr std::uint32_t kNoEvents = EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE;

/// Errors and hang-ups are reported whether asked for or not, epoll_ctl(2).
Epoll::Item with_errors(Epoll::Item item) {
  if (!MUTANT(epoll_errs_if_asked)) item.events |= EPOLLERR | EPOLLHUP;
  return item;
}

}  // namespace

Answer<int> Epoll::add(Key key, Item item) {
  const auto is_same = [&](const auto& other) { return other.first.description == key.description; };
  if (MUTANT(epoll_counts_files) && std::any_of(items_.begin(), items_.end(), is_same)) return Errno{EEXIST};
  if (!items_.emplace(key, with_errors(item)).second) return Errno{EEXIST};
  return 0;
}

Answer<int> Epoll::change(Key key, Item item) {
  const auto found = items_.find(key);
  if (found == items_.end()) return Errno{ENOENT};
  if ((found->second.events & EPOLLEXCLUSIVE) != 0 && !MUTANT(epoll_changes_exclusive)) return Errno{EINVAL};
  if (MUTANT(epoll_keeps_data)) item.data = found->second.data;
  found->second = with_errors(item);
  return 0;
}

Answer<int> Epoll::remove(Key key) {
  if (items_.erase(key) == 0) return Errno{ENOENT};
  std::erase(listed_, key);
  return 0;
}

bool Epoll::hears(Key key, std::uint32_t events) const {
  const std::uint32_t asked = item(key).events;
  if ((asked & ~kNoEvents) == 0) return false;
  return events == 0 || (events & asked) != 0 || MUTANT(epoll_hears_anything);
}

bool Epoll::is_listed(Key key) const {
  return std::find(listed_.begin(), listed_.end(), key) != listed_.end();
}

void Epoll::list(Key key) {
  if (is_listed(key)) return;
  listed_.insert(MUTANT(epoll_newest_first) ? listed_.begin() : listed_.end(), key);
}

void Epoll::put_back(const std::deque<Key>& rest) {
  listed_.insert(MUTANT(epoll_rest_is_last) ? listed_.end() : listed_.begin(), rest.begin(), rest.end());
}

void Epoll::reported(Key key) {
  std::uint32_t& events = items_.at(key).events;
  const bool is_over = (events & EPOLLONESHOT) != 0 && !MUTANT(epoll_oneshot_lasts);
  const bool is_edge = (events & EPOLLET) != 0 && !MUTANT(epoll_edge_is_level);
  if (is_over) events &= kNoEvents;
  if (!is_over && !is_edge) listed_.push_back(key);
}

}  // namespace flinch::mechanisms
