// Is a notified call a new one, or one that a handler interrupted and that the kernel makes again
// (SA_RESTART)? Through the shim's gateway nobody sees the difference, so tier 0 must not count twice.
//
// rt_sigreturn(2) would tell, but it must not be notified: a second signal would make it answer EINTR, and
// the program would run into the void behind it. But the frame from which the handler returned still lies
// below the stack pointer, in memory that belongs to nobody: it says where the thread went back to.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>

#include "core/supervisor/supervisor_impl.h"

namespace flinch {
namespace {

// Words of struct sigcontext (asm/sigcontext.h), counted from its first.
constexpr std::size_t kRax = 13;
constexpr std::size_t kRsp = 15;
constexpr std::size_t kRip = 16;
constexpr std::size_t kRedZone = 128;
// Frame and saved registers, with AVX-512 and AMX; most processors need the nearer part only.
constexpr std::size_t kDepths[] = {4096, 16384};

std::uint64_t stack_pointer(pid_t tid) {
  std::ifstream file("/proc/" + std::to_string(tid) + "/syscall");
  std::string line;
  std::getline(file, line);
  unsigned long pointer = 0;
  return std::sscanf(line.c_str(), "%*d %*s %*s %*s %*s %*s %*s %lx", &pointer) == 1 ? pointer : 0;
}

/// Address of the saved instruction pointer in a frame that leads back to the call; 0 if there is none.
std::uint64_t find_frame(const RemoteMemory& memory, std::uint64_t top, const Notified& call) {
  for (const std::size_t depth : kDepths) {
    const std::uint64_t bottom = (top - kRedZone - depth) & ~std::uint64_t{7};
    std::vector<std::uint64_t> words(depth / 8);
    if (!memory.read(bottom, words.data(), depth)) continue;
    for (std::size_t i = kRip; i < words.size(); ++i) {
      const std::uint64_t* context = &words[i - kRip];
      if (context[kRip] == call.pointer - 2 && context[kRax] == static_cast<std::uint64_t>(call.number) &&
          context[kRsp] == top)
        return bottom + i * 8;
    }
  }
  return 0;
}

}  // namespace

bool Supervisor::is_made_again(Thread& thread, const seccomp_notif& notification) {
  if (thread.process->signals->restarting == 0) return false;
  Notified call{notification.data.nr, notification.data.instruction_pointer, {}};
  for (std::size_t i = 0; i < 6; ++i) call.args[i] = notification.data.args[i];
  if (std::ranges::find(thread.last, call) == thread.last.end()) return false;
  const std::uint64_t top = stack_pointer(thread.tid);
  const RemoteMemory memory{thread.tid};
  const std::uint64_t frame = top == 0 ? 0 : find_frame(memory, top, call);
  if (frame == 0) return false;
  // Once is enough: the next call from here is a new one.
  constexpr std::uint64_t kNowhere = 0;
  memory.write(frame, &kNowhere, sizeof kNowhere);
  return true;
}

}  // namespace flinch
