// POSIX message queues (mq_overview(7)): messages by priority, and those who wait for one or for room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "core/mechanisms/answer.h"
#include "core/mechanisms/pipe.h"
#include "core/mechanisms/wake.h"

namespace flinch::mechanisms {

/// mq_attr of mq_getattr(3), without what belongs to the description or changes by itself.
struct QueueAttributes {
  std::int64_t messages_max;  // mq_maxmsg
  std::int64_t size_max;      // mq_msgsize, bytes
};

/// What a machine's owner has set: /proc/sys/fs/mqueue, and RLIMIT_MSGQUEUE.
struct QueueLimits {
  QueueAttributes defaults{10, 8192};  // msg_default, msgsize_default
  QueueAttributes ceiling{10, 8192};   // msg_max, msgsize_max; they do not bind the privileged
  std::uint64_t bytes_max = 819200;    // of all queues that a user made
};

struct QueueMessage {
  unsigned priority;
  Bytes bytes;
};

/// A queue as the kernel keeps it. Nobody is woken to look again: a message goes from hand to hand, so who
/// waits longest is served first, whatever else happens before he runs.
class PosixQueue {
 public:
  explicit PosixQueue(QueueAttributes attributes) : attributes_{attributes} {}

  /// What mq_open(3) would make of these: EINVAL beyond the ceiling, EOVERFLOW, EMFILE when `bytes_used` by
  /// the user's other queues leave no room. The value is what the queue is charged with, in bytes.
  static Answer<std::uint64_t> charge(QueueAttributes attributes, const QueueLimits& limits,
                                      bool is_privileged, std::uint64_t bytes_used);

  // ---- transfers: what can be moved now ----

  /// EMSGSIZE. To the first of those who wait, or into the queue.
  Answer<std::size_t> send(QueueMessage message);
  /// EMSGSIZE if `size` could not hold the longest message. The oldest of the highest priority.
  Answer<QueueMessage> receive(std::size_t size);

  // ---- waiting, after Blocked ----

  void wait_to_send(int thread, QueueMessage message) { senders_.emplace_back(thread, std::move(message)); }
  void wait_to_receive(int thread) { receivers_.push_back(thread); }
  /// A thread that a signal has woken waits no longer; false if it has been served already.
  bool leave(int thread);
  /// What a receiver was woken with.
  QueueMessage take_handed(int thread);

  // ---- mq_notify(3) ----

  struct Registration {
    int process;
    int method;  // sigev_notify
    int signal;
  };
  /// EBUSY if some process is registered already.
  Answer<int> register_owner(int process, int method, int signal);
  [[nodiscard]] std::optional<int> owner() const {
    return registration_ ? std::optional{registration_->process} : std::nullopt;
  }
  [[nodiscard]] std::optional<Registration> registration() const { return registration_; }
  void remove_owner() { registration_.reset(); }

  // ---- what any object is asked ----

  [[nodiscard]] QueueAttributes attributes() const { return attributes_; }
  [[nodiscard]] std::size_t count() const { return messages_.size(); }
  [[nodiscard]] std::size_t bytes_in_messages() const;
  /// FIONREAD: a queue is a file of its status text, which is always as long.
  [[nodiscard]] std::size_t bytes_queued() const { return 80; }
  /// poll(2): whatever a description is open for.
  [[nodiscard]] short events(Ends ends, std::uint64_t writers_seen) const;
  [[nodiscard]] static std::vector<Queue> watched(Ends) { return {Queue::kWatchers}; }
  void remove(Ends) {}
  std::vector<Wake> take_wakes() { return std::exchange(wakes_, {}); }

 private:
  [[nodiscard]] bool is_full() const;
  void insert(QueueMessage message);
  void end_wait(Queue queue, int thread);
  void tell_watchers() { wakes_.push_back({Queue::kWatchers, Wake::Who::kOne, 0}); }

  QueueAttributes attributes_;
  std::multimap<unsigned, Bytes, std::greater<>> messages_;  // equal ones by age
  std::deque<std::pair<int, QueueMessage>> senders_;         // by arrival, whatever the priority
  std::deque<int> receivers_;                                // by arrival
  std::map<int, QueueMessage> handed_;
  std::optional<Registration> registration_;
  std::vector<Wake> wakes_;
};

}  // namespace flinch::mechanisms
