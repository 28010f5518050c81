#include <sys/mman.h>
#include <sys/syscall.h>

#include "core/shim/shim.h"
#include "core/shim/x86_64/call.h"

// The unwinder's registry, where a program has one: libgcc's, in C++ programs.
extern "C" void __register_frame_info(const void* begin, void* object) __attribute__((weak));

namespace flinch {
namespace {

bool attached = false;  // survives fork, as the mappings do

/// Unwind information for the gateway page, so that a thread that is cancelled inside a call runs its
/// destructors: one common entry (the return address lies at the stack's top), one for the page.
struct [[gnu::packed]] UnwindTable {
  std::uint32_t common_length = 20;
  std::uint32_t common_id = 0;
  std::uint8_t version = 1;
  char augmentation = '\0';
  std::uint8_t code_alignment = 1;
  std::uint8_t data_alignment = 0x78;  // -8
  std::uint8_t return_register = 16;
  std::uint8_t define_cfa[3] = {0x0c, 7, 8};  // rsp + 8
  std::uint8_t offset[2] = {0x90, 1};         // the return address at cfa - 8
  std::uint8_t padding[6] = {};
  std::uint32_t length = 20;
  std::uint32_t common_offset = 28;
  std::uint64_t begin = kGatewayAddress;
  std::uint64_t range = 4096;
  std::uint32_t end = 0;
};
const UnwindTable unwind_table;
alignas(16) unsigned char unwind_object[128];

bool map_anonymous(std::uintptr_t address, std::size_t size) {
  constexpr unsigned long kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
  return visible_call(SYS_mmap, address, size, PROT_READ | PROT_WRITE, kFlags, -1UL, 0) ==
         static_cast<long>(address);
}

bool map_gateway() {
  if (!map_anonymous(kGatewayAddress, 4096)) return false;
  auto* code = reinterpret_cast<unsigned char*>(kGatewayAddress);
  for (std::size_t i = 0; i < sizeof kGatewayCode; ++i) code[i] = kGatewayCode[i];
  return visible_call(SYS_mprotect, kGatewayAddress, 4096, PROT_READ | PROT_EXEC) == 0;
}

bool map_shared(Hello what, std::uintptr_t address, std::size_t size, unsigned long protection) {
  const long fd = visible_call(kHelloNumber, static_cast<unsigned long>(what));
  if (fd < 0) return false;
  constexpr unsigned long kFlags = MAP_SHARED | MAP_FIXED_NOREPLACE | MAP_NORESERVE;
  const long at = exempt_call(SYS_mmap, address, size, protection, kFlags, static_cast<unsigned long>(fd), 0);
  exempt_call(SYS_close, static_cast<unsigned long>(fd));
  return at == static_cast<long>(address);
}

}  // namespace

bool is_attached() {
  return attached && *reinterpret_cast<const volatile std::uint32_t*>(kSandboxAddress) == 0;
}
const PlanImage& shared_plan() { return *reinterpret_cast<const PlanImage*>(kPlanAddress); }
ControlBlock& shared_control() { return *reinterpret_cast<ControlBlock*>(kControlAddress); }

namespace {

bool map_supervisors_memory() {
  if (!map_shared(Hello::kMapPlan, kPlanAddress, sizeof(PlanImage), PROT_READ)) return false;
  const std::size_t size = kControlSize + (shared_plan().logs_calls != 0 ? kRingsSize : 0);
  return shared_plan().magic == kPlanMagic &&
         map_shared(Hello::kMapControl, kControlAddress, size, PROT_READ | PROT_WRITE);
}

}  // namespace

bool attach(bool (*map_memory)()) {
  if (!map_gateway() || !map_anonymous(kPrivateAddress, kPrivateSize)) return false;
  // Written by the supervisor when the program puts itself into a sandbox; children inherit that.
  if (!map_anonymous(kSandboxAddress, 4096)) return false;
  // A forked child finds these pages empty, and asks who it is.
  exempt_call(SYS_madvise, kPrivateAddress, kPrivateSize, MADV_WIPEONFORK);
  if (!map_memory()) return false;
  attached = true;
  return true;
}

bool attach_to_supervisor() { return attach(map_supervisors_memory); }

/// Not when the shim is loaded: the registry's lock may be a sanitizer's, which is not there yet. The first
/// cancellation point of a program with threads comes in time.
void describe_gateway() {
  static std::atomic<bool> is_described;
  if (!attached || &__register_frame_info == nullptr || is_described.exchange(true)) return;
  __register_frame_info(&unwind_table, unwind_object);
}

}  // namespace flinch
