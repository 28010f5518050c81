// Goal: what the rows say about restarting is what this kernel does. Each call blocks in a child; the
// parent waits until the kernel reports the child inside that very call, sends a signal with a handler,
// and sees whether the child comes back to the call or out of it. Nothing here depends on time.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <string>

#include "core/abi/syscall_table.h"
#include "core/common/observe.h"

namespace flinch {
namespace {

enum class Outcome { kRestarted, kInterrupted, kOther, kUnavailable };

constexpr int kExitInterrupted = 10;
constexpr int kExitOther = 11;
constexpr int kExitUnavailable = 12;

std::atomic<int>* handled;  // shared with the child
void count_signal(int) { handled->fetch_add(1); }

// System V objects outlive processes, and a FIFO its test.
struct Fixture {
  int messages = msgget(IPC_PRIVATE, 0600);
  int semaphores = semget(IPC_PRIVATE, 1, 0600);
  std::string folder = "/tmp/flinch-restart-XXXXXX";
  std::string fifo;

  Fixture() {
    if (mkdtemp(folder.data()) == nullptr) std::abort();
    fifo = folder + "/fifo";
    if (mkfifo(fifo.c_str(), 0600) != 0) std::abort();
    handled = static_cast<std::atomic<int>*>(
        mmap(nullptr, sizeof *handled, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  }
  ~Fixture() {
    msgctl(messages, IPC_RMID, nullptr);
    semctl(semaphores, 0, IPC_RMID);
    unlink(fifo.c_str());
    rmdir(folder.c_str());
    munmap(handled, sizeof *handled);
  }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;
};

struct Pair {
  int of[2];
};

Pair empty_pipe() {
  Pair pair{};
  if (pipe(pair.of) != 0) _exit(kExitUnavailable);
  return pair;
}

void fill(int fd) {
  static char block[4096];
  fcntl(fd, F_SETFL, O_NONBLOCK);
  while (write(fd, block, sizeof block) > 0) {
  }
  fcntl(fd, F_SETFL, 0);
}

int full_pipe() {
  const int fd = empty_pipe().of[1];
  fill(fd);
  return fd;
}

enum class Timeout { kWithout, kWith };

void set_timeouts(int fd, Timeout timeout) {
  if (timeout == Timeout::kWithout) return;
  const timeval hour{3600, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &hour, sizeof hour);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &hour, sizeof hour);
}

int socket_of_pair(Timeout timeout) {
  Pair pair{};
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair.of) != 0) _exit(kExitUnavailable);
  set_timeouts(pair.of[0], timeout);
  return pair.of[0];
}

// An address in the abstract namespace that the kernel chose.
int listening_socket(Timeout timeout, sockaddr_un* address, socklen_t* length) {
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  *address = {};
  address->sun_family = AF_UNIX;
  *length = sizeof *address;
  if (bind(fd, reinterpret_cast<sockaddr*>(address), sizeof(sa_family_t)) != 0) _exit(kExitUnavailable);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(address), length) != 0) _exit(kExitUnavailable);
  if (listen(fd, 0) != 0) _exit(kExitUnavailable);
  set_timeouts(fd, timeout);
  return fd;
}

long block_in_connect(Timeout timeout) {
  sockaddr_un address;
  socklen_t length;
  listening_socket(timeout, &address, &length);
  const auto* target = reinterpret_cast<const sockaddr*>(&address);
  for (;;) {  // until the backlog is full and the call blocks
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    set_timeouts(fd, timeout);
    if (const long result = connect(fd, target, length); result != 0) return result;
  }
}

long block_in_accept(int number, Timeout timeout) {
  sockaddr_un address;
  socklen_t length;
  return syscall(number, listening_socket(timeout, &address, &length), nullptr, nullptr, 0);
}

// A process that lives until its parent is gone.
void leave_a_child() {
  const Pair life = empty_pipe();
  if (fork() != 0) return;
  close(life.of[1]);
  char byte;
  [[maybe_unused]] const auto end = read(life.of[0], &byte, 1);
  _exit(0);
}

long block_in_lock() {
  const int fd = memfd_create("lock", 0);
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  struct flock lock {};
  lock.l_type = F_WRLCK;
  fcntl(fd, F_OFD_SETLK, &lock);
  return fcntl(open(path.c_str(), O_RDWR), F_OFD_SETLKW, &lock);
}

int empty_queue() {
  mq_attr attributes{};
  attributes.mq_maxmsg = 1;
  attributes.mq_msgsize = 8;
  const std::string name = "/flinch-restart-" + std::to_string(getpid());
  const int queue = mq_open(name.c_str(), O_CREAT | O_EXCL | O_RDWR, 0600, &attributes);
  if (queue < 0) _exit(kExitUnavailable);
  mq_unlink(name.c_str());
  return queue;
}

long block_in_io_uring() {
  io_uring_params parameters{};
  const long ring = syscall(SYS_io_uring_setup, 1, &parameters);
  if (ring < 0) _exit(kExitUnavailable);
  return syscall(SYS_io_uring_enter, ring, 0, 1, IORING_ENTER_GETEVENTS, nullptr, 0);
}

