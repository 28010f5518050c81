// Goal: the table says what Linux, its manual and libc say; where the machine can answer, it is asked.
#include "core/abi/syscall_table.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

namespace flinch {
namespace {

const SyscallDescriptor* find(const std::string& name) {
  for (const auto& row : kSyscalls)
    if (name == row.name) return &row;
  return nullptr;
}

int argument_count(const SyscallDescriptor& row) {
  int count = 6;
  while (count > 0 && row.args[count - 1] == Arg::kNone) --count;
  return count;
}

bool has_error(const SyscallDescriptor& row, int error) {
  for (std::size_t i = 0; i < kErrorsMax && row.errors[i] != 0; ++i)
    if (row.errors[i] == error) return true;
  return false;
}

TEST(SyscallTable, NumbersAreThoseThatLibseccompKnowsUnderTheName) {
  std::set<int> seen;
  for (const auto& row : kSyscalls) {
    EXPECT_TRUE(seen.insert(row.number).second) << row.name;
    char* name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86_64, row.number);
    ASSERT_NE(name, nullptr) << row.name;
    EXPECT_STREQ(name, row.name);
    std::free(name);
  }
  EXPECT_EQ(seen.size(), kRowCount);
}

TEST(SyscallTable, RowsAndNumbersLeadToEachOther) {
  std::size_t known = 0;
  for (int number = 0; number < kNumberMax; ++number) {
    const Row row = row_of_number(number);
    if (row == Row::kCount) continue;
    ++known;
    EXPECT_EQ(descriptor(row).number, number);
  }
  EXPECT_EQ(known, kRowCount);
  EXPECT_EQ(row_of_number(SYS_read), Row::read);
  EXPECT_STREQ(descriptor(Row::clone).name, "clone");
}

TEST(SyscallTable, UnknownNumbersHaveNoRow) {
  for (int number : {-1, SYS_getpid, SYS_uname, kNumberMax - 1, kNumberMax, 0x1f11, 0x40000000})
    EXPECT_EQ(row_of_number(number), Row::kCount) << number;
}

TEST(SyscallTable, HoldsEveryIpcCall) {
  std::istringstream names(
      "pipe pipe2 open openat openat2 creat mknod mknodat read write readv writev pread64 pwrite64 preadv "
      "pwritev preadv2 pwritev2 "
      "splice tee vmsplice sendfile socket socketpair bind listen accept accept4 connect getsockname "
      "getpeername sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg shutdown setsockopt getsockopt "
      "shmget shmat shmdt shmctl memfd_create ftruncate mmap munmap msgget msgsnd msgrcv msgctl mq_open "
      "mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr semget semop semtimedop semctl "
      "futex futex_waitv kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_send_signal "
      "pidfd_open rt_sigaction rt_sigprocmask rt_sigpending rt_sigsuspend rt_sigtimedwait pause alarm "
      "setitimer getitimer sigaltstack timer_create timer_settime timer_delete signalfd signalfd4 "
      "eventfd eventfd2 timerfd_create timerfd_settime timerfd_gettime poll ppoll select pselect6 "
      "epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 close close_range dup "
      "dup2 dup3 fcntl ioctl fork vfork clone clone3 execve execveat exit exit_group wait4 waitid "
      "nanosleep clock_nanosleep io_uring_setup io_uring_enter ");
  std::size_t count = 0;
  for (std::string name; names >> name; ++count) EXPECT_NE(find(name), nullptr) << name;
  EXPECT_EQ(count, kRowCount);
}

TEST(SyscallTable, EveryRowNamesItsPage) {
  const std::regex page("[_a-z0-9]+\\([23]\\)");
  for (const auto& row : kSyscalls) EXPECT_TRUE(std::regex_match(row.source, page)) << row.name;
}

TEST(SyscallTable, ArgumentsStandInAnUnbrokenListAndBuffersHaveTheirSize) {
  const std::map<Arg, Arg> follower = {{Arg::kInBuffer, Arg::kSize},   {Arg::kOutBuffer, Arg::kSize},
                                       {Arg::kInIovec, Arg::kInt},     {Arg::kOutIovec, Arg::kInt},
                                       {Arg::kInMessages, Arg::kInt},  {Arg::kOutMessages, Arg::kInt},
                                       {Arg::kSockAddrIn, Arg::kSize}, {Arg::kSockAddrOut, Arg::kPointer},
                                       {Arg::kPollFds, Arg::kInt},     {Arg::kEpollEventsOut, Arg::kInt}};
  for (const auto& row : kSyscalls) {
    const int count = argument_count(row);
    for (int i = 0; i < count; ++i) {
      EXPECT_NE(row.args[i], Arg::kNone) << row.name;
      const auto rule = follower.find(row.args[i]);
      if (rule == follower.end()) continue;
      ASSERT_LT(i + 1, count) << row.name;
      EXPECT_EQ(row.args[i + 1], rule->second) << row.name;
    }
  }
}

TEST(SyscallTable, ErrorsAreDistinctAndEndWithZero) {
  for (const auto& row : kSyscalls) {
    EXPECT_EQ(row.errors[kErrorsMax - 1], 0) << row.name;
    std::set<int> seen;
    bool ended = false;
    for (int error : row.errors) {
      if (error == 0)
        ended = true;
      else
        EXPECT_TRUE(!ended && seen.insert(error).second) << row.name << " " << error;
    }
  }
}

// The mechanism has to come from one place, and a descriptor from an argument that is one.
TEST(SyscallTable, ObjectsComeFromWhereTheRowSays) {
  const auto is_fd = [](Arg arg) { return arg == Arg::kFd; };
  for (const auto& row : kSyscalls) {
    switch (row.object) {
      case ObjectSource::kFixed:
      case ObjectSource::kResult: EXPECT_NE(row.mechanism, Mechanism::kNone) << row.name; break;
      case ObjectSource::kFirstFd: EXPECT_TRUE(is_fd(row.args[0])) << row.name; break;
      case ObjectSource::kSecondFd: EXPECT_TRUE(is_fd(row.args[1])) << row.name; break;
      case ObjectSource::kEitherFd: {
        const int other = row.number == SYS_sendfile ? 1 : 2;
        EXPECT_TRUE(is_fd(row.args[0]) && is_fd(row.args[other])) << row.name;
        break;
      }
    }
    if (row.object != ObjectSource::kFixed && row.object != ObjectSource::kResult) {
      EXPECT_EQ(row.mechanism, Mechanism::kNone) << row.name;
    }
  }
}

// signal(7), "Interruption of system calls and library functions by signal handlers", third list.
TEST(SyscallTable, CallsThatAreNeverRestartedAreThoseOfSignal7) {
  const std::set<std::string> never = {"pause",      "rt_sigsuspend", "rt_sigtimedwait",
                                       "epoll_wait", "epoll_pwait",   "epoll_pwait2",
                                       "poll",       "ppoll",         "select",
                                       "pselect6",   "msgrcv",        "msgsnd",
                                       "semop",      "semtimedop",    "clock_nanosleep",
                                       "nanosleep",  "io_uring_enter"};  // not on the page: RestartWitness shows it
  std::set<std::string> in_table;
  for (const auto& row : kSyscalls)
    if (row.restart == Restart::kNever) in_table.insert(row.name);
  EXPECT_EQ(in_table, never);

  const std::set<std::string> unless_timeout = {"accept",   "accept4", "connect", "recvfrom", "recvmsg",
                                                "recvmmsg", "sendto",  "sendmsg", "sendmmsg"};
  in_table.clear();
  for (const auto& row : kSyscalls)
    if (row.restart == Restart::kUnlessTimeout) in_table.insert(row.name);
  EXPECT_EQ(in_table, unless_timeout);
}

TEST(SyscallTable, CallsThatAHandlerInterruptsListEintr) {
  const std::set<std::string> by_file_systems = {"close", "dup2", "dup3", "ftruncate"};
  for (const auto& row : kSyscalls) {
    const bool expected = row.restart != Restart::kNotBlocking || by_file_systems.count(row.name) != 0;
    EXPECT_EQ(has_error(row, EINTR), expected) << row.name;
  }
}

// What a child of the next test knows; its SIGSYS handler has no other way to be told.
const SyscallDescriptor* expected_row;
constexpr long value_of_argument(int index) { return 0x101 + index; }

enum ChildStatus { kSame, kOtherCall, kOtherArguments, kNoCall, kNoFilter };

void compare_trapped_call(int, siginfo_t* info, void* context) {
  if (info->si_syscall != expected_row->number) _exit(kOtherCall);
  const auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  constexpr int kArgumentRegisters[] = {REG_RDI, REG_RSI, REG_RDX, REG_R10, REG_R8, REG_R9};
  for (int i = 0; i < argument_count(*expected_row); ++i)
    if (registers[kArgumentRegisters[i]] != value_of_argument(i)) _exit(kOtherArguments);
  _exit(kSame);
}

[[noreturn]] void call_libc_under_trap(const SyscallDescriptor& row, void* function) {
  expected_row = &row;
  struct sigaction action {};
  action.sa_sigaction = compare_trapped_call;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGSYS, &action, nullptr);
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
  for (const auto& other : kSyscalls)
    if (other.number != SYS_exit_group) seccomp_rule_add(filter, SCMP_ACT_TRAP, other.number, 0);
  if (seccomp_load(filter) != 0) _exit(kNoFilter);
  reinterpret_cast<long (*)(long, long, long, long, long, long)>(function)(
      value_of_argument(0), value_of_argument(1), value_of_argument(2), value_of_argument(3),
      value_of_argument(4), value_of_argument(5));
  _exit(kNoCall);
}

