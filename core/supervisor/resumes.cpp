// Transfers that go on after a signal that the program ignores.
//
// Such a signal is thrown away when it is sent, and wakes nobody (signal(7)); but the kernel lets a tracer
// see it, so an attached thread is woken, and a transfer that waits with a part of its bytes moved returns
// that part. Nobody would have seen a short count without us. So the call is made again for the rest, and
// the program is given the sum. The same goes for waits that any signal ends.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <fstream>
#include <string>
#include <string_view>

#include "core/decision/trim.h"
#include "core/supervisor/supervisor_impl.h"

namespace flinch {
namespace {

bool is_ignored_by_default(int signal) {
  return signal == SIGCHLD || signal == SIGURG || signal == SIGWINCH || signal == SIGCONT;
}

/// A line of /proc/TASK/status.
std::uint64_t number_in_status(const std::string& task, std::string_view name, int base) {
  std::ifstream status("/proc/" + task + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name)) return std::stoull(line.substr(name.size()), nullptr, base);
  return 0;
}

/// A set of signals: `SigIgn:`, `SigBlk:`.
std::uint64_t signals_in_status(pid_t tid, std::string_view name) {
  return number_in_status(std::to_string(tid), name, 16);
}

/// Is there a seccomp filter besides ours and those that we run under ourselves?
bool has_own_filter(pid_t tid) {
  constexpr std::string_view kFilters = "Seccomp_filters:";
  return number_in_status(std::to_string(tid), kFilters, 10) > number_in_status("self", kFilters, 10) + 1;
}

bool waits_for_all(Row row, std::uint64_t flags) {
  const bool is_read = row == Row::recvfrom;
  return (flags & MSG_DONTWAIT) == 0 && (!is_read || (flags & MSG_WAITALL) != 0);
}

/// Is it of those that move all or wait, but for what we have just seen?
bool is_resumable(Row row, const user_regs_struct& registers) {
  switch (row) {
    case Row::write:
    case Row::writev: return true;
    case Row::sendto:
    case Row::recvfrom: return waits_for_all(row, registers.r10);
    case Row::sendmsg: return waits_for_all(row, registers.rdx);
    default: return false;
  }
}

bool has_timeout(int fd) {
  for (const int option : {SO_SNDTIMEO, SO_RCVTIMEO}) {
    timeval limit{};
    socklen_t length = sizeof limit;
    if (getsockopt(fd, SOL_SOCKET, option, &limit, &length) == 0 && (limit.tv_sec != 0 || limit.tv_usec != 0))
      return true;
  }
  return false;
}

/// Puts the call's rest into the registers; what needs memory goes to `scratch`. False if it can't be done.
bool ask_for_the_rest(Row row, const RemoteMemory& memory, std::uint64_t done, std::uint64_t scratch,
                      user_regs_struct& registers) {
  if (row != Row::writev && row != Row::sendmsg) {
    registers.rsi += done;
    registers.rdx -= done;
    return true;
  }
  iovec parts[kTrimmedMax];
  msghdr message{};
  const bool is_message = row == Row::sendmsg;
  if (is_message && !memory.read(registers.rsi, &message, sizeof message)) return false;
  const std::uint64_t list = is_message ? reinterpret_cast<std::uint64_t>(message.msg_iov) : registers.rsi;
  const std::uint64_t length = is_message ? message.msg_iovlen : registers.rdx;
  const std::size_t count = skip_iovec(memory, list, length, done, parts);
  const std::uint64_t place = scratch + (is_message ? sizeof message : 0);
  if (scratch == 0 || count == 0 || !memory.write(place, parts, count * sizeof *parts)) return false;
  registers.rsi = scratch;
  if (!is_message) {
    registers.rdx = count;
    return true;
  }
  message.msg_iov = reinterpret_cast<iovec*>(place);  // NOLINT: an address over there
  message.msg_iovlen = count;
  message.msg_control = nullptr;  // went with the first bytes
  message.msg_controllen = 0;
  return memory.write(scratch, &message, sizeof message);
}

}  // namespace

bool Supervisor::ignores(Thread& thread, int signal) {
  // The write's own: there is nobody left to write to.
  if (signal == SIGPIPE) return false;
  const std::uint64_t bit = std::uint64_t{1} << (signal - 1);
  if ((thread.process->signals->handled & bit) != 0) return false;
  return is_ignored_by_default(signal) || (signals_in_status(thread.tid, "SigIgn:") & bit) != 0;
}

