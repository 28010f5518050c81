#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/mman.h>

#include <cstdlib>

#include "conformance/calls/calls.h"
#include "conformance/report/driver.h"
#include "conformance/report/report.h"
#include "conformance/scripts/payload.h"

namespace flinch::conformance {
namespace {

// Each step's memory lies where the program will have it, so that pointers in it need no change.
constexpr std::uintptr_t kMemory = 0x100000000000;
constexpr std::size_t kStride = (sizeof(Slot) + 4095) / 4096 * 4096;

/// Memory at a step's place, all zeros, for as long as it is encoded and read.
class StepMemory {
 public:
  explicit StepMemory(std::size_t step) {
    void* place = reinterpret_cast<void*>(kMemory + step * kStride);  // NOLINT
    memory_ = mmap(place, kStride, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (memory_ != place) std::abort();
  }
  ~StepMemory() { munmap(memory_, kStride); }
  StepMemory(const StepMemory&) = delete;
  StepMemory& operator=(const StepMemory&) = delete;
  [[nodiscard]] Slot& slot() const { return *static_cast<Slot*>(memory_); }

 private:
  void* memory_;
};

std::string in_c(const std::string& text) {
  std::string quoted;
  for (const char byte : text) {
    if (byte == '"' || byte == '\\') quoted += '\\';
    quoted += byte;
  }
  return '"' + quoted + '"';
}

/// A run of bytes that are not 0: data of the script's, or part of a struct.
std::string statement_for(const char* place, std::size_t size, std::size_t step) {
  const auto address = reinterpret_cast<std::uintptr_t>(place);
  const Bytes data{place, size};
  if (size >= 8 && data == payload(static_cast<int>(step), size))
    return fmt::format("  fill({:#x}, {}, {});\n", address, size, step);
  std::string bytes;
  for (const char byte : data) bytes += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
  return fmt::format("  put({:#x}, \"{}\", {});\n", address, bytes, size);
}

std::string statements_for(const char* place, std::size_t size, std::size_t step) {
  std::string text;
  const char* const end = place + size;
  while (place < end) {
    const char* const begin = std::find_if(place, end, [](char byte) { return byte != 0; });
    place = std::find(begin, end, '\0');
    if (begin != place) text += statement_for(begin, static_cast<std::size_t>(place - begin), step);
  }
  return text;
}

/// A function that puts a step's memory in order, and the step's row.
struct StepText {
  std::string function;
  std::string row;
};

StepText text_of(const Step& step, std::size_t number, int& next_thread) {
  const StepMemory memory{number};
  Slot& slot = memory.slot();
  encode_call(step.call, slot);
  const std::string statements =
      statements_for(slot.arena, kArenaSize, number) + statements_for(slot.lent, slot.lent_size, number);
  const std::string name = statements.empty() ? "NULL" : fmt::format("prepare_{}", number);
  const bool forks = slot.kind == Slot::Kind::kFork;
  const char* kind = forks                                 ? "FORK"
                     : slot.kind == Slot::Kind::kExit      ? "EXIT"
                     : slot.kind == Slot::Kind::kSigaction ? "SIGACTION"
                                                           : "SYSTEM_CALL";
  StepText text;
  if (!statements.empty()) text.function = fmt::format("static void {}(void) {{\n{}}}\n", name, statements);
  text.row = fmt::format("    {{{}, {}, {}, {}, {}, {{{}}}, {}, {}, {}}},\n", step.thread, kind,
                         forks ? next_thread++ : 0, in_c(show_call(step.call)), slot.number,
                         fmt::join(slot.arguments, ", "), slot.process_arguments, slot.group_arguments, name);
  return text;
}

}  // namespace

std::string as_c_program(const Report& report, const std::string& mechanism, const Divergence& divergence) {
  std::string functions;
  std::string rows;
  int next_thread = 1;
  for (std::size_t i = 0; i < divergence.steps.size(); ++i) {
    const auto [function, row] = text_of(divergence.steps[i], i, next_thread);
    functions += function;
    rows += row;
  }
  return fmt::format(
      "/* {} on Linux {}: found by `flinch conformance`, version {}, seed {}.\n"
      " * After the last call Linux's manual pages and flinch's model have\n"
      " *   {}\n"
      " * and this kernel\n"
      " *   {}\n"
      " */\n"
      "{}\n{}\nstatic const struct step steps[] = {{\n{}}};\n\n"
      "#define MEMORY {:#x}UL\n#define MEMORY_SIZE {}UL\n#define DESCRIPTORS {}\n{}",
      mechanism, report.kernel, report.flinch, report.seed, divergence.expected, divergence.got,
      kDriverBefore, functions, rows, kMemory, kStride * divergence.steps.size(), kDescriptors, kDriverAfter);
}

}  // namespace flinch::conformance
