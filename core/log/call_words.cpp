// Words of numbers that mean something in one call only.
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <linux/openat2.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <span>

#include "core/log/symbols.h"

namespace flinch {
namespace {

struct Word {
  std::int64_t value;
  const char* text;
};
#define WORD(constant) \
  Word { static_cast<std::int64_t>(constant), #constant }

constexpr Word kCloseRange[] = {WORD(CLOSE_RANGE_UNSHARE), WORD(CLOSE_RANGE_CLOEXEC)};
constexpr Word kReadWrite[] = {WORD(RWF_HIPRI), WORD(RWF_DSYNC), WORD(RWF_SYNC), WORD(RWF_NOWAIT),
                               WORD(RWF_APPEND)};
constexpr Word kAt[] = {WORD(AT_EMPTY_PATH), WORD(AT_SYMLINK_NOFOLLOW)};
constexpr Word kResolve[] = {WORD(RESOLVE_NO_XDEV), WORD(RESOLVE_NO_MAGICLINKS), WORD(RESOLVE_NO_SYMLINKS),
                             WORD(RESOLVE_BENEATH), WORD(RESOLVE_IN_ROOT),       WORD(RESOLVE_CACHED)};
constexpr Word kSeals[] = {WORD(F_SEAL_SEAL), WORD(F_SEAL_SHRINK), WORD(F_SEAL_GROW), WORD(F_SEAL_WRITE),
                           WORD(F_SEAL_FUTURE_WRITE)};
constexpr Word kIdTypes[] = {WORD(P_ALL), WORD(P_PID), WORD(P_PGID), WORD(P_PIDFD)};
constexpr Word kTimers[] = {WORD(ITIMER_REAL), WORD(ITIMER_VIRTUAL), WORD(ITIMER_PROF)};
constexpr Word kCodes[] = {WORD(SI_USER),  WORD(SI_KERNEL),  WORD(SI_QUEUE), WORD(SI_TIMER),
                           WORD(SI_MESGQ), WORD(SI_ASYNCIO), WORD(SI_SIGIO), WORD(SI_TKILL)};
constexpr Word kChildCodes[] = {WORD(CLD_EXITED),  WORD(CLD_KILLED),  WORD(CLD_DUMPED),
                                WORD(CLD_TRAPPED), WORD(CLD_STOPPED), WORD(CLD_CONTINUED)};
constexpr Word kNotify[] = {WORD(SIGEV_SIGNAL), WORD(SIGEV_NONE), WORD(SIGEV_THREAD), WORD(SIGEV_THREAD_ID)};
#undef WORD

std::string one_of(std::span<const Word> words, std::int64_t value) {
  for (const Word& word : words)
    if (word.value == value) return word.text;
  return fmt::format("{}", value);
}

std::string all_of(std::span<const Word> words, std::uint64_t value) {
  std::string out;
  for (const Word& word : words) {
    const auto bit = static_cast<std::uint64_t>(word.value);
    if ((value & bit) == 0) continue;
    out += (out.empty() ? "" : "|") + std::string{word.text};
    value &= ~bit;
  }
  if (value != 0) out += (out.empty() ? "" : "|") + fmt::format("{:#x}", value);
  return out.empty() ? "0" : out;
}

}  // namespace

std::string word_of_call(int number, unsigned index, std::uint64_t value) {
  value = static_cast<std::uint32_t>(value);  // the kernel's int
  switch (number) {
    case SYS_close_range: return index == 2 ? all_of(kCloseRange, value) : "";
    case SYS_preadv2:
    case SYS_pwritev2: return index == 5 ? all_of(kReadWrite, value) : "";
    case SYS_execveat: return index == 4 ? all_of(kAt, value) : "";
    case SYS_waitid: return index == 0 ? one_of(kIdTypes, static_cast<std::int64_t>(value)) : "";
    case SYS_setitimer:
    case SYS_getitimer: return index == 0 ? one_of(kTimers, static_cast<std::int64_t>(value)) : "";
    default: return "";
  }
}

std::string signal_code(std::uint64_t signal, int code) {
  if (signal == SIGCHLD && code > 0 && code != SI_KERNEL) return one_of(kChildCodes, code);
  return one_of(kCodes, code);
}

std::string resolve_flags(std::uint64_t flags) { return all_of(kResolve, flags); }
std::string seal_flags(std::uint64_t flags) { return all_of(kSeals, flags); }
std::string notify_name(int how) { return one_of(kNotify, how); }

}  // namespace flinch
