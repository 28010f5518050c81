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

void note(int signal) {
  const std::uint32_t place = own_slot->signal_count.fetch_add(1);
  if (place < std::size(own_slot->signals)) own_slot->signals[place] = signal;
}

void handle_signals() {
  struct sigaction action {};
  action.sa_handler = note;
  sigaction(SIGPIPE, &action, nullptr);
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

void act(Slot* slots, int number) {
  own_slot = &slots[number];
  own_slot->pid = getpid();
  handle_signals();
  for (;;) {
    const std::uint32_t answered = own_slot->answered.load();
    while (own_slot->asked.load() == answered) futex(own_slot->asked, FUTEX_WAIT, answered);
    switch (own_slot->kind) {
      case Slot::Kind::kSystemCall: own_slot->result = raw(own_slot->number, own_slot->arguments); break;
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
