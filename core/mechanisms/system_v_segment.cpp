#include "core/mechanisms/system_v_segment.h"

#include <sys/ipc.h>
#include <sys/shm.h>

#include <algorithm>

#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {

Address SystemVSegment::extent() const {
  return (static_cast<Address>(size_) + kMemoryPage - 1) / kMemoryPage * kMemoryPage;
}

void SystemVSegment::attach(ProcessId process) {
  ++attached_;
  last_ = process;
  has_been_attached_ = true;
}

void SystemVSegment::detach(ProcessId process) {
  --attached_;
  if (!MUTANT(memory_detaches_unseen)) last_ = process;
  has_been_detached_ = true;
}

void SystemVSegment::remove() {
  permission.mode |= SHM_DEST;
  if (!MUTANT(memory_keeps_its_key)) permission.key = IPC_PRIVATE;
}

bool SystemVSegment::is_gone() const {
  return (permission.mode & SHM_DEST) != 0 && attached_ == 0 && !MUTANT(memory_never_goes);
}

Bytes SystemVSegment::read(std::size_t offset, std::size_t size) const {
  Bytes bytes = offset < memory_.size() ? memory_.substr(offset, size) : Bytes{};
  bytes.resize(size, 0);
  return bytes;
}

void SystemVSegment::write(std::size_t offset, std::string_view bytes) {
  if (MUTANT(memory_is_not_shared)) return;
  memory_.resize(std::max(memory_.size(), offset + bytes.size()), 0);
  memory_.replace(offset, bytes.size(), bytes);
}

}  // namespace flinch::mechanisms
