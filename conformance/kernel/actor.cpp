#include "conformance/kernel/actor.h"

#include <errno.h>
#include <linux/futex.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ctime>

namespace flinch::conformance {
namespace {

Slot* own_slot = nullptr;

/// syscall(2) without errno, which a handler could change.
long raw(long number, const long* a) {
  register long fourth asm("r10") = a[3];
  register long fifth asm("r8") = a[4];
  register long sixth asm("r9") = a[5];
  long result;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(fourth), "r"(fifth), "r"(sixth)
               : "rcx", "r11", "memory");
  return result;
}

void note(const NotedSignal& noted) {
  const std::uint32_t place = own_slot->signal_count.fetch_add(1);
  if (place < std::size(own_slot->signals)) own_slot->signals[place] = noted;
}

void handle(int signal) { note({signal, 0, 0, 0}); }

/// The value lies where SIGCHLD has its status.
void handle_told(int signal, siginfo_t* info, void*) {
  note({signal, info->si_code, info->si_pid, reinterpret_cast<long>(info->si_value.sival_ptr)});
}

/// As the kernel takes it; the C library's own knows fewer signals, and adds flags.
struct KernelAction {
  void* handler;
  unsigned long flags;
  void (*restorer)();
  std::uint64_t mask;
};
constexpr unsigned long kRestorer = 0x04000000;  // SA_RESTORER
constexpr unsigned long kUnsupported = 0x400;    // SA_UNSUPPORTED

asm(".text\n"
    "flinch_conformance_restorer:\n"
    "  mov $15, %eax\n"  // rt_sigreturn
    "  syscall\n");
extern "C" void flinch_conformance_restorer();

/// Arguments: the signal, what is wanted (WantedAction*, or null), and what there was (WantedAction*).
long use_action(const long* a) {
  const auto* wanted = reinterpret_cast<const WantedAction*>(a[1]);
  auto* before = reinterpret_cast<WantedAction*>(a[2]);
  KernelAction action{};
  KernelAction old{};
  if (wanted != nullptr) {
    if (wanted->handler == WantedAction::Handler::kIgnore) action.handler = reinterpret_cast<void*>(SIG_IGN);
    if (wanted->handler == WantedAction::Handler::kFunction)
      action.handler = (wanted->flags & SA_SIGINFO) != 0 ? reinterpret_cast<void*>(handle_told)
                                                         : reinterpret_cast<void*>(handle);
    action.flags = static_cast<unsigned>(wanted->flags) | kRestorer;
    action.restorer = flinch_conformance_restorer;
    action.mask = wanted->mask;
  }
  const long call[6] = {a[0], wanted == nullptr ? 0 : reinterpret_cast<long>(&action),
                        reinterpret_cast<long>(&old), sizeof action.mask};
  const long result = raw(SYS_rt_sigaction, call);
  before->handler = WantedAction::Handler::kFunction;
  if (old.handler == reinterpret_cast<void*>(SIG_DFL)) before->handler = WantedAction::Handler::kDefault;
  if (old.handler == reinterpret_cast<void*>(SIG_IGN)) before->handler = WantedAction::Handler::kIgnore;
  before->flags = static_cast<int>(old.flags & ~kRestorer & ~kUnsupported);
  before->mask = old.mask;
  return result;
}

long make_call(const Slot* slots) {
  long arguments[6];
  for (unsigned i = 0; i < 6; ++i) {
    arguments[i] = own_slot->arguments[i];
    if ((own_slot->process_arguments >> i & 1) != 0) arguments[i] = slots[arguments[i]].pid;
    if ((own_slot->group_arguments >> i & 1) != 0) arguments[i] = -arguments[i];
  }
  return raw(own_slot->number, arguments);
}

void futex(std::atomic<std::uint32_t>& word, int operation, std::uint32_t value) {
  syscall(SYS_futex, &word, operation, value, nullptr, nullptr, 0);
}

/// The library's own, as a system call would answer.
long use_semaphore(const long* a) {
  auto* semaphore = reinterpret_cast<sem_t*>(a[1]);
  const auto* deadline = reinterpret_cast<const timespec*>(a[2]);
  int result = -1;
  switch (static_cast<SemaphoreOperation>(a[0])) {
    case SemaphoreOperation::kInit: result = sem_init(semaphore, 1, static_cast<unsigned>(a[2])); break;
    case SemaphoreOperation::kPost: result = sem_post(semaphore); break;
    case SemaphoreOperation::kTimedwait:
      result = deadline == nullptr ? sem_wait(semaphore) : sem_timedwait(semaphore, deadline);
      break;
    case SemaphoreOperation::kTrywait: result = sem_trywait(semaphore); break;
    case SemaphoreOperation::kGetvalue: result = sem_getvalue(semaphore, reinterpret_cast<int*>(a[2])); break;
  }
  return result == 0 ? 0 : -errno;
}

}  // namespace

void begin_handling() {
  const WantedAction wanted{WantedAction::Handler::kFunction, 0, 0};
  WantedAction before{};
  const long arguments[6] = {SIGPIPE, reinterpret_cast<long>(&wanted), reinterpret_cast<long>(&before)};
  use_action(arguments);
}

void act(Slot* slots, int number) {
  own_slot = &slots[number];
  own_slot->pid = getpid();
  for (;;) {
    const std::uint32_t answered = own_slot->answered.load();
    while (own_slot->asked.load() == answered) futex(own_slot->asked, FUTEX_WAIT, answered);
    switch (own_slot->kind) {
      case Slot::Kind::kSystemCall: own_slot->result = make_call(slots); break;
      case Slot::Kind::kSigaction: own_slot->result = use_action(own_slot->arguments); break;
      case Slot::Kind::kSemaphore: own_slot->result = use_semaphore(own_slot->arguments); break;
      case Slot::Kind::kFork: {
        const int child = own_slot->child_slot;
        const pid_t pid = fork();
        if (pid == 0) act(slots, child);
        slots[child].pid = pid;
        own_slot->result = pid;
        break;
      }
      case Slot::Kind::kExit: _exit(static_cast<int>(own_slot->arguments[0]));
    }
    own_slot->answered.store(answered + 1);
    futex(own_slot->answered, FUTEX_WAKE, 1);
  }
}

}  // namespace flinch::conformance
