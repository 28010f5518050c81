// A set of System V semaphores (semop(2), semctl(2)): numbers that processes take from and add to, several in
// one step or none at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "core/mechanisms/ids.h"
#include "core/mechanisms/system_v_permission.h"

namespace flinch::mechanisms {

inline constexpr int kSemaphoreMax = 32767;  // SEMVMX, and SEMAEM: what can be undone

/// struct sembuf.
struct SemaphoreOperation {
  std::uint16_t number;
  std::int16_t change;
  std::int16_t flags;  // IPC_NOWAIT, SEM_UNDO
};

/// A set as the kernel keeps it. Whoever has to wait is listed here, and whoever makes it possible does it on
/// the waiter's behalf: a woken thread only learns that it is done.
class SystemVSemaphores {
 public:
  struct Request {
    ThreadId thread;
    ProcessId process;
    std::vector<SemaphoreOperation> operations;
    std::size_t blocking = 0;  // the operation that could not be done when this was last tried
  };
  enum class Patience : std::uint8_t { kNone, kEndless };

  SystemVSemaphores(SystemVPermission given, std::size_t count) : permission{given}, semaphores_(count) {}

  SystemVPermission permission;

  [[nodiscard]] std::size_t size() const { return semaphores_.size(); }
  /// A process that asks for SEM_UNDO is remembered, whatever comes of its call.
  void remember(ProcessId process);
  /// semop(2): 0 or an errno; nothing if it waits. Precondition: its semaphores are in the set.
  std::optional<int> operate(Request request, Patience patience);
  /// A thread that a signal has woken waits no longer.
  void leave(ThreadId thread);
  /// semctl(2).
  void set(std::size_t number, int value, ProcessId process);
  void set_all(const std::vector<std::uint16_t>& values, ProcessId process);
  [[nodiscard]] int value(std::size_t number) const { return semaphores_[number].value; }
  [[nodiscard]] ProcessId last(std::size_t number) const { return semaphores_[number].last; }
  enum class For : std::uint8_t { kIncrease, kZero };
  /// GETNCNT and GETZCNT: a thread waits for that one of its operations which could not be done.
  [[nodiscard]] int waiting(std::size_t number, For what) const;
  /// Whether sem_otime says anything.
  [[nodiscard]] bool has_operated() const { return has_operated_; }

  /// Takes back what the process did with SEM_UNDO, as far as 0 and SEMVMX let it.
  void end_process(ProcessId process);
  /// IPC_RMID: nobody waits any longer.
  void remove();

  /// Whose requests have ended since this was last asked, and how: 0 or an errno.
  std::vector<std::pair<ThreadId, int>> take_ended() { return std::exchange(ended_, {}); }

 private:
  struct Semaphore {
    int value = 0;
    ProcessId last = -1;  // who changed it, or waited for its zero with success
  };
  using Operations = std::vector<SemaphoreOperation>;

  std::optional<int> perform(Request& request);
  void serve(const Operations* changed);
  void serve_zero(const Operations* changed);
  void forget_adjustments(std::size_t number);

  std::vector<Semaphore> semaphores_;
  std::map<ProcessId, std::vector<int>> adjustments_;  // what SEM_UNDO will add, one a semaphore
  std::deque<Request> changers_;                       // waiting, first come first served
  std::deque<Request> watchers_;                       // waiting for zeros only
  bool has_operated_ = false;
  std::vector<std::pair<ThreadId, int>> ended_;
};

}  // namespace flinch::mechanisms
