// Goal: after a stop and continue, with no handler anywhere, some calls of the bare kernel answer EINTR
// and the others go on waiting (signal(7)). The eintr injector knows which: it is held against the kernel
// here, call by call, because it interrupts the first kind without a signal.
#include <linux/futex.h>
#include <mqueue.h>
#include <sys/epoll.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/un.h>
#include <time.h>

#include "conformance/observe.h"
#include "conformance/streams.h"
#include "core/decision/injector.h"

namespace flinch::conformance {
namespace {

// System V objects outlive processes.
struct SysvObjects {
  int semaphores = semget(IPC_PRIVATE, 1, 0600);
  int messages = msgget(IPC_PRIVATE, 0600);
  SysvObjects() = default;
  ~SysvObjects() {
    semctl(semaphores, 0, IPC_RMID);
    msgctl(messages, IPC_RMID, nullptr);
  }
  SysvObjects(const SysvObjects&) = delete;
  SysvObjects& operator=(const SysvObjects&) = delete;
};

enum class Timeout { kWithout, kWith };

void set_timeouts(int fd, Timeout timeout) {
  if (timeout == Timeout::kWithout) return;
  const timeval hour{3600, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &hour, sizeof hour);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &hour, sizeof hour);
}

long block_on_listener(Row row, Timeout timeout) {
  sockaddr_un address{};
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  address.sun_family = AF_UNIX;
  const Fd listener{socket(AF_UNIX, SOCK_STREAM, 0)};
  bind(listener.get(), generic, sizeof(sa_family_t));  // the kernel chooses a name
  getsockname(listener.get(), generic, &length);
  listen(listener.get(), 0);
  set_timeouts(listener.get(), timeout);
  if (row != Row::connect) return syscall(descriptor(row).number, listener.get(), nullptr, nullptr, 0);
  for (;;) {  // until the backlog is full
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    set_timeouts(fd, timeout);
    if (const long result = connect(fd, generic, length); result != 0) return result;
  }
}

long block_on_socket(Row row, Timeout timeout) {
  char byte = 0;
  iovec part{&byte, 1};
  mmsghdr message{};
  message.msg_hdr.msg_iov = &part;
  message.msg_hdr.msg_iovlen = 1;
  const Stream stream = open_stream(Mechanism::kUnixStream);
  const int reader = stream.reader.get();
  const int writer = stream.writer.get();
  if (descriptor(row).direction == Direction::kWrite) {
    set_nonblocking(stream.writer);
    fill(stream.writer);
    fcntl(writer, F_SETFL, 0);
  }
  set_timeouts(reader, timeout);
  set_timeouts(writer, timeout);
  switch (row) {
    case Row::recvfrom: return recvfrom(reader, &byte, 1, 0, nullptr, nullptr);
    case Row::recvmsg: return recvmsg(reader, &message.msg_hdr, 0);
    case Row::recvmmsg: return recvmmsg(reader, &message, 1, 0, nullptr);
    case Row::sendto: return sendto(writer, &byte, 1, 0, nullptr, 0);
    case Row::sendmsg: return sendmsg(writer, &message.msg_hdr, 0);
    case Row::sendmmsg: return sendmmsg(writer, &message, 1, 0);
    default: return block_on_listener(row, timeout);
  }
}

long block_on_queue() {
  mq_attr attributes{};
  attributes.mq_maxmsg = 1;
  attributes.mq_msgsize = 8;
  const std::string name = "/flinch-stopped-" + std::to_string(getpid());
  const int queue = mq_open(name.c_str(), O_CREAT | O_EXCL | O_RDWR, 0600, &attributes);
  mq_unlink(name.c_str());
  char text[8];
  return syscall(SYS_mq_timedreceive, queue, text, sizeof text, nullptr, nullptr);
}

long block_in(Row row, Timeout timeout, const SysvObjects& objects) {
  if (descriptor(row).restart == Restart::kUnlessTimeout) return block_on_socket(row, timeout);
  const Stream stream = open_stream(Mechanism::kPipe);
  const Fd epoll{epoll_create1(0)};
  pollfd readable{stream.reader.get(), POLLIN, 0};
  epoll_event event{};
  sembuf take_one{0, -1, 0};
  sigset_t other;
  sigemptyset(&other);
  const sigset_t none = other;
  sigaddset(&other, SIGUSR2);
  const timespec hour{3600, 0};
  const timeval timeval_hour{3600, 0};
  std::uint32_t word = 0;
  long message[2];
  switch (row) {
    case Row::read: return take(stream.reader, 1);
    case Row::poll: return syscall(SYS_poll, &readable, 1, 3600000);
    case Row::ppoll: return syscall(SYS_ppoll, &readable, 1, nullptr, nullptr, 8);
    case Row::select: return syscall(SYS_select, 0, nullptr, nullptr, nullptr, &timeval_hour);
    case Row::pselect6: return syscall(SYS_pselect6, 0, nullptr, nullptr, nullptr, &hour, nullptr);
    case Row::epoll_wait: return syscall(SYS_epoll_wait, epoll.get(), &event, 1, -1);
    case Row::epoll_pwait: return syscall(SYS_epoll_pwait, epoll.get(), &event, 1, -1, nullptr, 8);
    case Row::epoll_pwait2: return syscall(SYS_epoll_pwait2, epoll.get(), &event, 1, &hour, nullptr, 8);
    case Row::semop: return syscall(SYS_semop, objects.semaphores, &take_one, 1);
    case Row::semtimedop: return syscall(SYS_semtimedop, objects.semaphores, &take_one, 1, &hour);
    case Row::msgrcv: return syscall(SYS_msgrcv, objects.messages, message, 8, 0, 0);
    case Row::mq_timedreceive: return block_on_queue();
    case Row::futex: return syscall(SYS_futex, &word, FUTEX_WAIT, 0, &hour, nullptr, 0);
    case Row::pause: return syscall(SYS_pause);
    case Row::rt_sigsuspend: return syscall(SYS_rt_sigsuspend, &none, 8);
    case Row::rt_sigtimedwait: return syscall(SYS_rt_sigtimedwait, &other, nullptr, nullptr, 8);
    case Row::nanosleep: return syscall(SYS_nanosleep, &hour, nullptr);
    case Row::clock_nanosleep: return syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &hour, nullptr);
    default: return -1;
  }
}