long block_in_file_call(Row row) {
  char buffer[8];
  iovec vector{buffer, sizeof buffer};
  switch (row) {
    case Row::read: return read(empty_pipe().of[0], buffer, sizeof buffer);
    case Row::readv: return readv(empty_pipe().of[0], &vector, 1);
    case Row::preadv2: return preadv2(empty_pipe().of[0], &vector, 1, -1, 0);
    case Row::write: return write(full_pipe(), buffer, sizeof buffer);
    case Row::writev: return writev(full_pipe(), &vector, 1);
    case Row::pwritev2: return pwritev2(full_pipe(), &vector, 1, -1, 0);
    case Row::splice: return splice(empty_pipe().of[0], nullptr, empty_pipe().of[1], nullptr, 8, 0);
    case Row::tee: return tee(empty_pipe().of[0], empty_pipe().of[1], 8, 0);
    case Row::vmsplice: return vmsplice(full_pipe(), &vector, 1, 0);
    case Row::sendfile: {
      const int file = memfd_create("data", 0);
      if (ftruncate(file, 4096) != 0) return 0;
      return syscall(SYS_sendfile, full_pipe(), file, nullptr, 4096);
    }
    case Row::fcntl: return block_in_lock();
    default: _exit(kExitUnavailable);
  }
}

long block_in_socket_call(Row row, Timeout timeout) {
  char buffer[8];
  iovec vector{buffer, sizeof buffer};
  mmsghdr message{};
  message.msg_hdr.msg_iov = &vector;
  message.msg_hdr.msg_iovlen = 1;
  const int fd = socket_of_pair(timeout);
  const auto full = [fd] {
    fill(fd);
    return fd;
  };
  switch (row) {
    case Row::accept: return block_in_accept(SYS_accept, timeout);
    case Row::accept4: return block_in_accept(SYS_accept4, timeout);
    case Row::connect: return block_in_connect(timeout);
    case Row::recvfrom: return recvfrom(fd, buffer, sizeof buffer, 0, nullptr, nullptr);
    case Row::recvmsg: return recvmsg(fd, &message.msg_hdr, 0);
    case Row::recvmmsg: return recvmmsg(fd, &message, 1, 0, nullptr);
    case Row::sendto: return sendto(full(), buffer, sizeof buffer, 0, nullptr, 0);
    case Row::sendmsg: return sendmsg(full(), &message.msg_hdr, 0);
    case Row::sendmmsg: return sendmmsg(full(), &message, 1, 0);
    default: _exit(kExitUnavailable);
  }
}

long block_in_wait(Row row) {
  sigset_t other;
  sigemptyset(&other);
  sigset_t none = other;
  sigaddset(&other, SIGUSR2);
  timespec hour{3600, 0};
  epoll_event event{};
  const auto epoll = [] { return epoll_create1(0); };
  switch (row) {
    case Row::poll: return syscall(SYS_poll, nullptr, 0, -1);
    case Row::ppoll: return syscall(SYS_ppoll, nullptr, 0, nullptr, nullptr, 8);
    case Row::select: return syscall(SYS_select, 0, nullptr, nullptr, nullptr, nullptr);
    case Row::pselect6: return syscall(SYS_pselect6, 0, nullptr, nullptr, nullptr, nullptr, nullptr);
    case Row::epoll_wait: return syscall(SYS_epoll_wait, epoll(), &event, 1, -1);
    case Row::epoll_pwait: return syscall(SYS_epoll_pwait, epoll(), &event, 1, -1, nullptr, 8);
    case Row::epoll_pwait2: return syscall(SYS_epoll_pwait2, epoll(), &event, 1, nullptr, nullptr, 8);
    case Row::pause: return syscall(SYS_pause);
    case Row::rt_sigsuspend: return syscall(SYS_rt_sigsuspend, &none, 8);
    case Row::rt_sigtimedwait: return syscall(SYS_rt_sigtimedwait, &other, nullptr, nullptr, 8);
    case Row::nanosleep: return syscall(SYS_nanosleep, &hour, nullptr);
    case Row::clock_nanosleep: return syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &hour, nullptr);
    case Row::wait4: leave_a_child(); return syscall(SYS_wait4, -1, nullptr, 0, nullptr);
    case Row::waitid: leave_a_child(); return syscall(SYS_waitid, P_ALL, 0, nullptr, WEXITED, nullptr);
    case Row::io_uring_enter: return block_in_io_uring();
    default: _exit(kExitUnavailable);
  }
}

