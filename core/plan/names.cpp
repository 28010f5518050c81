#include "core/plan/names.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace flinch {
namespace {

struct Family {
  std::string_view name;
  std::array<std::string_view, 18> calls;
};

// What a libc function may end up as. A name that is a row's own too stands for the whole family:
// who writes `select` does not care that glibc calls pselect6.
constexpr Family kLibcFunctions[] = {
    {"recv", {"recvfrom"}},
    {"send", {"sendto"}},
    {"select", {"select", "pselect6"}},
    {"pselect", {"pselect6"}},
    {"poll", {"poll", "ppoll"}},
    {"epoll_wait", {"epoll_wait", "epoll_pwait"}},
    {"accept", {"accept", "accept4"}},
    {"pipe", {"pipe", "pipe2"}},
    {"wait", {"wait4"}},
    {"waitpid", {"wait4"}},
    {"wait3", {"wait4"}},
    {"mq_send", {"mq_timedsend"}},
    {"mq_receive", {"mq_timedreceive"}},
    {"sem_wait", {"futex"}},
    {"sem_post", {"futex"}},
    {"sem_timedwait", {"futex"}},
    {"pread", {"pread64"}},
    {"pwrite", {"pwrite64"}},
    {"sleep", {"nanosleep", "clock_nanosleep"}},
    {"usleep", {"nanosleep", "clock_nanosleep"}},
    {"fork", {"fork", "clone", "clone3"}},
    {"sigaction", {"rt_sigaction"}},
    {"sigprocmask", {"rt_sigprocmask"}},
    {"sigsuspend", {"rt_sigsuspend"}},
    {"sigtimedwait", {"rt_sigtimedwait"}},
    {"sigwaitinfo", {"rt_sigtimedwait"}},
    {"sigwait", {"rt_sigtimedwait"}},
};

// Sets that no column of the table tells.
constexpr Family kNamedSets[] = {
    {"wait",
     {"poll", "ppoll", "select", "pselect6", "epoll_wait", "epoll_pwait", "epoll_pwait2", "futex",
      "futex_waitv", "semop", "semtimedop", "wait4", "waitid", "pause", "rt_sigsuspend", "rt_sigtimedwait",
      "nanosleep", "clock_nanosleep"}},
    {"accept", {"accept", "accept4"}},
    {"connect", {"connect"}},
    {"network",
     {"socket", "socketpair", "bind", "listen", "accept", "accept4", "connect", "shutdown", "sendto",
      "recvfrom", "sendmsg", "recvmsg", "sendmmsg", "recvmmsg", "getsockopt", "setsockopt", "getsockname",
      "getpeername"}},
};

constexpr std::string_view kTableSets[] = {"read", "write",  "ipc",  "shm",    "msg",
                                           "sem",  "signal", "desc", "process"};
constexpr std::string_view kShortForNetwork = "net";  // as in strace

bool table_set_has(std::string_view set, const SyscallDescriptor& row) {
  const Mechanism is = row.mechanism;
  const bool shm = is == Mechanism::kSysvShm || is == Mechanism::kPosixShm;
  const bool msg = is == Mechanism::kSysvMsg || is == Mechanism::kPosixMq;
  const bool sem = is == Mechanism::kSysvSem || is == Mechanism::kFutex;  // POSIX semaphores are futexes
  if (set == "read") return row.direction == Direction::kRead;
  if (set == "write") return row.direction == Direction::kWrite;
  if (set == "shm") return shm;
  if (set == "msg") return msg;
  if (set == "sem") return sem;
  if (set == "ipc") return shm || msg || sem;
  if (set == "process") return is == Mechanism::kProcess;
  if (set == "desc")
    return std::any_of(std::begin(row.args), std::end(row.args), [](Arg arg) { return arg == Arg::kFd; });
  return is == Mechanism::kSignal || is == Mechanism::kSignalfd;
}

RowSet rows_of_family(const Family& family) {
  RowSet rows{};
  for (std::string_view name : family.calls)
    if (const auto row = row_of_name(name)) rows.add(*row);
  return rows;
}

constexpr std::string_view kSignals[] = {
    "",     "HUP",  "INT",  "QUIT", "ILL",    "TRAP",   "ABRT",  "BUS",  "FPE",  "KILL", "USR1",
    "SEGV", "USR2", "PIPE", "ALRM", "TERM",   "STKFLT", "CHLD",  "CONT", "STOP", "TSTP", "TTIN",
    "TTOU", "URG",  "XCPU", "XFSZ", "VTALRM", "PROF",   "WINCH", "IO",   "PWR",  "SYS",
};
constexpr unsigned kRealTimeFirst = 34;  // glibc keeps 32 and 33 to itself
constexpr unsigned kSignalLast = 64;

std::optional<unsigned> number_of(std::string_view text) {
  unsigned number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size())
    return std::nullopt;
  return number;
}

std::optional<std::uint8_t> real_time_signal(std::string_view name) {
  const bool from_first = name.starts_with("RTMIN");
  if (!from_first && !name.starts_with("RTMAX")) return std::nullopt;
  name.remove_prefix(5);
  unsigned offset = 0;
  if (!name.empty()) {
    if (name.front() != (from_first ? '+' : '-')) return std::nullopt;
    const auto given = number_of(name.substr(1));
    if (!given || *given > kSignalLast - kRealTimeFirst) return std::nullopt;
    offset = *given;
  }
  return static_cast<std::uint8_t>(from_first ? kRealTimeFirst + offset : kSignalLast - offset);
}

