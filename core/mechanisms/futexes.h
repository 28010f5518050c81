// Futexes (futex(2)): who sleeps on which word of memory.
#pragma once

#include <cstdint>
#include <list>
#include <vector>

namespace flinch::mechanisms {

/// What makes two words the same one: the memory behind them, or one process's address.
struct FutexKey {
  enum class Kind : std::uint8_t { kShared, kPrivate };
  Kind kind;
  int owner;  // the object of memory, or the process
  std::int64_t offset;
  friend bool operator==(const FutexKey&, const FutexKey&) = default;
};

/// All sleepers of a machine, by arrival.
class Futexes {
 public:
  /// What a sleeper does when woken. A call that just returns has nothing to find out, so no order of those
  /// who are woken together can be told from another; a library's loop looks at the word again.
  enum class Then : std::uint8_t { kReturns, kLooksAgain };
  struct Woken {
    int thread;
    Then then;
  };
  struct Requeued {
    std::vector<Woken> woken;
    int moved = 0;
  };

  void wait(int thread, FutexKey key, std::uint32_t bits, Then then) {
    sleepers_.push_back({thread, key, bits, then});
  }
  /// A thread that a signal has woken waits no longer; false if it has been woken otherwise already.
  bool leave(int thread);
  /// FUTEX_WAKE_BITSET: up to `count`, but one even if that is none, as Linux does it.
  std::vector<Woken> wake(FutexKey key, int count, std::uint32_t bits);
  /// FUTEX_REQUEUE: wakes `wakes`, and puts up to `moves` of the others behind those who sleep at `to`.
  /// Linux keeps sleepers in buckets by a hash of their key; if both keys fall into one, those who are moved
  /// keep the place that their age gives them instead. That is one pair of words in hundreds, and not shown.
  Requeued requeue(FutexKey from, FutexKey to, int wakes, int moves);

 private:
  struct Sleeper {
    int thread;
    FutexKey key;
    std::uint32_t bits;
    Then then;
  };
  std::list<Sleeper> sleepers_;
};

}  // namespace flinch::mechanisms
