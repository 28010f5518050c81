// epoll(7): one instance. It knows what is watched and what of it may be ready; whether it is, its world finds out.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "core/mechanisms/answer.h"
#include "core/mechanisms/ids.h"
#include "core/mechanisms/pipe.h"
#include "core/mechanisms/wake.h"

namespace flinch::mechanisms {

class Epoll {
 public:
  /// Before Linux 6.15 epoll_wait(2) looked at the number of events that it may report before the descriptor.
  enum class Checks : std::uint8_t { kDescriptorFirst, kCountFirst };

  /// Which levels of nested instances count. Before Linux 6.17, and a change to stable kernels, those above an
  /// instance did only while something else was watched; the world knows the new rule only.
  enum class Levels : std::uint8_t { kAll, kBelow };

  /// A number and what it stood for when it was added: closing the number changes nothing.
  struct Key {
    DescriptionId description;
    int fd;
    friend bool operator==(const Key& one, const Key& other) {
      return std::tie(one.description, one.fd) == std::tie(other.description, other.fd);
    }
    friend bool operator<(const Key& one, const Key& other) {
      return std::tie(one.description, one.fd) < std::tie(other.description, other.fd);
    }
  };
  /// epoll_event(3type), and what it is watched for.
  struct Item {
    std::uint32_t events;
    std::uint64_t data;
  };

  // ---- what is watched, epoll_ctl(2) ----

  /// EEXIST.
  Answer<int> add(Key key, Item item);
  /// ENOENT; EINVAL for what is watched with EPOLLEXCLUSIVE.
  Answer<int> change(Key key, Item item);
  /// ENOENT.
  Answer<int> remove(Key key);
  [[nodiscard]] const std::map<Key, Item>& items() const { return items_; }
  /// Precondition: it is watched.
  [[nodiscard]] const Item& item(Key key) const { return items_.at(key); }

  // ---- what may be ready, by age ----

  /// Whether something that happened to what is behind an item, `events` of poll(2) or 0 for any, is news.
  [[nodiscard]] bool hears(Key key, std::uint32_t events) const;
  /// Unless it is there already.
  void list(Key key);
  [[nodiscard]] bool is_listed(Key key) const;
  [[nodiscard]] bool has_listed() const { return !listed_.empty(); }
  /// Takes the list away for a look at it.
  std::deque<Key> take_listed() { return std::exchange(listed_, {}); }
  /// What was not looked at stands before what has come since.
  void put_back(const std::deque<Key>& rest);
  /// It has been reported: EPOLLONESHOT puts it out, and without EPOLLET it is listed again.
  void reported(Key key);

  // ---- what any object is asked: whoever polls an instance waits apart from epoll_wait(2) ----

  static short events(Ends, std::uint64_t) { return 0; }  // its world knows
  static std::vector<Queue> watched(Ends) { return {Queue::kWatchers}; }
  static std::vector<Wake> take_wakes() { return {}; }
  static void remove(Ends) {}

 private:
  std::map<Key, Item> items_;
  std::deque<Key> listed_;
};

}  // namespace flinch::mechanisms
