// Memory that processes share: what shm_open(3) and memfd_create(2) give, with its seals (fcntl(2)).
#pragma once

#include <poll.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/mechanisms/answer.h"
#include "core/mechanisms/pipe.h"
#include "core/mechanisms/wake.h"

namespace flinch::mechanisms {

inline constexpr unsigned kSealExec = 0x20;  // F_SEAL_EXEC, which older headers lack

/// A file of memory. Pages of it lie in processes' memory (world.h, Page); whoever maps it counts that here.
class SharedMemory {
 public:
  enum class Executable : std::uint8_t { kNo, kYes };
  SharedMemory(unsigned seals, Executable executable) : seals_{seals}, executable_{executable} {}

  [[nodiscard]] std::size_t size() const { return size_; }
  /// ftruncate(2): EPERM against F_SEAL_GROW and F_SEAL_SHRINK. New pages are zeros.
  Answer<std::size_t> resize(std::size_t size);

  /// fallocate(2) up to `end`: EPERM against F_SEAL_GROW, even if the size stays.
  Answer<std::size_t> allocate(std::size_t end, bool keeps_size);
  /// FALLOC_FL_PUNCH_HOLE: zeros, and EPERM against seals.
  Answer<std::size_t> punch_hole(std::size_t offset, std::size_t size);

  /// Bytes from `offset` that exist. Memory goes on to the end of its last page, beyond the size.
  [[nodiscard]] Bytes read(std::size_t offset, std::size_t size) const;
  /// write(2): EPERM against seals.
  Answer<std::size_t> write(std::size_t offset, std::string_view from);

  /// Whether memory at `offset` can be touched: up to the end of the page that the size ends in (mmap(2),
  /// SIGBUS beyond).
  [[nodiscard]] bool has_page(std::size_t offset) const;
  /// Through a mapping. Preconditions: has_page(offset), and no more than that page.
  [[nodiscard]] Bytes load(std::size_t offset, std::size_t size) const;
  void store(std::size_t offset, std::string_view from);

  // ---- seals ----

  [[nodiscard]] unsigned seals() const { return seals_; }
  /// EINVAL, EPERM, and EBUSY for F_SEAL_WRITE while a page can be written through a mapping.
  Answer<int> add_seals(unsigned seals);
  [[nodiscard]] bool is_write_sealed() const;
  void count_writable_pages(int change) { writable_pages_ += change; }

  // ---- what any object is asked ----

  [[nodiscard]] std::size_t bytes_queued() const { return size(); }  // FIONREAD, less the position
  [[nodiscard]] static short events(Ends, std::uint64_t) {
    return POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
  }
  [[nodiscard]] static std::vector<Queue> watched(Ends) { return {}; }
  void remove(Ends) {}
  [[nodiscard]] static std::vector<Wake> take_wakes() { return {}; }

 private:
  void set_size(std::size_t size);

  Bytes pages_;  // whole ones: memory goes on to the end of the last
  std::size_t size_ = 0;
  unsigned seals_;
  Executable executable_;
  int writable_pages_ = 0;
};

}  // namespace flinch::mechanisms
