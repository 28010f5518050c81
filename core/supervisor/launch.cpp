#include "core/supervisor/launch.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>
#include <string>

namespace flinch {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (const std::string& text : strings) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

/// Where a program is, as a shell looks for it; the name itself where it is not found, for execve to say why.
/// Unlike execvp(3) no shell is tried on a file of no known format.
std::string located(const std::string& name) {
  const char* path = getenv("PATH");
  if (name.empty() || name.find('/') != std::string::npos) return name;
  std::string found_unusable;
  std::istringstream folders{path != nullptr ? path : "/bin:/usr/bin"};
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::string candidate = (folder.empty() ? "." : folder) + "/" + name;
    struct stat status {};
    if (stat(candidate.c_str(), &status) != 0 || S_ISDIR(status.st_mode)) continue;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
    found_unusable = candidate;
  }
  // Nowhere: a path that can't exist, so that a file of that name here is not run by mistake.
  return found_unusable.empty() ? "/dev/null/" + name : found_unusable;
}

/// Installs the filter; the listener, or -errno. Without CAP_SYS_ADMIN the kernel wants no_new_privs.
long install(const std::vector<sock_filter>& filter) {
  const sock_fprog program{static_cast<unsigned short>(filter.size()),
                           const_cast<sock_filter*>(filter.data())};
  constexpr unsigned long kFlags = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
  long listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, kFlags, &program);
  if (listener < 0 && errno == EACCES) {
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, kFlags, &program);
  }
  return listener < 0 ? -errno : listener;
}

/// Tells the tracer a number: it finds it in rax at the breakpoint. No call is needed, so that nothing
/// of this is trapped.
void report(long value) { asm volatile("int3" : : "a"(value) : "memory"); }

[[noreturn]] void child(int gate, const char* file, char* const* program, char* const* environment,
                        const std::vector<sock_filter>& filter, const OuterSignals& outer,
                        volatile int* exec_error) {
  char go = 0;
  if (read(gate, &go, 1) != 1) _exit(125);
  close(gate);
  sigaction(SIGCHLD, &outer.child, nullptr);
  sigprocmask(SIG_SETMASK, &outer.mask, nullptr);
  report(install(filter));
  execve(file, program, environment);
  *exec_error = errno;
  _exit(127);
}

/// Waits until the tracee reports (see report()), passing every other stop.
Result<long> reported(pid_t pid) {
  for (int status = 0; waitpid(pid, &status, __WALL) == pid;) {
    if (!WIFSTOPPED(status)) break;
    if (WSTOPSIG(status) == SIGTRAP && status >> 16 == 0) {
      user_regs_struct registers{};
      ptrace(PTRACE_GETREGS, pid, nullptr, &registers);
      return static_cast<long>(registers.rax);
    }
    ptrace(PTRACE_CONT, pid, nullptr, status >> 16 == 0 ? WSTOPSIG(status) : 0);
  }
  return fail("the program's process died before it began");
}

std::string explain(long error) {
  switch (-error) {
    case EBUSY:
      return "another seccomp supervisor is in charge here: flinch can't run inside flinch, nor under "
             "anything else that uses SECCOMP_RET_USER_NOTIF";
    case ENOSYS: return "this kernel has no seccomp: flinch can't see the program's calls";
    case EINVAL:
      return "this kernel's seccomp is too old: flinch needs SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (Linux "
             "5.19)";
    default: return std::string("can't install the seccomp filter: ") + strerror(static_cast<int>(-error));
  }
}

}  // namespace

Result<Launched> launch(const std::vector<std::string>& program, const std::vector<std::string>& environment,
                        const std::vector<sock_filter>& filter, unsigned long options,
                        const OuterSignals& outer) {
  const std::string file = located(program.front());
  const std::vector<char*> argv = pointers(program);
  const std::vector<char*> envp = pointers(environment);
  int gate[2];
  if (pipe2(gate, O_CLOEXEC) != 0) return fail(std::string("pipe: ") + strerror(errno));
  Fd gate_in{gate[0]};
  Fd gate_out{gate[1]};
  void* shared = mmap(nullptr, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return fail("no memory");
  auto* exec_error = static_cast<volatile int*>(shared);
  const pid_t pid = fork();
  if (pid < 0) return fail(std::string("fork: ") + strerror(errno));
  if (pid == 0) {
    gate_out.reset();
    child(gate[0], file.c_str(), argv.data(), envp.data(), filter, outer, exec_error);
  }
  Launched launched;
  launched.pid = pid;
  launched.exec_error = exec_error;
  const auto give_up = [&](std::string why) -> Result<Launched> {
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, __WALL);
    return fail(std::move(why));
  };
  if (ptrace(PTRACE_SEIZE, pid, nullptr, options) != 0) {
    return give_up(
        errno == EPERM
            ? "can't trace the program: flinch can't run inside flinch, strace or a debugger, and needs "
              "ptrace (kernel.yama.ptrace_scope below 3)"
            : std::string("ptrace: ") + strerror(errno));
  }
  if (write(gate_out.get(), "g", 1) != 1) return give_up("the program's process died before it began");
  const Result<long> listener = reported(pid);
  if (!listener) return give_up(listener.error().text);
  if (*listener < 0) return give_up(explain(*listener));
  const Fd pidfd{static_cast<int>(syscall(SYS_pidfd_open, pid, 0))};
  launched.listener = Fd::moved_up(static_cast<int>(syscall(SYS_pidfd_getfd, pidfd.get(), *listener, 0)));
  if (!launched.listener)
    return give_up(std::string("can't take the seccomp listener over: ") + strerror(errno));
  ptrace(PTRACE_CONT, pid, nullptr, 0);
  return launched;
}

}  // namespace flinch
