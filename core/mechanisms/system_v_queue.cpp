#include "core/mechanisms/system_v_queue.h"

#include <errno.h>

#include <algorithm>

#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {
namespace {

using Message = SystemVQueue::Message;
using Choice = SystemVQueue::Choice;

bool suits(const Message& message, const Choice& choice) {
  switch (choice.how) {
    case Choice::How::kEqual: return message.type == choice.type;
    case Choice::How::kExcept: return MUTANT(message_except_is_equal) || message.type != choice.type;
    case Choice::How::kAtMost: return message.type <= choice.type;
    default: return true;
  }
}

bool is_too_big(const Message& message, const Choice& choice) {
  return message.text.size() > choice.size && !choice.truncates;
}

Message cut(Message message, std::size_t size) {
  if (message.text.size() > size) message.text.resize(size);
  return message;
}

}  // namespace

/// Messages without a byte count as well: there may be as many of any kind as bytes.
bool SystemVQueue::has_room_for(std::size_t size) const {
  if (MUTANT(message_queue_one_byte_more)) return bytes_ + size <= bytes_max_ + 1;
  return bytes_ + size <= bytes_max_ && (count() + 1 <= bytes_max_ || MUTANT(message_count_is_free));
}

void SystemVQueue::send(Message message, ProcessId sender) {
  last_sender_ = sender;
  if (serve(message)) return;
  bytes_ += message.text.size();
  messages_.push_back(std::move(message));
}

/// Whoever waits for such a message but has no room for it fails, and the next one gets it.
bool SystemVQueue::serve(const Message& message) {
  if (MUTANT(message_wakes_nobody)) return false;
  for (auto receiver = receivers_.begin(); receiver != receivers_.end();) {
    if (!suits(message, receiver->choice)) {
      ++receiver;
      continue;
    }
    const Receiver found = *receiver;
    receiver = receivers_.erase(receiver);
    if (is_too_big(message, found.choice)) {
      served_.emplace_back(found.thread, Errno{E2BIG});
      if (MUTANT(message_too_big_is_lost)) return true;
      continue;
    }
    if (!MUTANT(message_handed_over_by_nobody)) last_receiver_ = found.process;
    served_.emplace_back(found.thread, cut(message, found.choice.size));
    return true;
  }
  return false;
}

std::deque<Message>::const_iterator SystemVQueue::find(const Choice& choice) const {
  if (choice.how == Choice::How::kNumber) {
    const bool is_there = choice.type >= 0 && static_cast<std::size_t>(choice.type) < count();
    return is_there ? messages_.begin() + static_cast<std::ptrdiff_t>(choice.type) : messages_.end();
  }
  auto found = messages_.end();
  for (auto message = messages_.begin(); message != messages_.end(); ++message) {
    if (!suits(*message, choice)) continue;
    if (choice.how != Choice::How::kAtMost || MUTANT(message_lowest_is_first)) return message;
    if (found == messages_.end() || message->type < found->type) found = message;
  }
  return found;
}

Answer<Message> SystemVQueue::receive(const Choice& choice, ProcessId receiver) {
  const auto found = find(choice);
  if (found == messages_.end()) return Blocked{Queue::kReaders};
  if (is_too_big(*found, choice)) {
    if (MUTANT(message_too_big_is_taken)) messages_.erase(found);
    return Errno{E2BIG};
  }
  Message message = *found;
  messages_.erase(found);
  bytes_ -= message.text.size();
  last_receiver_ = receiver;
  rouse_senders();
  return cut(std::move(message), choice.size);
}

Answer<Message> SystemVQueue::copy(const Choice& choice) const {
  const auto found = find(choice);
  if (found == messages_.end()) return Blocked{Queue::kReaders};
  if (is_too_big(*found, choice)) return Errno{E2BIG};
  if (found->text.size() > choice.size) return Errno{EINVAL};  // MSG_NOERROR cuts no copy
  return *found;
}

void SystemVQueue::await_message(ThreadId thread, ProcessId process, const Choice& choice) {
  if (MUTANT(message_last_come_first_served))
    receivers_.push_front({thread, process, choice});
  else
    receivers_.push_back({thread, process, choice});
}

void SystemVQueue::leave(ThreadId thread) {
  std::erase_if(senders_, [thread](const Sender& sender) { return sender.thread == thread; });
  std::erase_if(receivers_, [thread](const Receiver& receiver) { return receiver.thread == thread; });
}

/// All who would fit now, each for himself, may try; the others go to the end of the line.
void SystemVQueue::rouse_senders() {
  if (MUTANT(message_room_wakes_nobody)) return;
  const auto rest = std::stable_partition(senders_.begin(), senders_.end(),
                                          [this](const Sender& sender) { return has_room_for(sender.size); });
  for (auto sender = senders_.begin(); sender != rest; ++sender) roused_.push_back(sender->thread);
}

void SystemVQueue::set(int mode, std::size_t bytes) {
  permission.set_mode(mode);
  bytes_max_ = bytes;
  for (const Receiver& receiver : receivers_) roused_.push_back(receiver.thread);
  rouse_senders();
}

void SystemVQueue::remove() {
  if (MUTANT(message_removal_wakes_nobody)) return;
  for (const Receiver& receiver : receivers_) served_.emplace_back(receiver.thread, Errno{EIDRM});
  for (const Sender& sender : senders_) served_.emplace_back(sender.thread, Errno{EIDRM});
}

}  // namespace flinch::mechanisms