int status_of_libc_call(const SyscallDescriptor& row) {
  void* function = dlsym(RTLD_DEFAULT, row.name);
  if (function == nullptr) return -1;
  const pid_t child = fork();
  if (child == 0) call_libc_under_trap(row, function);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// A sanitizer puts functions of its own in front of libc's, which make other calls besides.
bool is_libc_itself() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return false;
#else
  return true;
#endif
}

TEST(SyscallTable, LibcIssuesTheVeryCallOfEveryWrappedRow) {
  if (!is_libc_itself()) GTEST_SKIP() << "a sanitizer stands in front of libc";
  int wrapped = 0;
  for (const auto& row : kSyscalls) {
    if (row.wrapper == Wrapper::kNone) continue;
    ++wrapped;
    EXPECT_EQ(status_of_libc_call(row), kSame) << row.name;
  }
  EXPECT_GT(wrapped, 20);
}

// Of each parameter: is it a pointer? The compiler reads libc's own declarations.
template <typename Result, typename... Parameters>
std::vector<bool> pointers_of(Result (*)(Parameters...)) {
  return {std::is_pointer_v<Parameters>...};
}
template <typename Result, typename... Parameters>
std::vector<bool> pointers_of(Result (*)(Parameters...) noexcept) {
  return {std::is_pointer_v<Parameters>...};
}

