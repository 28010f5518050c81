// The plan for a tree without a supervisor: compiled by the command, in a process of its own, because the
// parser needs all that the shim must not have. Nothing is mapped or running yet but the loader.
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "core/shim/shim.h"
#include "core/shim/standalone.h"
#include "core/shim/x86_64/call.h"

namespace flinch {
namespace {

constexpr std::size_t kPathMax = 4096;
constexpr int kNoCommand = 127;
constexpr int kSaidWhy = 125;

template <typename T>
unsigned long word(T* pointer) {
  return reinterpret_cast<unsigned long>(pointer);
}

/// Picks one line's address range and path out of /proc/self/maps, a character at a time.
class MapsLine {
 public:
  /// True at the end of the line that has `address`, when path() is that of its file.
  bool add(char letter, std::uintptr_t address) {
    if (letter == '\n') {
      path_[length_] = '\0';
      const bool is_it = begin_ <= address && address < end_ && length_ > 0;
      if (!is_it) field_ = 0, begin_ = end_ = 0, length_ = 0;
      return is_it;
    }
    constexpr int kPathField = 6;  // range, rights, offset, device, inode, path
    if (field_ >= kPathField || letter == '/') {
      field_ = kPathField;
      if (length_ < kPathMax - 1) path_[length_++] = letter;
    } else if (letter == ' ') {
      field_ = field_ < 2 ? 2 : field_;
    } else if (letter == '-' && field_ == 0) {
      field_ = 1;
    } else if (field_ < 2) {
      std::uintptr_t& number = field_ == 0 ? begin_ : end_;
      number = number * 16 + static_cast<std::uintptr_t>(letter <= '9' ? letter - '0' : letter - 'a' + 10);
    }
    return false;
  }
  [[nodiscard]] const char* path() const { return path_; }