constexpr int kErrnoLast = 133;

}  // namespace

std::optional<Row> row_of_name(std::string_view name) {
  for (std::size_t i = 0; i < kRowCount; ++i)
    if (name == kSyscalls[i].name) return static_cast<Row>(i);
  return std::nullopt;
}

RowSet rows_of_call(std::string_view name) {
  for (const Family& family : kLibcFunctions)
    if (family.name == name) return rows_of_family(family);
  RowSet rows{};
  if (const auto row = row_of_name(name)) rows.add(*row);
  return rows;
}

std::optional<RowSet> rows_of_set(std::string_view name) {
  if (name == kShortForNetwork) name = "network";
  for (const Family& family : kNamedSets)
    if (family.name == name) return rows_of_family(family);
  if (std::find(std::begin(kTableSets), std::end(kTableSets), name) == std::end(kTableSets))
    return std::nullopt;
  RowSet rows{};
  for (std::size_t i = 0; i < kRowCount; ++i)
    if (table_set_has(name, kSyscalls[i])) rows.add(static_cast<Row>(i));
  return rows;
}

std::vector<std::string> call_names() {
  std::vector<std::string> names;
  for (const SyscallDescriptor& row : kSyscalls) names.emplace_back(row.name);
  for (const Family& family : kLibcFunctions)
    if (!row_of_name(family.name) && !rows_of_family(family).empty()) names.emplace_back(family.name);
  return names;
}

std::vector<std::string> set_names() {
  std::vector<std::string> names(std::begin(kTableSets), std::end(kTableSets));
  for (const Family& family : kNamedSets) names.emplace_back(family.name);
  return names;
}

std::vector<Row> members_of(const RowSet& rows) {
  std::vector<Row> members;
  for (std::size_t i = 0; i < kRowCount; ++i)
    if (rows.has(static_cast<Row>(i))) members.push_back(static_cast<Row>(i));
  return members;
}

void add_all(RowSet& to, const RowSet& from) {
  for (std::size_t i = 0; i < std::size(to.words); ++i) to.words[i] |= from.words[i];
}

RowSet rows_named(std::initializer_list<std::string_view> names) {
  RowSet rows{};
  for (std::string_view name : names)
    if (const auto row = row_of_name(name)) rows.add(*row);
  return rows;
}

std::optional<Mechanism> mechanism_of_name(std::string_view name) {
  for (unsigned i = 1; i < static_cast<unsigned>(Mechanism::kCount); ++i)
    if (name == name_of(static_cast<Mechanism>(i))) return static_cast<Mechanism>(i);
  return std::nullopt;
}

std::vector<std::string> mechanism_names() {
  std::vector<std::string> names;
  for (unsigned i = 1; i < static_cast<unsigned>(Mechanism::kCount); ++i)
    names.emplace_back(name_of(static_cast<Mechanism>(i)));
  return names;
}

std::optional<std::uint8_t> signal_of_name(std::string_view name) {
  if (const auto number = number_of(name)) {
    if (*number < 1 || *number > kSignalLast) return std::nullopt;
    return static_cast<std::uint8_t>(*number);
  }
  if (name.starts_with("SIG")) name.remove_prefix(3);
  if (name == "CLD") name = "CHLD";
  if (name == "POLL") name = "IO";
  for (std::size_t i = 1; i < std::size(kSignals); ++i)
    if (kSignals[i] == name) return static_cast<std::uint8_t>(i);
  return real_time_signal(name);
}

std::string name_of_signal(std::uint8_t number) {
  if (number > 0 && number < std::size(kSignals)) return "SIG" + std::string(kSignals[number]);
  if (number == kRealTimeFirst) return "SIGRTMIN";
  if (number > kRealTimeFirst && number <= kSignalLast)
    return "SIGRTMIN+" + std::to_string(number - kRealTimeFirst);
  return std::to_string(number);
}

std::vector<std::string> signal_names() {
  std::vector<std::string> names;
  for (std::size_t i = 1; i < std::size(kSignals); ++i) names.push_back("SIG" + std::string(kSignals[i]));
  names.emplace_back("SIGRTMIN");
  names.emplace_back("SIGRTMAX");
  return names;
}

std::optional<int> errno_of_name(std::string_view name) {
  if (const auto number = number_of(name)) {
    if (*number < 1 || *number > kErrnoLast) return std::nullopt;
    return static_cast<int>(*number);
  }
  if (name == "EWOULDBLOCK") return EWOULDBLOCK;
  for (int number = 1; number <= kErrnoLast; ++number)
    if (name == name_of_errno(number)) return number;
  return std::nullopt;
}

std::string name_of_errno(int number) {
  const char* name = strerrorname_np(number);
  return name != nullptr ? name : std::to_string(number);
}

std::vector<std::string> errno_names() {
  std::vector<std::string> names;
  for (int number = 1; number <= kErrnoLast; ++number)
    if (strerrorname_np(number) != nullptr) names.emplace_back(strerrorname_np(number));
  return names;
}

}  // namespace flinch