bool is_pointer(Arg arg) {
  static const std::set<Arg> kPointers = {
      Arg::kPointer,    Arg::kInBuffer,     Arg::kOutBuffer,      Arg::kInIovec,     Arg::kOutIovec,
      Arg::kInMessage,  Arg::kOutMessage,   Arg::kInMessages,     Arg::kOutMessages, Arg::kPath,
      Arg::kSockAddrIn, Arg::kSockAddrOut,  Arg::kFdPair,         Arg::kSignalSet,   Arg::kSigaction,
      Arg::kPollFds,    Arg::kEpollEventIn, Arg::kEpollEventsOut, Arg::kTimespec,    Arg::kTimeval};
  return kPointers.count(arg) != 0;
}

TEST(SyscallTable, WrappedRowsHaveTheParametersThatLibcDeclares) {
#define FLINCH_DECLARED(name) \
  { #name, pointers_of(&::name) }
  const std::map<std::string, std::vector<bool>> declared = {
      FLINCH_DECLARED(read),     FLINCH_DECLARED(write),      FLINCH_DECLARED(readv),
      FLINCH_DECLARED(writev),   FLINCH_DECLARED(pipe2),      FLINCH_DECLARED(socketpair),
      FLINCH_DECLARED(bind),     FLINCH_DECLARED(listen),     FLINCH_DECLARED(accept),
      FLINCH_DECLARED(accept4),  FLINCH_DECLARED(connect),    FLINCH_DECLARED(sendto),
      FLINCH_DECLARED(recvfrom), FLINCH_DECLARED(sendmsg),    FLINCH_DECLARED(recvmsg),
      FLINCH_DECLARED(sendmmsg), FLINCH_DECLARED(recvmmsg),   FLINCH_DECLARED(shutdown),
      FLINCH_DECLARED(msgsnd),   FLINCH_DECLARED(msgrcv),     FLINCH_DECLARED(semtimedop),
      FLINCH_DECLARED(poll),     FLINCH_DECLARED(epoll_wait), FLINCH_DECLARED(epoll_ctl)};
#undef FLINCH_DECLARED
  std::size_t wrapped = 0;
  for (const auto& row : kSyscalls) {
    if (row.wrapper == Wrapper::kNone) continue;
    ++wrapped;
    std::vector<bool> in_row;
    for (int i = 0; i < argument_count(row); ++i) in_row.push_back(is_pointer(row.args[i]));
    ASSERT_EQ(declared.count(row.name), 1U) << row.name;
    EXPECT_EQ(in_row, declared.at(row.name)) << row.name;
  }
  EXPECT_EQ(wrapped, declared.size());
}

// The check above can fail: these libc functions are other calls.
TEST(SyscallTable, FunctionsThatLibcCarriesOutAsAnotherCallAreNotWrapped) {
  if (!is_libc_itself()) GTEST_SKIP() << "a sanitizer stands in front of libc";
  for (Row row : {Row::pipe, Row::semop}) {
    EXPECT_EQ(descriptor(row).wrapper, Wrapper::kNone);
    EXPECT_EQ(status_of_libc_call(descriptor(row)), kOtherCall);
  }
}

// pthreads(7), "Cancellation points", for those that the shim offers.
TEST(SyscallTable, WrappedCallsThatAreCancellationPointsSaySo) {
  const std::set<std::string> points = {"read",     "write",    "readv",      "writev",  "accept", "accept4",
                                        "connect",  "recvfrom", "recvmsg",    "sendmsg", "sendto", "recvmmsg",
                                        "sendmmsg", "poll",     "epoll_wait", "msgrcv",  "msgsnd"};
  for (const auto& row : kSyscalls) {
    if (row.wrapper != Wrapper::kNone) {
      EXPECT_EQ(row.wrapper == Wrapper::kCancel, points.count(row.name) != 0) << row.name;
    }
  }
}

TEST(RowSet, HoldsExactlyWhatWasAdded) {
  RowSet set{};
  EXPECT_TRUE(set.empty());
  for (std::size_t i = 0; i < kRowCount; i += 3) set.add(static_cast<Row>(i));
  EXPECT_FALSE(set.empty());
  for (std::size_t i = 0; i < kRowCount; ++i) EXPECT_EQ(set.has(static_cast<Row>(i)), i % 3 == 0) << i;
}

}  // namespace
}  // namespace flinch
