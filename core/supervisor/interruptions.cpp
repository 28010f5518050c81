// Signals that came while a call waited for the supervisor.
//
// Until we have received a notification, a signal ends seccomp's wait for us with ERESTARTSYS, and a handler
// without SA_RESTART makes EINTR of it. The call had not begun: where Linux would have answered at once,
// there is no EINTR. Such a call is made again behind the handler, as if the signal had come just before it.
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include "core/supervisor/supervisor_impl.h"

namespace flinch {
namespace {

// The kernel's own answers for a call that a signal interrupted (include/linux/errno.h); a tracer sees them.
constexpr long long kErestartsys = -512;
constexpr long long kErestartnointr = -513;
constexpr long long kErestartnohand = -514;

struct ProcessState {
  char state = '\0';
  pid_t group = 0;
};

ProcessState state_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(file, text, '\0');
  ProcessState result;
  const std::size_t name_end = text.rfind(')');
  long parent = 0;
  if (name_end != std::string::npos)
    std::sscanf(text.c_str() + name_end + 1, " %c %ld %d", &result.state, &parent, &result.group);
  return result;
}

/// Has one of the children that wait4(2) was asked for ended already? (`pid` as there.)
bool has_ended_child(pid_t tgid, pid_t pid) {
  if (pid > 0) return state_of(pid).state == 'Z';
  const pid_t group = pid == 0 ? state_of(tgid).group : -pid;
  std::error_code error;
  for (const auto& task :
       std::filesystem::directory_iterator("/proc/" + std::to_string(tgid) + "/task", error)) {
    std::ifstream children(task.path() / "children");
    for (pid_t child = 0; children >> child;) {
      const ProcessState found = state_of(child);
      if (found.state == 'Z' && (pid == -1 || found.group == group)) return true;
    }
  }
  return false;
}

/// As wait4(2) names it; 1, whom nobody waits for, where waitid(2) was asked for something else.
pid_t awaited(const Call& call) {
  const auto id = static_cast<pid_t>(call.args[1]);
  if (call.row == Row::wait4) return static_cast<pid_t>(call.args[0]);
  switch (call.args[0]) {
    case P_ALL: return -1;
    case P_PID: return id;
    case P_PGID: return -id;
    default: return 1;
  }
}

bool may_wait(const RemoteMemory& memory, std::uint64_t address, std::uint64_t operation,
              std::uint32_t expected) {
  std::uint32_t word = 0;
  switch (operation & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET: return !memory.read(address, &word, sizeof word) || word == expected;
    case FUTEX_LOCK_PI:
    case FUTEX_WAIT_REQUEUE_PI: return true;
    default: return (operation & FUTEX_CMD_MASK) == 13;  // FUTEX_LOCK_PI2, which older headers do not name
  }
}

/// Of the terminal's requests some wait for output to be gone, or for the foreground.
bool may_wait(std::uint64_t request) {
  constexpr std::uint64_t kTerminal = 0x5400;
  switch (request) {
    case TCGETS:
    case TIOCGWINSZ:
    case TIOCGPGRP:
    case TIOCOUTQ:
    case FIONREAD:
    case FIONBIO:
    case FIOASYNC:
    case FIOCLEX:
    case FIONCLEX: return false;
    default: return (request & 0xff00) == kTerminal;
  }
}

/// A timespec or timeval of zero.
bool is_no_time(const RemoteMemory& memory, std::uint64_t address) {
  std::int64_t time[2] = {};
  return address != 0 && memory.read(address, time, sizeof time) && time[0] == 0 && time[1] == 0;
}

/// A sleep that answers EINTR says how much of it is left: here all of it.
void leave_all_of_a_sleep(const RemoteMemory& memory, Row row, const user_regs_struct& registers) {
  const bool has_clock = row == Row::clock_nanosleep;
  if (row != Row::nanosleep && (!has_clock || (registers.rsi & TIMER_ABSTIME) != 0)) return;
  timespec time{};
  if (memory.read(has_clock ? registers.rdx : registers.rdi, &time, sizeof time))
    memory.write(has_clock ? registers.r10 : registers.rsi, &time, sizeof time);
}

/// Does the call work on the object behind its first descriptor, and wait for nothing but that?
bool waits_for_its_object(Row row) {
  // A socket that is not connected yet shows POLLHUP; connecting it waits all the same.
  if (row == Row::connect) return false;
  return row == Row::mq_timedsend || row == Row::mq_timedreceive || detail::is_transfer(row);
}

}  // namespace

