// What a call of the kernel comes to. Data under test, never a failure of ours (those are a Result).
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace flinch::mechanisms {

/// The kernel's "no": a number of errno(3).
struct Errno {
  int value;
  friend bool operator==(const Errno&, const Errno&) = default;
};

/// The queues that one object keeps for those who wait. Linux has as many as the object needs.
enum class Queue : std::uint8_t {
  kReaders,   // for something to read; FIFO openers wait here for their partner too
  kWriters,   // for room
  kWatchers,  // for anything: those who poll an object whose readers and writers are told by name
  kPeers,     // for room in somebody else's queue
  kTurn,      // for a call on the same object that has to end first
};

/// How a sleeper stands in its queue: a wake-up of one passes every shared one and ends at the first
/// exclusive one (wait_queue(9)).
enum class Wait : std::uint8_t {
  kShared,          // before the others, the last to come first
  kExclusive,       // behind the others
  kSharedLast,      // shared, but behind the others
  kExclusiveFirst,  // exclusive, but before the others: the last to come is the first to be woken
};

inline bool is_exclusive(Wait wait) { return wait == Wait::kExclusive || wait == Wait::kExclusiveFirst; }
inline bool is_first(Wait wait) { return wait == Wait::kShared || wait == Wait::kExclusiveFirst; }

/// Not now: the caller would have to wait, and for whom.
struct Blocked {
  Queue queue;
  Wait wait = Wait::kExclusive;
  friend bool operator==(const Blocked&, const Blocked&) = default;
};

/// A value, an errno, or "it waits".
template <typename T>
class [[nodiscard]] Answer {
 public:
  Answer(T value) : outcome_{std::move(value)} {}  // NOLINT: a mechanism reads like its manual page
  Answer(Errno error) : outcome_{error} {}         // NOLINT
  Answer(Blocked wait) : outcome_{wait} {}         // NOLINT

  [[nodiscard]] bool is_value() const { return outcome_.index() == 0; }
  [[nodiscard]] bool is_blocked() const { return outcome_.index() == 2; }
  /// Precondition: is_value().
  [[nodiscard]] const T& value() const { return std::get<0>(outcome_); }
  [[nodiscard]] T& value() { return std::get<0>(outcome_); }
  /// Precondition: neither value nor blocked.
  [[nodiscard]] Errno error() const { return std::get<1>(outcome_); }
  /// Precondition: is_blocked().
  [[nodiscard]] Blocked blocked() const { return std::get<2>(outcome_); }
  friend bool operator==(const Answer&, const Answer&) = default;

 private:
  std::variant<T, Errno, Blocked> outcome_;
};

/// Bytes that calls move. A world is copied as a value, and its data with it.
using Bytes = std::string;

}  // namespace flinch::mechanisms
