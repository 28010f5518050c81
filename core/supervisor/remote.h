// The program's memory and descriptors, from outside.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "core/common/fd.h"
#include "core/decision/decide.h"

namespace flinch {

/// Reads and writes another process' memory. An address of the program's is a number, never a pointer.
class RemoteMemory {
 public:
  explicit RemoteMemory(pid_t pid) : pid_{pid} {}
  /// False if any byte of the range can't be reached.
  bool read(std::uint64_t address, void* into, std::size_t size) const;
  bool write(std::uint64_t address, const void* from, std::size_t size) const;

 private:
  pid_t pid_;
};

struct LocalSyscall {
  long operator()(long number, unsigned long a = 0, unsigned long b = 0, unsigned long c = 0,
                  unsigned long d = 0, unsigned long e = 0, unsigned long f = 0) const;
};

/// What a decision needs to know of a thread that waits for its answer. Descriptors are duplicated for
/// the time of one decision.
class RemoteWorld {
 public:
  /// `pidfd` stays the caller's.
  RemoteWorld(pid_t tid, int pidfd, std::uint64_t restarting)
      : memory_{tid}, tid_{tid}, pidfd_{pidfd}, restarting_{restarting} {}

  ObjectIdentity identify(int fd);
  void look(int fd, Direction direction, ObjectView& object);
  ObjectIdentity identify_path(int directory, std::uint64_t path);
  std::uint32_t unix_peer(std::uint32_t inode) { return Probe{LocalSyscall{}}.unix_peer(inode); }
  SignalView signals();
  bool read(std::uint64_t address, void* into, std::size_t size) { return memory_.read(address, into, size); }

  /// Our duplicate of the program's descriptor; -1 if there is none.
  int local(int fd);
  /// Closes them. Before the program goes on: a duplicate of ours would keep a pipe open that it closes.
  void forget() { duplicates_.clear(); }

 private:
  struct Duplicate {
    int theirs;
    Fd ours;
  };
  RemoteMemory memory_;
  pid_t tid_;
  int pidfd_;
  std::uint64_t restarting_;
  std::vector<Duplicate> duplicates_;
};

/// Delivers the edge that a disturbed call consumed once more: every epoll instance of the process that
/// watches `fd` with EPOLLET is told the same interest again, which makes the kernel look at it afresh
/// (epoll(7)). Disarmed one-shot registrations stay disarmed. `watchers` is the control block's.
void owe_edge(RemoteWorld& world, pid_t tgid, int fd, std::uint64_t watchers);

}  // namespace flinch