/// Would Linux, asked now, answer without waiting? Where it is not known: no.
bool Supervisor::answers_at_once(Thread& thread, const Call& call) {
  const RemoteMemory memory{thread.tid};
  const auto& args = call.args;
  switch (call.row) {
    case Row::wait4:
    case Row::waitid:
      return (args[call.row == Row::wait4 ? 2 : 3] & WNOHANG) != 0 ||
             has_ended_child(thread.process->tgid, awaited(call));
    case Row::fcntl: return args[1] != F_SETLKW && args[1] != F_OFD_SETLKW;
    case Row::ioctl: return !may_wait(args[1]);
    case Row::futex: return !may_wait(memory, args[0], args[1], static_cast<std::uint32_t>(args[2]));
    case Row::msgsnd: return (args[3] & IPC_NOWAIT) != 0;
    case Row::msgrcv: return (args[4] & IPC_NOWAIT) != 0;
    case Row::epoll_wait:
    case Row::epoll_pwait: return static_cast<int>(args[3]) == 0;
    case Row::poll: return static_cast<int>(args[2]) == 0;
    case Row::ppoll: return is_no_time(memory, args[2]);
    case Row::epoll_pwait2: return is_no_time(memory, args[3]);
    case Row::select:
    case Row::pselect6: return is_no_time(memory, args[4]);
    default: break;
  }
  RemoteWorld world = world_of(thread);
  const SyscallDescriptor& row = descriptor(call.row);
  if (row.object == ObjectSource::kResult) {
    constexpr int kHere = AT_FDCWD;
    const bool is_at = call.row == Row::openat || call.row == Row::openat2;
    const int directory = is_at ? static_cast<int>(args[0]) : kHere;
    return world.identify_path(directory, args[is_at ? 1 : 0]).mechanism == Mechanism::kNone;
  }
  if (!waits_for_its_object(call.row)) return false;
  if ((detail::message_flags(call) & MSG_DONTWAIT) != 0) return true;
  const auto fd = static_cast<int>(args[0]);
  ObjectView object;
  object.mechanism = world.identify(fd).mechanism;
  world.look(fd, row.direction, object);
  const bool is_ready = row.direction == Direction::kWrite ? object.is_writable : object.is_readable;
  return object.is_nonblocking || is_ready || object.is_hung_up;
}

/// Did the signal come while the call waited for us, and can the program tell?
bool Supervisor::is_interrupted_by_us(Thread& thread, const user_regs_struct& registers) {
  const auto number = static_cast<long long>(registers.orig_rax);
  if (static_cast<long long>(registers.rax) != kErestartsys || number < 0) return false;
  if (number == kHelloNumber) return true;
  const Row row = row_of_number(static_cast<int>(number));
  if (row == Row::kCount) return false;
  const Restart restart = descriptor(row).restart;
  if (restart == Restart::kNotBlocking) return true;
  constexpr std::uint64_t kPage = 0xfff;
  if (!plan_.trapped.has(row) || (registers.rip & ~kPage) == kGatewayAddress) return false;
  const Call call{row,
                  {registers.rdi, registers.rsi, registers.rdx, registers.r10, registers.r8, registers.r9}};
  if (answers_at_once(thread, call)) return true;
  // It may wait, and EINTR is what a signal a moment later brings. A program that sleeps for the signal
  // alone expects it; the others are spared it where the call can't be one that we have let go on.
  if (restart == Restart::kNever) return false;
  Notified notified{static_cast<int>(number), registers.rip, {}};
  std::ranges::copy(call.args, notified.args.begin());
  return std::ranges::find(thread.last, notified) == thread.last.end();
}

/// At a stop for a signal: a wait that only we know of goes on after the handler, as if it had not been, and
/// so does what a signal ended that the program ignores (a tracer is woken for those). True if the thread
/// is on its way again.
bool Supervisor::mend_interruption(Thread& thread, int signal) {
  user_regs_struct registers{};
  if (ptrace(PTRACE_GETREGS, thread.tid, nullptr, &registers) != 0) return false;
  const auto number = static_cast<long long>(registers.orig_rax);
  const auto result = static_cast<long long>(registers.rax);
  const Row row = number < 0 ? Row::kCount : row_of_number(static_cast<int>(number));
  const Restart restart = row == Row::kCount ? Restart::kNotBlocking : descriptor(row).restart;
  if (is_interrupted_by_us(thread, registers)) {
    registers.rax = static_cast<unsigned long long>(kErestartnointr);
  } else if ((result == -EINTR || result > 0) && restart != Restart::kNotBlocking &&
             ignores(thread, signal)) {
    if (result > 0) return resume_transfer(thread, registers);
    registers.rax = static_cast<unsigned long long>(kErestartnohand);
  } else {
    if (result == kErestartsys) leave_all_of_a_sleep(RemoteMemory{thread.tid}, row, registers);
    return false;
  }
  ptrace(PTRACE_SETREGS, thread.tid, nullptr, &registers);
  return false;
}

}  // namespace flinch
