#include "core/supervisor/exec_image.h"

#include <elf.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/user.h>

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <vector>

#include "core/supervisor/remote.h"

namespace flinch {
namespace {

/// The words that the kernel puts at the stack's top: argc, argv, envp, auxv (ABI of x86-64, 3.4.1).
struct InitialStack {
  std::vector<std::uint64_t> words;
  std::size_t environment = 0;  // index of the first variable
  std::size_t auxiliary = 0;    // index of the first pair
};

/// Makes sure that word `index` is there, a page at a time: the stack's end is a page's end.
bool load(const RemoteMemory& memory, std::uint64_t top, InitialStack& stack, std::size_t index) {
  constexpr std::size_t kWordsMax = 1U << 20;
  while (stack.words.size() <= index) {
    const std::size_t have = stack.words.size();
    const std::uint64_t at = top + have * 8;
    const std::size_t count = (4096 - at % 4096) / 8;
    stack.words.resize(have + count);
    if (have > kWordsMax || !memory.read(at, stack.words.data() + have, count * 8)) return false;
  }
  return true;
}

bool read_stack(const RemoteMemory& memory, std::uint64_t top, InitialStack& stack) {
  std::size_t at = 0;
  const auto skip_past_null = [&] {
    do {
      if (!load(memory, top, stack, at)) return false;
    } while (stack.words[at++] != 0);
    return true;
  };
  if (!load(memory, top, stack, 0)) return false;
  at = 1 + stack.words[0];
  if (!skip_past_null()) return false;
  stack.environment = at;
  if (!skip_past_null()) return false;
  stack.auxiliary = at;
  do {
    if (!load(memory, top, stack, at + 1)) return false;
    at += 2;
  } while (stack.words[at - 2] != AT_NULL);
  stack.words.resize(at);
  return true;
}

std::uint64_t auxiliary(const InitialStack& stack, std::uint64_t type) {
  for (std::size_t i = stack.auxiliary; i + 1 < stack.words.size(); i += 2)
    if (stack.words[i] == type) return stack.words[i + 1];
  return 0;
}

/// The program's own LD_PRELOAD: its index in the environment, 0 if it has none.
std::size_t own_preload(const RemoteMemory& memory, const InitialStack& stack, std::string& value) {
  constexpr char kName[] = "LD_PRELOAD=";
  for (std::size_t i = stack.environment; stack.words[i] != 0; ++i) {
    char head[sizeof kName - 1];
    if (!memory.read(stack.words[i], head, sizeof head) || std::memcmp(head, kName, sizeof head) != 0)
      continue;
    for (std::uint64_t at = stack.words[i] + sizeof head; value.size() < 65536; ++at) {
      char letter = 0;
      if (!memory.read(at, &letter, 1) || letter == '\0') break;
      value.push_back(letter);
    }
    return i;
  }
  return 0;
}

/// gcc's AddressSanitizer wants to be the first library of all: its name, if the program needs it.
std::string first_library(pid_t tid) {
  std::ifstream file("/proc/" + std::to_string(tid) + "/exe", std::ios::binary);
  Elf64_Ehdr header{};
  if (!file.read(reinterpret_cast<char*>(&header), sizeof header) || header.e_shentsize != sizeof(Elf64_Shdr))
    return {};
  for (unsigned i = 0; i < header.e_shnum; ++i) {
    Elf64_Shdr section{};
    file.seekg(static_cast<std::streamoff>(header.e_shoff + i * sizeof section));
    if (!file.read(reinterpret_cast<char*>(&section), sizeof section)) return {};
    constexpr std::uint64_t kLargest = 16U << 20;
    if (section.sh_type != SHT_STRTAB || (section.sh_flags & SHF_ALLOC) == 0 || section.sh_size > kLargest)
      continue;
    // .dynstr: the names of needed libraries stand in it as they are.
    std::string names(section.sh_size, '\0');
    file.seekg(static_cast<std::streamoff>(section.sh_offset));
    if (!file.read(names.data(), static_cast<std::streamsize>(names.size()))) return {};
    const std::size_t at = names.find("libasan.so.");
    return at == std::string::npos ? std::string{} : std::string{names.c_str() + at} + ":";
  }
  return {};
}

bool is_visible(pid_t tid, const std::string& library) {
  struct stat ours {};
  struct stat theirs {};
  return stat(library.c_str(), &ours) == 0 &&
         stat(("/proc/" + std::to_string(tid) + "/root" + library).c_str(), &theirs) == 0 &&
         ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev;
}

/// Two more variables (one keeps the stack pointer's alignment), and their strings behind the block.
bool rewrite(const RemoteMemory& memory, user_regs_struct& registers, InitialStack& stack,
             const std::string& first, const std::string& library) {
  std::string theirs;
  const std::size_t own = own_preload(memory, stack, theirs);
  const std::string variable = "LD_PRELOAD=" + first + library + (own != 0 ? ":" + theirs : "");
  char mark[64];
  std::snprintf(mark, sizeof mark, "FLINCH_SHIM=%" PRIx64, own != 0 ? stack.words[own] : 0);
  std::string strings = variable + '\0' + mark + '\0';
  strings.resize((strings.size() + 15) & ~std::size_t{15});
  const std::uint64_t top = registers.rsp - 16 - strings.size();
  const std::uint64_t text = registers.rsp + stack.words.size() * 8 - strings.size();
  const std::uint64_t mark_at = text + variable.size() + 1;
  std::vector<std::uint64_t> words = stack.words;
  const auto end = words.begin() + static_cast<std::ptrdiff_t>(stack.auxiliary - 1);
  if (own != 0) words[own] = text;
  // With an LD_PRELOAD of its own the program's place is used, and the mark stands in both new places.
  words.insert(end, {own != 0 ? mark_at : text, mark_at});
  if (!memory.write(top, words.data(), words.size() * 8) ||
      !memory.write(text, strings.data(), strings.size()))
    return false;
  registers.rsp = top;
  return true;
}

}  // namespace

PreloadOutcome preload(pid_t tid, const std::string& library) {
  constexpr std::uint64_t kCodeSegment64 = 0x33;
  user_regs_struct registers{};
  if (ptrace(PTRACE_GETREGS, tid, nullptr, &registers) != 0) return PreloadOutcome::kUnreachable;
  if (registers.cs != kCodeSegment64) return PreloadOutcome::kNotNative;
  const RemoteMemory memory{tid};
  InitialStack stack;
  if (!read_stack(memory, registers.rsp, stack)) return PreloadOutcome::kUnreachable;
  if (auxiliary(stack, AT_BASE) == 0) return PreloadOutcome::kStatic;
  if (auxiliary(stack, AT_SECURE) != 0) return PreloadOutcome::kSecure;
  if (library.empty() || !is_visible(tid, library) ||
      !rewrite(memory, registers, stack, first_library(tid), library))
    return PreloadOutcome::kUnreachable;
  return ptrace(PTRACE_SETREGS, tid, nullptr, &registers) == 0 ? PreloadOutcome::kPreloaded
                                                               : PreloadOutcome::kUnreachable;
}

}  // namespace flinch