 private:
  int field_ = 0;
  std::uintptr_t begin_ = 0;
  std::uintptr_t end_ = 0;
  std::size_t length_ = 0;
  char path_[kPathMax] = {};
};

/// The folder of the shim's own file, with the slash at its end. Empty if it cannot be found out.
void own_folder(char (&folder)[kPathMax]) {
  folder[0] = '\0';
  const long fd = visible_call(SYS_open, word("/proc/self/maps"), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  MapsLine line;
  const auto here = reinterpret_cast<std::uintptr_t>(&own_folder);
  char buffer[1024];
  bool is_found = false;
  long size = 0;
  while (!is_found &&
         (size = visible_call(SYS_read, static_cast<unsigned long>(fd), word(buffer), sizeof buffer)) > 0)
    for (long i = 0; i < size && !is_found; ++i) is_found = line.add(buffer[i], here);
  visible_call(SYS_close, static_cast<unsigned long>(fd));
  if (!is_found) return;
  std::size_t end = 0;
  for (std::size_t i = 0; line.path()[i] != '\0'; ++i) {
    folder[i] = line.path()[i];
    if (folder[i] == '/') end = i + 1;
  }
  folder[end] = '\0';
}

bool begins(const char* text, const char* prefix) {
  for (; *prefix != '\0'; ++text, ++prefix)
    if (*text != *prefix) return false;
  return true;
}

/// In the child, whose memory is its own: becomes `flinch compile-plan`, wherever that lies.
[[noreturn]] void become_command(long output, const char* plan, char** environment) {
  // Without the descriptor's close-on-exec mark, also where it is standard output already.
  if (output == 1)
    visible_call(SYS_fcntl, 1, F_SETFD, 0);
  else
    visible_call(SYS_dup2, static_cast<unsigned long>(output), 1);
  char** to = environment;
  for (char** at = environment; *at != nullptr; ++at)
    if (!begins(*at, "LD_PRELOAD=") && !begins(*at, "FLINCH_PLAN=")) *to++ = *at;
  *to = nullptr;
  char path[kPathMax];
  own_folder(path);
  std::size_t end = 0;
  while (path[end] != '\0') ++end;
  for (const char* place :
       {"flinch", "../bin/flinch", "../../bin/flinch", "../cli/flinch", "../../cli/flinch"}) {
    std::size_t size = end;
    if (end == 0 || size + 20 > kPathMax) break;
    for (const char* letter = place; *letter != '\0'; ++letter) path[size++] = *letter;
    path[size] = '\0';
    const char* const arguments[] = {path, "compile-plan", plan, nullptr};
    visible_call(SYS_execve, word(path), word(arguments), word(environment));
  }
  visible_call(SYS_exit_group, kNoCommand);
  __builtin_unreachable();
}

/// A child's exit status, -1 if it did not end by itself.
int wait_for(long child) {
  constexpr unsigned long kAllKinds = 0x40000000;  // __WALL: also one that ends without a signal
  constexpr long kInterrupted = -4;
  int status = -1;
  while (visible_call(SYS_wait4, static_cast<unsigned long>(child), word(&status), kAllKinds, 0) ==
         kInterrupted)
    continue;
  return (status & 0x7f) == 0 ? status >> 8 & 0xff : -1;
}

/// The child that the program must not hear of: it ends without SIGCHLD, and is there to be waited for even
/// if that is ignored. The command itself can't be it, because an exec sets that signal anew.
[[noreturn]] void run_command(long output, const char* plan, char** environment) {
  const unsigned long none[4] = {};
  visible_call(SYS_rt_sigaction, SIGCHLD, word(none), 0, sizeof none[0]);
  const long command = visible_call(SYS_clone, SIGCHLD, 0, 0, 0, 0);
  if (command == 0) become_command(output, plan, environment);
  visible_call(SYS_exit_group, static_cast<unsigned long>(command > 0 ? wait_for(command) : -1));
  __builtin_unreachable();
}

/// Reads up to `size` bytes and to the end; how many there were.
std::size_t read_all(long fd, char* into, std::size_t size) {
  constexpr long kInterrupted = -4;  // EINTR
  std::size_t done = 0;
  char rest[64];
  for (;;) {
    const bool is_full = done >= size;
    const long got = visible_call(SYS_read, static_cast<unsigned long>(fd),
                                  word(is_full ? rest : into + done), is_full ? sizeof rest : size - done);
    if (got == kInterrupted) continue;
    if (got <= 0) return done;
    done += static_cast<std::size_t>(got);
  }
}

}  // namespace

bool map_compiled_plan(const char* path, char** environment) {
  constexpr unsigned long kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
  int ends[2] = {};
  if (visible_call(SYS_mmap, kPlanAddress, sizeof(PlanImage), PROT_READ | PROT_WRITE, kFlags, -1UL, 0) !=
          static_cast<long>(kPlanAddress) ||
      visible_call(SYS_pipe2, word(ends), O_CLOEXEC) != 0) {
    say("there is no memory or no pipe for the plan ", path);
    return false;
  }
  const long child = visible_call(SYS_clone, 0, 0, 0, 0, 0);
  if (child == 0) run_command(ends[1], path, environment);
  visible_call(SYS_close, static_cast<unsigned long>(ends[1]));
  const std::size_t size = read_all(ends[0], reinterpret_cast<char*>(kPlanAddress), sizeof(PlanImage));
  visible_call(SYS_close, static_cast<unsigned long>(ends[0]));
  const int status = child > 0 ? wait_for(child) : -1;
  if (status == kSaidWhy) return false;
  if (status == kNoCommand) {
    say("FLINCH_PLAN needs the flinch command beside libflinch_preload.so, and there is none");
    return false;
  }
  if (status != 0 || size != sizeof(PlanImage) || shared_plan().magic != kPlanMagic) {
    say("the flinch command beside libflinch_preload.so did not compile the plan ", path);
    return false;
  }
  return visible_call(SYS_mprotect, kPlanAddress, sizeof(PlanImage), PROT_READ) == 0;
}

}  // namespace flinch
