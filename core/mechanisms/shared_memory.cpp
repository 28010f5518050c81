#include "core/mechanisms/shared_memory.h"

#include <errno.h>
#include <fcntl.h>

#include <algorithm>

#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {
namespace {

constexpr unsigned kAgainstWriting = F_SEAL_WRITE | F_SEAL_FUTURE_WRITE;
constexpr unsigned kAllSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | kAgainstWriting | kSealExec;

}  // namespace

Answer<std::size_t> SharedMemory::resize(std::size_t size) {
  if (size > size_ && (seals_ & F_SEAL_GROW) != 0 && !MUTANT(shm_grows_sealed)) return Errno{EPERM};
  if (size < size_ && (seals_ & F_SEAL_SHRINK) != 0) return Errno{EPERM};
  // Cutting clears the rest of the last page, even if the size stays; growing shows what was stored there.
  if (size <= size_) pages_.resize(size);
  set_size(size);
  return size;
}

Answer<std::size_t> SharedMemory::allocate(std::size_t end, bool keeps_size) {
  if (end <= size_) return size_;
  if ((seals_ & F_SEAL_GROW) != 0) return Errno{EPERM};
  if (!keeps_size && !MUTANT(shm_allocates_without_size)) set_size(end);
  return size_;
}

Answer<std::size_t> SharedMemory::punch_hole(std::size_t offset, std::size_t size) {
  if (is_write_sealed() && !MUTANT(shm_punches_sealed)) return Errno{EPERM};
  if (offset < pages_.size())
    std::fill_n(pages_.begin() + static_cast<std::ptrdiff_t>(offset), std::min(size, pages_.size() - offset),
                '\0');
  return size;
}

void SharedMemory::set_size(std::size_t size) {
  size_ = size;
  pages_.resize((size + kPageSize - 1) / kPageSize * kPageSize, MUTANT(shm_grows_with_rubbish) ? '?' : '\0');
}

Bytes SharedMemory::read(std::size_t offset, std::size_t size) const {
  return offset >= size_ ? Bytes{} : pages_.substr(offset, std::min(size, size_ - offset));
}

Answer<std::size_t> SharedMemory::write(std::size_t offset, std::string_view from) {
  if (from.empty()) return std::size_t{0};
  if (is_write_sealed()) return Errno{EPERM};
  // Page by page, so that one that would grow the file ends it early.
  std::size_t written = 0;
  while (written < from.size()) {
    const std::size_t at = offset + written;
    const std::size_t count = std::min(from.size() - written, kPageSize - at % kPageSize);
    if (at + count > size_) {
      if ((seals_ & F_SEAL_GROW) != 0) break;
      set_size(at + count);
    }
    store(at, from.substr(written, count));
    written += count;
  }
  if (written == 0) return Errno{EPERM};
  return written;
}

bool SharedMemory::has_page(std::size_t offset) const {
  return offset < pages_.size() || MUTANT(shm_has_no_end);
}

Bytes SharedMemory::load(std::size_t offset, std::size_t size) const {
  Bytes bytes = offset < pages_.size() ? pages_.substr(offset, size) : Bytes{};
  bytes.resize(size, 0);
  return bytes;
}

void SharedMemory::store(std::size_t offset, std::string_view from) {
  if (offset < pages_.size()) pages_.replace(offset, from.size(), from);
}

bool SharedMemory::is_write_sealed() const {
  return (seals_ & (MUTANT(shm_future_write_is_nothing) ? unsigned{F_SEAL_WRITE} : kAgainstWriting)) != 0;
}

Answer<int> SharedMemory::add_seals(unsigned seals) {
  if ((seals & ~kAllSeals) != 0) return Errno{EINVAL};
  if ((seals_ & F_SEAL_SEAL) != 0 && !MUTANT(shm_seals_after_seal)) return Errno{EPERM};
  // Nobody may write what somebody runs.
  if ((seals & kSealExec) != 0 && executable_ == Executable::kYes)
    seals |= F_SEAL_SHRINK | F_SEAL_GROW | kAgainstWriting;
  const bool stops_writing = (seals & F_SEAL_WRITE) != 0 && (seals_ & F_SEAL_WRITE) == 0;
  if (stops_writing && writable_pages_ > 0 && !MUTANT(shm_seals_while_mapped)) return Errno{EBUSY};
  seals_ |= seals;
  return 0;
}

}  // namespace flinch::mechanisms
