// Brings a process to sleep in any system call that can block, so that what a signal or a stop does to it
// can be seen.
#pragma once

#include <string>

#include "core/abi/syscall_table.h"

namespace flinch::conformance {

/// What outlives processes and calls: System V objects, and a FIFO that nobody has opened. One for each
/// process that is to block; gone with this.
class BlockingObjects {
 public:
  BlockingObjects();
  ~BlockingObjects();
  BlockingObjects(const BlockingObjects&) = delete;
  BlockingObjects& operator=(const BlockingObjects&) = delete;

  [[nodiscard]] int messages() const { return messages_; }
  [[nodiscard]] int semaphores() const { return semaphores_; }
  [[nodiscard]] const char* fifo() const { return fifo_.c_str(); }

 private:
  int messages_;
  int semaphores_;
  std::string folder_;
  std::string fifo_;
};

/// Whether a socket has SO_RCVTIMEO and SO_SNDTIMEO (an hour). Other calls wait without end.
enum class Timeout { kWithout, kWith };

/// Makes the call on something that never gets ready. Its result, with errno, should something end it;
/// -1 and ENOSYS where the kernel does not offer it here.
long block_in(Row row, Timeout timeout, const BlockingObjects& objects);

}  // namespace flinch::conformance
