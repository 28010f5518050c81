#include "core/supervisor/launch.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <sstream>
#include <string>

#include "core/abi/x86_64/system_call.h"

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

}  // namespace

/// What the child needs. It runs on our memory until its exec, so all of this stays where it is.
struct Birth {
  std::string file;
  std::vector<std::string> program;
  std::vector<std::string> environment;
  std::vector<char*> argv;
  std::vector<char*> envp;
  std::vector<sock_filter> filter;
  OuterSignals outer;
  int gate = -1;
  int exec_error = 0;
  alignas(16) std::array<char, 16384> stack;
};

namespace {

unsigned long address(const void* pointer) { return reinterpret_cast<unsigned long>(pointer); }

/// Installs the filter; the listener, or -errno. Without CAP_SYS_ADMIN the kernel wants no_new_privs.
FLINCH_NO_SANITIZE long install(const Birth& birth) {
  const sock_fprog program{static_cast<unsigned short>(birth.filter.size()),
                           const_cast<sock_filter*>(birth.filter.data())};
  constexpr unsigned long kFlags = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
  long listener = system_call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, kFlags, address(&program));
  if (listener == -EACCES) {
    system_call(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1);
    listener = system_call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, kFlags, address(&program));
  }
  return listener;
}

/// Tells the tracer a number: it finds it in rax at the breakpoint. No call is needed, so that nothing
/// of this is trapped.
FLINCH_NO_SANITIZE void report(long value) { asm volatile("int3" : : "a"(value) : "memory"); }

/// The child's life up to its exec. A fork would copy our page tables for nothing, so it runs on our memory
/// with a stack of its own, beside us: it makes system calls without libc, whose errno is ours.
FLINCH_NO_SANITIZE int become_the_program(void* argument) {
  auto& birth = *static_cast<Birth*>(argument);
  char go = 0;
  if (system_call(SYS_read, static_cast<unsigned long>(birth.gate), address(&go), 1) != 1)
    system_call(SYS_exit_group, 125);
  // A handler would not outlive the exec; only whether the signal is ignored does.
  struct {
    sighandler_t handler;
    unsigned long flags;
    void* restorer;
    unsigned long mask;
  } const child = {birth.outer.child.sa_handler == SIG_IGN ? SIG_IGN : SIG_DFL, 0, nullptr, 0};
  // The program dies with us.
  system_call(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
  system_call(SYS_rt_sigaction, SIGCHLD, address(&child), 0, sizeof child.mask);
  system_call(SYS_rt_sigprocmask, SIG_SETMASK, address(&birth.outer.mask), 0, sizeof child.mask);
  report(install(birth));
  const long error = system_call(SYS_execve, address(birth.file.c_str()), address(birth.argv.data()),
                                 address(birth.envp.data()));
  birth.exec_error = static_cast<int>(-error);
  system_call(SYS_exit_group, 127);
  return 0;
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
  const auto birth = std::make_shared<Birth>();
  birth->file = located(program.front());
  birth->program = program;
  birth->environment = environment;
  birth->argv = pointers(birth->program);
  birth->envp = pointers(birth->environment);
  birth->filter = filter;
  birth->outer = outer;
  int gate[2];
  if (pipe2(gate, O_CLOEXEC) != 0) return fail(std::string("pipe: ") + strerror(errno));
  const Fd gate_in{gate[0]};
  Fd gate_out{gate[1]};
  birth->gate = gate[0];
  const pid_t pid =
      clone(become_the_program, birth->stack.data() + birth->stack.size(), CLONE_VM | SIGCHLD, birth.get());
  if (pid < 0) return fail(std::string("clone: ") + strerror(errno));
  Launched launched;
  launched.pid = pid;
  launched.exec_error = {birth, &birth->exec_error};
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
