// The plan and the control block as descriptors that programs map, and as the supervisor's own views.
#pragma once

#include <memory>

#include "core/abi/control_block.h"
#include "core/common/fd.h"
#include "core/common/result.h"

namespace flinch {

class SharedMemory {
 public:
  static Result<std::unique_ptr<SharedMemory>> create(const PlanImage& plan);
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  ~SharedMemory();

  [[nodiscard]] int plan_fd() const { return plan_fd_.get(); }
  [[nodiscard]] int control_fd() const { return control_fd_.get(); }
  [[nodiscard]] ControlBlock& control() { return *control_; }
  /// The ring of a slot; only with a plan that logs calls.
  [[nodiscard]] const Event* ring(std::uint32_t slot) const;

 private:
  SharedMemory() = default;
  Fd plan_fd_;
  Fd control_fd_;
  ControlBlock* control_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace flinch
