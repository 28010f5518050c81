// A System V shared memory segment (shmget(2), shmop(2)) and where processes have it in their memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/mechanisms/answer.h"
#include "core/mechanisms/ids.h"
#include "core/mechanisms/system_v_permission.h"

namespace flinch::mechanisms {

/// An address in a world: the same in every process, and 0 for none.
using Address = std::int64_t;
inline constexpr Address kMemoryPage = 4096;  // SHMLBA as well

/// Memory without a process. It is there until it is removed and nobody has it attached.
class SystemVSegment {
 public:
  SystemVSegment(SystemVPermission given, std::size_t size, ProcessId creator)
      : permission{given}, size_{size}, creator_{creator} {}

  SystemVPermission permission;

  [[nodiscard]] std::size_t size() const { return size_; }
  /// Attached are whole pages.
  [[nodiscard]] Address extent() const;
  [[nodiscard]] ProcessId creator() const { return creator_; }
  /// Whoever attached or detached it last.
  [[nodiscard]] std::optional<ProcessId> last() const { return last_; }
  [[nodiscard]] int attached() const { return attached_; }
  [[nodiscard]] bool has_been_attached() const { return has_been_attached_; }
  [[nodiscard]] bool has_been_detached() const { return has_been_detached_; }

  void attach(ProcessId process);
  void detach(ProcessId process);
  /// IPC_RMID: nobody finds it by its key any more.
  void remove();
  /// It was removed, and the last one has let go of it.
  [[nodiscard]] bool is_gone() const;

  /// Untouched memory is all zeros. Precondition: within extent().
  [[nodiscard]] Bytes read(std::size_t offset, std::size_t size) const;
  void write(std::size_t offset, std::string_view bytes);

 private:
  std::size_t size_;
  ProcessId creator_;
  std::optional<ProcessId> last_;
  int attached_ = 0;
  bool has_been_attached_ = false;
  bool has_been_detached_ = false;
  Bytes memory_;  // up to the last byte that was ever written
};

/// A range of a process's memory that shows a part of a segment; the whole, until another is put over it.
struct SystemVAttachment {
  Address begin;
  Address end;
  int segment;
  Address offset;  // of `begin` in the segment
  bool is_writable;
  int origin;  // the shmat(2) that made it, in this process or in the one that it was forked from

  /// Where the segment's first byte would be.
  [[nodiscard]] Address base() const { return begin - offset; }
};

/// All of a process, by address; none lies over another.
using SystemVAttachments = std::vector<SystemVAttachment>;

}  // namespace flinch::mechanisms