long block_in_ipc_call(Row row, const Fixture& fixture) {
  struct {
    long type;
    char text[4096];
  } message{1, {}};
  sembuf take{0, -1, 0};
  std::uint32_t word = 0;
  futex_waitv waiter{0, reinterpret_cast<std::uintptr_t>(&word), FUTEX_32, 0};
  open_how how{};
  const char* fifo = fixture.fifo.c_str();
  switch (row) {
    case Row::msgrcv: return syscall(SYS_msgrcv, fixture.messages, &message, 8, 2, 0);
    case Row::msgsnd:
      while (msgsnd(fixture.messages, &message, sizeof message.text, IPC_NOWAIT) == 0) {
      }
      return syscall(SYS_msgsnd, fixture.messages, &message, sizeof message.text, 0);
    case Row::semop: return syscall(SYS_semop, fixture.semaphores, &take, 1);
    case Row::semtimedop: return syscall(SYS_semtimedop, fixture.semaphores, &take, 1, nullptr);
    case Row::mq_timedreceive:
      return syscall(SYS_mq_timedreceive, empty_queue(), message.text, 8, nullptr, nullptr);
    case Row::mq_timedsend: {
      const int queue = empty_queue();
      mq_send(queue, message.text, 8, 0);
      return syscall(SYS_mq_timedsend, queue, message.text, 8, 0, nullptr);
    }
    case Row::futex: return syscall(SYS_futex, &word, FUTEX_WAIT, 0, nullptr, nullptr, 0);
    case Row::futex_waitv: return syscall(SYS_futex_waitv, &waiter, 1, 0, nullptr, 0);
    case Row::open: return syscall(SYS_open, fifo, O_RDONLY, 0);
    case Row::creat: return syscall(SYS_creat, fifo, 0600);
    case Row::openat: return syscall(SYS_openat, AT_FDCWD, fifo, O_RDONLY, 0);
    case Row::openat2: return syscall(SYS_openat2, AT_FDCWD, fifo, &how, sizeof how);
    default: _exit(kExitUnavailable);
  }
}

long block_in(Row row, Timeout timeout, const Fixture& fixture) {
  if (descriptor(row).restart == Restart::kUnlessTimeout) return block_in_socket_call(row, timeout);
  switch (descriptor(row).mechanism) {
    case Mechanism::kNone: return block_in_file_call(row);
    case Mechanism::kReadiness:
    case Mechanism::kSignal:
    case Mechanism::kSleep:
    case Mechanism::kIoUring:
    case Mechanism::kProcess: return block_in_wait(row);
    default: return block_in_ipc_call(row, fixture);
  }
}

[[noreturn]] void run_child(Row row, int handler_flags, Timeout timeout, const Fixture& fixture) {
  struct sigaction action {};
  action.sa_handler = count_signal;
  action.sa_flags = handler_flags;
  sigaction(SIGUSR1, &action, nullptr);
  const long result = block_in(row, timeout, fixture);
  _exit(result == -1 && errno == EINTR ? kExitInterrupted : kExitOther);
}

Outcome outcome_of(int status) {
  if (!WIFEXITED(status)) return Outcome::kOther;
  if (WEXITSTATUS(status) == kExitInterrupted) return Outcome::kInterrupted;
  return WEXITSTATUS(status) == kExitUnavailable ? Outcome::kUnavailable : Outcome::kOther;
}

Outcome interrupt(Row row, int handler_flags, Timeout timeout) {
  const Fixture fixture;
  const pid_t child = fork();
  if (child == 0) run_child(row, handler_flags, timeout, fixture);
  int status = 0;
  bool sent = false;
  for (;;) {  // ctest ends a call that neither blocks nor returns
    if (waitpid(child, &status, WNOHANG) == child) return outcome_of(status);
    // The handler's count is read first: a call that is seen after it was entered again.
    const bool was_handled = handled->load() > 0;
    const bool blocks = number_it_blocks_in(child) == descriptor(row).number;
    if (blocks && was_handled) break;
    if (blocks && !sent) {
      kill(child, SIGUSR1);
      sent = true;
    }
    sched_yield();
  }
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  return Outcome::kRestarted;
}

class RestartWitness : public testing::TestWithParam<Row> {};

TEST_P(RestartWitness, KernelDoesWhatTheRowSays) {
  const Restart restart = descriptor(GetParam()).restart;
  const Outcome plain = interrupt(GetParam(), 0, Timeout::kWithout);
  if (plain == Outcome::kUnavailable) GTEST_SKIP() << "this kernel does not offer the call here";
  EXPECT_EQ(plain, Outcome::kInterrupted) << "without SA_RESTART";
  EXPECT_EQ(interrupt(GetParam(), SA_RESTART, Timeout::kWithout),
            restart == Restart::kNever ? Outcome::kInterrupted : Outcome::kRestarted)
      << "with SA_RESTART";
  if (restart == Restart::kUnlessTimeout) {
    EXPECT_EQ(interrupt(GetParam(), SA_RESTART, Timeout::kWith), Outcome::kInterrupted)
        << "with SA_RESTART and a timeout on the socket";
  }
}

// ioctl blocks on devices only, and none is at hand.
std::vector<Row> blocking_rows() {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < kRowCount; ++i) {
    const Row row = static_cast<Row>(i);
    if (descriptor(row).restart != Restart::kNotBlocking && row != Row::ioctl) rows.push_back(row);
  }
  return rows;
}

INSTANTIATE_TEST_SUITE_P(EveryBlockingCall, RestartWitness, testing::ValuesIn(blocking_rows()),
                         [](const auto& row) { return std::string(descriptor(row.param).name); });

}  // namespace
}  // namespace flinch
