#include "core/mechanisms/posix_queue.h"

#include <errno.h>
#include <poll.h>

#include <algorithm>
#include <cassert>
#include <limits>

#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {
namespace {

// A ceiling for the privileged too (mq_overview(7), HARD_MSGMAX), and what Linux charges for keeping a
// message and, at worst, a priority.
constexpr std::int64_t kMessagesMax = 65536;
constexpr std::int64_t kSizeMax = 16 << 20;
constexpr std::uint64_t kMessageCost = 48;
constexpr std::uint64_t kPriorityCost = 48;
constexpr std::uint64_t kPriorities = 32768;  // MQ_PRIO_MAX

}  // namespace

Answer<std::uint64_t> PosixQueue::charge(QueueAttributes attributes, const QueueLimits& limits,
                                         bool is_privileged, std::uint64_t bytes_used) {
  if (attributes.messages_max <= 0 || attributes.size_max <= 0) return Errno{EINVAL};
  const QueueAttributes ceiling = is_privileged ? QueueAttributes{kMessagesMax, kSizeMax} : limits.ceiling;
  if (attributes.messages_max > ceiling.messages_max || attributes.size_max > ceiling.size_max)
    return Errno{EINVAL};
  const auto messages = static_cast<std::uint64_t>(attributes.messages_max);
  const std::uint64_t bytes = messages * (static_cast<std::uint64_t>(attributes.size_max) + kMessageCost) +
                              std::min(messages, kPriorities) * kPriorityCost;
  if (bytes_used + bytes > limits.bytes_max && !MUTANT(mq_bytes_are_free)) return Errno{EMFILE};
  return bytes;
}

bool PosixQueue::is_full() const {
  return static_cast<std::int64_t>(count()) >=
         attributes_.messages_max + (MUTANT(mq_one_message_more) ? 1 : 0);
}

Answer<std::size_t> PosixQueue::send(QueueMessage message) {
  const std::size_t size = message.bytes.size();
  if (static_cast<std::int64_t>(size) > attributes_.size_max) return Errno{EMSGSIZE};
  if (is_full()) return Blocked{Queue::kWriters};
  if (receivers_.empty()) {
    insert(std::move(message));
    // A registration is for one message into an empty queue that nobody waits at, mq_notify(3).
    if (count() == 1 && !MUTANT(mq_notify_lasts)) remove_owner();
    tell_watchers();
    return size;
  }
  if (MUTANT(mq_notify_despite_receiver)) remove_owner();
  const int receiver = MUTANT(mq_last_receiver_first) ? receivers_.back() : receivers_.front();
  std::erase(receivers_, receiver);
  handed_.emplace(receiver, std::move(message));
  end_wait(Queue::kReaders, receiver);
  return size;
}

Answer<QueueMessage> PosixQueue::receive(std::size_t size) {
  const bool fits = static_cast<std::int64_t>(size) >= attributes_.size_max;
  if (!fits &&
      !(MUTANT(mq_receive_fits_message) && !messages_.empty() && messages_.begin()->second.size() <= size))
    return Errno{EMSGSIZE};
  if (messages_.empty()) return Blocked{Queue::kReaders};
  const auto first = MUTANT(mq_lowest_first) ? std::prev(messages_.end()) : messages_.begin();
  QueueMessage message{first->first, std::move(first->second)};
  messages_.erase(first);
  if (senders_.empty()) {
    tell_watchers();
    return message;
  }
  // There is room for exactly one of those who wait, and it is his before anybody else can come.
  if (MUTANT(mq_lost_sender)) return message;
  auto sender = MUTANT(mq_last_sender_first) ? std::prev(senders_.end()) : senders_.begin();
  insert(std::move(sender->second));
  end_wait(Queue::kWriters, sender->first);
  senders_.erase(sender);
  return message;
}

void PosixQueue::insert(QueueMessage message) {
  if (MUTANT(mq_youngest_first))
    messages_.emplace_hint(messages_.lower_bound(message.priority), message.priority,
                           std::move(message.bytes));
  else
    messages_.emplace(message.priority, std::move(message.bytes));
}

bool PosixQueue::leave(int thread) {
  const auto is_it = [thread](const auto& sender) { return sender.first == thread; };
  return std::erase_if(senders_, is_it) + std::erase(receivers_, thread) > 0;
}

QueueMessage PosixQueue::take_handed(int thread) {
  assert(handed_.contains(thread));
  QueueMessage message = std::move(handed_.at(thread));
  handed_.erase(thread);
  return message;
}

Answer<int> PosixQueue::register_owner(int process, int method, int signal) {
  if (registration_ && !MUTANT(mq_notify_never_busy)) return Errno{EBUSY};
  registration_ = {process, method, signal};
  return 0;
}

std::size_t PosixQueue::bytes_in_messages() const {
  std::size_t sum = 0;
  for (const auto& [priority, bytes] : messages_) sum += bytes.size();
  return sum;
}

short PosixQueue::events(Ends ends, std::uint64_t) const {
  int events = 0;
  if (!messages_.empty()) events |= POLLIN | POLLRDNORM;
  if (!is_full() && (ends.writes || !MUTANT(mq_polls_own_end))) events |= POLLOUT | POLLWRNORM;
  return static_cast<short>(events);
}

void PosixQueue::end_wait(Queue queue, int thread) {
  wakes_.push_back({queue, Wake::Who::kThread, 0, thread});
}

}  // namespace flinch::mechanisms