constexpr Row kGoOn[] = {Row::read,     Row::poll,          Row::ppoll,           Row::select,
                         Row::pselect6, Row::msgrcv,        Row::mq_timedreceive, Row::futex,
                         Row::pause,    Row::rt_sigsuspend, Row::nanosleep,       Row::clock_nanosleep};
constexpr Row kInterrupted[] = {Row::epoll_wait, Row::epoll_pwait, Row::epoll_pwait2,
                                Row::semop,      Row::semtimedop,  Row::rt_sigtimedwait};
constexpr Row kByTimeout[] = {Row::accept,   Row::accept4, Row::connect, Row::recvfrom, Row::recvmsg,
                              Row::recvmmsg, Row::sendto,  Row::sendmsg, Row::sendmmsg};

Judgement judge(Row row, Timeout timeout) {
  CallView call;
  call.row = row;
  ObjectView object;
  object.has_timeout = timeout == Timeout::kWith;
  return injector_of(FaultKind::kEintr)->decide({}, call, object, {}, {});
}

enum class Stop { kInterrupts, kDoesNot };

void expect_that_a_stop(Stop stop, Row row, Timeout timeout) {
  SCOPED_TRACE(std::string(descriptor(row).name) + (timeout == Timeout::kWith ? " with a timeout" : ""));
  const SysvObjects objects;
  Child child([&] { return block_in(row, timeout, objects); });
  ASSERT_TRUE(child.sleeps_in(descriptor(row).number));
  child.stop_and_go_on();
  if (stop == Stop::kDoesNot) {
    EXPECT_TRUE(child.sleeps_in(descriptor(row).number)) << child.result();
    EXPECT_EQ(judge(row, timeout).reason, Reason::kNoHandler);
    return;
  }
  EXPECT_EQ(child.result(), -EINTR);
  EXPECT_EQ(judge(row, timeout).reason, Reason::kLegal);
  EXPECT_EQ(judge(row, timeout).fault.signal, 0);
}

TEST(Witness, InterruptedByAStopWithNoHandler) {
  for (const Row row : kInterrupted) expect_that_a_stop(Stop::kInterrupts, row, Timeout::kWithout);
}

TEST(Witness, InterruptedByAStopWhereASocketHasATimeout) {
  for (const Row row : kByTimeout) {
    expect_that_a_stop(Stop::kInterrupts, row, Timeout::kWith);
    expect_that_a_stop(Stop::kDoesNot, row, Timeout::kWithout);
  }
}

TEST(Witness, InterruptedNeverByAStopWithNoHandler) {
  for (const Row row : kGoOn) expect_that_a_stop(Stop::kDoesNot, row, Timeout::kWithout);
}

// Stopped for however long, a transfer that goes on gets its bytes.
TEST(Witness, InterruptedNeverSoThatBytesAreLost) {
  for (const Mechanism mechanism : kStreams) {
    SCOPED_TRACE(name(mechanism));
    const Stream stream = open_stream(mechanism);
    Child child([&] { return take(stream.reader, 100); });
    ASSERT_TRUE(child.sleeps_in(SYS_read));
    child.stop();
    ASSERT_EQ(put(stream.writer, 10), 10);
    child.go_on();
    EXPECT_EQ(child.result(), 10);
  }
}

}  // namespace
}  // namespace flinch::conformance