/// Would the kernel throw the signal away at once, were the thread not attached?
bool Supervisor::throws_away(Thread& thread, int signal) {
  const std::uint64_t bit = std::uint64_t{1} << (signal - 1);
  return ignores(thread, signal) && (signals_in_status(thread.tid, "SigBlk:") & bit) == 0;
}

/// At a stop for a signal that the program ignores: a sleep or a poll would now go on in restart_syscall(2).
/// A sandbox may not allow that, and alone such a signal would have woken nobody; so the call is made again
/// as it was.
void Supervisor::spare_restart_call(Thread& thread, int signal) {
  constexpr long long kErestartnohand = -514;
  constexpr long long kErestartblock = -516;
  user_regs_struct registers{};
  if (ptrace(PTRACE_GETREGS, thread.tid, nullptr, &registers) != 0 ||
      static_cast<long long>(registers.rax) != kErestartblock || !ignores(thread, signal) ||
      !has_own_filter(thread.tid))
    return;
  registers.rax = static_cast<unsigned long long>(kErestartnohand);
  ptrace(PTRACE_SETREGS, thread.tid, nullptr, &registers);
}

/// At a stop for a signal that the program ignores: does a transfer go on instead of returning a part?
bool Supervisor::resume_transfer(Thread& thread, const user_regs_struct& stopped) {
  const auto number = static_cast<long long>(stopped.orig_rax);
  const auto result = static_cast<std::int64_t>(stopped.rax);
  const Row row = number < 0 ? Row::kCount : row_of_number(static_cast<int>(number));
  if (row == Row::kCount || result <= 0 || !is_resumable(row, stopped)) return false;
  RemoteWorld world = world_of(thread);
  const auto done = static_cast<std::uint64_t>(result);
  const Call call{row, {stopped.rdi, stopped.rsi, stopped.rdx, stopped.r10, stopped.r8, stopped.r9}};
  if (done >= detail::size_of_call(world, call)) return false;
  const auto fd = static_cast<int>(stopped.rdi);
  const int ours = world.local(fd);
  if (ours < 0 || (fcntl(ours, F_GETFL) & O_NONBLOCK) != 0 || !is_byte_stream(world.identify(fd).mechanism) ||
      has_timeout(ours))
    return false;
  Resume resume{stopped, done, false, nullptr};
  if (row == Row::writev || row == Row::sendmsg) {
    // Mapping it is a call as well, which no signal may come into.
    constexpr std::uint64_t kAll = ~std::uint64_t{0};
    std::uint64_t mask = 0;
    ptrace(PTRACE_GETSIGMASK, thread.tid, sizeof mask, &mask);
    ptrace(PTRACE_SETSIGMASK, thread.tid, sizeof kAll, &kAll);
    resume.scratch = lend_scratch(thread, stopped);
    ptrace(PTRACE_SETSIGMASK, thread.tid, sizeof mask, &mask);
    ptrace(PTRACE_SETREGS, thread.tid, nullptr, &stopped);
  }
  user_regs_struct registers = stopped;
  const std::uint64_t scratch = resume.scratch ? *resume.scratch : 0;
  if (!ask_for_the_rest(row, RemoteMemory{thread.tid}, done, scratch, registers)) return false;
  registers.rip -= 2;  // back to the instruction
  registers.rax = static_cast<unsigned long long>(number);
  registers.orig_rax = ~0ULL;
  ptrace(PTRACE_SETREGS, thread.tid, nullptr, &registers);
  thread.resume = std::move(resume);
  ptrace(PTRACE_SYSCALL, thread.tid, nullptr, 0);
  return true;
}

/// Its entry, then its end.
void Supervisor::resume_stopped(Thread& thread) {
  if (!thread.resume->is_entered) {
    thread.resume->is_entered = true;
    ptrace(PTRACE_SYSCALL, thread.tid, nullptr, 0);
    return;
  }
  user_regs_struct registers{};
  if (ptrace(PTRACE_GETREGS, thread.tid, nullptr, &registers) == 0) {
    const auto more = static_cast<std::int64_t>(registers.rax);
    if (more > 0) thread.resume->done += static_cast<std::uint64_t>(more);
  }
  leave_resume(thread);
  release(thread, 0);
}

/// The call returns what was moved so far. If a signal ended it again, the stop for that comes next.
void Supervisor::leave_resume(Thread& thread) {
  user_regs_struct registers = thread.resume->original;
  registers.rax = thread.resume->done;
  ptrace(PTRACE_SETREGS, thread.tid, nullptr, &registers);
  thread.resume.reset();
}

}  // namespace flinch
