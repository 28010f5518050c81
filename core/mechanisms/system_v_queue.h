// A System V message queue (msgsnd(2), msgrcv(2), msgctl(2)): messages with a type, taken by type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "core/mechanisms/answer.h"
#include "core/mechanisms/ids.h"
#include "core/mechanisms/system_v_permission.h"

namespace flinch::mechanisms {

/// A queue as the kernel keeps it. Receivers that wait are served by the sender: a message that somebody waits
/// for never lies in the queue. Senders that wait are only woken, and look again.
class SystemVQueue {
 public:
  struct Message {
    std::int64_t type;
    Bytes text;
    friend bool operator==(const Message&, const Message&) = default;
  };
  /// Which message msgrcv(2) takes.
  struct Choice {
    enum class How : std::uint8_t {
      kAny,
      kEqual,
      kExcept,  // MSG_EXCEPT
      kAtMost,  // of the lowest type there is, if that is not above
      kNumber,  // MSG_COPY: the n-th in the queue, from 0
    };
    How how;
    std::int64_t type;
    std::size_t size;  // of the receiver's memory
    bool truncates;    // MSG_NOERROR
  };

  SystemVQueue(SystemVPermission given, std::size_t bytes) : permission{given}, bytes_max_{bytes} {}

  SystemVPermission permission;

  // ---- what can be done now ----

  [[nodiscard]] bool has_room_for(std::size_t size) const;
  /// Gives the message to the first receiver who waits for such a one, or queues it. Precondition: there is
  /// room.
  void send(Message message, ProcessId sender);
  /// Takes a message, E2BIG if it does not fit; Blocked if there is none to take.
  Answer<Message> receive(const Choice& choice, ProcessId receiver);
  /// MSG_COPY: the message stays.
  [[nodiscard]] Answer<Message> copy(const Choice& choice) const;

  // ---- waiting, at the end of the line ----

  void await_room(ThreadId sender, std::size_t size) { senders_.push_back({sender, size}); }
  void await_message(ThreadId thread, ProcessId process, const Choice& choice);
  /// A thread that looks again is in no line until it has to wait once more.
  void leave(ThreadId thread);

  // ---- msgctl(2) ----

  /// IPC_SET. Everybody who waits may look again: mode or room could have changed.
  void set(int mode, std::size_t bytes);
  /// IPC_RMID: nobody waits any longer.
  void remove();
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] std::size_t bytes_max() const { return bytes_max_; }
  [[nodiscard]] std::size_t count() const { return messages_.size(); }
  [[nodiscard]] std::optional<ProcessId> last_sender() const { return last_sender_; }
  [[nodiscard]] std::optional<ProcessId> last_receiver() const { return last_receiver_; }

  /// Whose calls have ended since this was last asked: with a message or an errno.
  std::vector<std::pair<ThreadId, Answer<Message>>> take_served() { return std::exchange(served_, {}); }
  /// Who may look again.
  std::vector<ThreadId> take_roused() { return std::exchange(roused_, {}); }

 private:
  struct Sender {
    ThreadId thread;
    std::size_t size;
  };
  struct Receiver {
    ThreadId thread;
    ProcessId process;
    Choice choice;
  };

  [[nodiscard]] std::deque<Message>::const_iterator find(const Choice& choice) const;
  bool serve(const Message& message);
  void rouse_senders();

  std::deque<Message> messages_;
  std::size_t bytes_ = 0;
  std::size_t bytes_max_;  // msg_qbytes
  std::deque<Sender> senders_;
  std::deque<Receiver> receivers_;
  std::optional<ProcessId> last_sender_;
  std::optional<ProcessId> last_receiver_;
  std::vector<std::pair<ThreadId, Answer<Message>>> served_;
  std::vector<ThreadId> roused_;
};

}  // namespace flinch::mechanisms
