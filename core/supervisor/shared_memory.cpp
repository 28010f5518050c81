#include "core/supervisor/shared_memory.h"

#include <sys/mman.h>
#include <unistd.h>

namespace flinch {

Result<std::unique_ptr<SharedMemory>> SharedMemory::create(const PlanImage& plan) {
  std::unique_ptr<SharedMemory> memory{new SharedMemory};
  memory->plan_fd_ = Fd::moved_up(memfd_create("flinch-plan", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  memory->control_fd_ = Fd::moved_up(memfd_create("flinch-control", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  memory->size_ = kControlSize + (plan.logs_calls != 0 ? kRingsSize : 0);
  const auto size = static_cast<off_t>(memory->size_);
  if (!memory->plan_fd_ || !memory->control_fd_ || ftruncate(memory->control_fd_.get(), size) != 0 ||
      write(memory->plan_fd_.get(), &plan, sizeof plan) != static_cast<ssize_t>(sizeof plan))
    return fail("no memory to share with the program");
  // Sealed: a program that maps them can neither change the plan nor cut memory off under our feet.
  fcntl(memory->plan_fd_.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
  fcntl(memory->control_fd_.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
  void* view = mmap(nullptr, memory->size_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE,
                    memory->control_fd_.get(), 0);
  if (view == MAP_FAILED) return fail("can't map the control block");
  memory->control_ = static_cast<ControlBlock*>(view);
  memory->control_->magic = kPlanMagic;
  return memory;
}

SharedMemory::~SharedMemory() {
  if (control_ != nullptr) munmap(control_, size_);
}

const Event* SharedMemory::ring(std::uint32_t slot) const {
  const auto* base = reinterpret_cast<const char*>(control_) + kControlSize;
  return reinterpret_cast<const Event*>(base + slot * kRingSize);
}

}  // namespace flinch
