// Goal: a trace line says what a person wants to know of a call, in the kernel's words.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include <string>

#include "core/log/test_calls.h"

namespace flinch {
namespace {

TEST(Trace, ReadShowsTheBytesThatCame) {
  char buffer[4096] = "hello\n";
  const Event event = call(Row::read, {3, buffer, sizeof buffer}, 6, Mechanism::kPipe);
  EXPECT_EQ(to_text(event, kSomeone, Colour::kNever), R"(0.1 read(3<pipe>, "hello\n", 4096) = 6)");
}

TEST(Trace, ThreadIsNamedWhenItIsNotTheFirst) {
  const Event event = call(Row::close, {3}, 0);
  EXPECT_EQ(to_text(event, Caller{"0.2", 1, 3}, Colour::kNever), "0.2/3 close(3) = 0");
}

TEST(Trace, ErrorsHaveNameAndText) {
  EXPECT_EQ(text_of_call(call(Row::read, {3, nullptr, 16}, -EAGAIN, Mechanism::kUnixStream)),
            "read(3<unix>, NULL, 16) = -1 EAGAIN (Resource temporarily unavailable)");
}

TEST(Trace, LongBuffersAreCut) {
  const std::string data(100, 'x');
  EXPECT_EQ(text_of_call(call(Row::write, {1, data.data(), data.size()}, 100)),
            "write(1, \"" + std::string(kCaptureBytesMax, 'x') + "\"..., 100) = 100");
}

TEST(Trace, BadPointersAreShownAsSuch) {
  EXPECT_EQ(text_of_call(call(Row::write, {1, 0x10, 5}, -EFAULT)),
            "write(1, 0x10, 5) = -1 EFAULT (Bad address)");
}

TEST(Trace, VectorsAreJoined) {
  char first[] = "ab", second[] = "cde";
  const iovec parts[] = {{first, 2}, {second, 3}};
  EXPECT_EQ(text_of_call(call(Row::writev, {4, parts, 2}, 5, Mechanism::kTcp)),
            R"(writev(4<tcp>, "abcde", 2) = 5)");
  EXPECT_EQ(text_of_call(call(Row::readv, {4, parts, 2}, 3, Mechanism::kTcp)),
            R"(readv(4<tcp>, "abc", 2) = 3)");
}

TEST(Trace, MessagesShowTheirPayload) {
  char data[] = "ping";
  iovec part{data, 4};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  const int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
  EXPECT_EQ(text_of_call(call(Row::sendmsg, {5, &message, flags}, 4, Mechanism::kUnixSeqpacket)),
            R"(sendmsg(5<unix-seqpacket>, "ping", MSG_DONTWAIT|MSG_NOSIGNAL) = 4)");
  EXPECT_EQ(text_of_call(call(Row::recvmsg, {5, &message, 0}, 2, Mechanism::kUnixSeqpacket)),
            R"(recvmsg(5<unix-seqpacket>, "pi", 0) = 2)");
  mmsghdr several[2] = {{message, 3}, {message, 4}};
  EXPECT_EQ(text_of_call(call(Row::recvmmsg, {5, several, 2, MSG_WAITFORONE, nullptr}, 2, Mechanism::kUdp)),
            R"(recvmmsg(5<udp>, "pin", 2, MSG_WAITFORONE, NULL) = 2)");
}

TEST(Trace, SocketsAndTheirFlags) {
  EXPECT_EQ(text_of_call(call(Row::socket, {AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0}, 3)),
            "socket(AF_UNIX, SOCK_STREAM|SOCK_NONBLOCK|SOCK_CLOEXEC, 0) = 3");
  const int pair[2] = {7, 8};
  EXPECT_EQ(text_of_call(call(Row::socketpair, {AF_UNIX, SOCK_DGRAM, 0, pair}, 0)),
            "socketpair(AF_UNIX, SOCK_DGRAM, 0, [7, 8]) = 0");
  EXPECT_EQ(text_of_call(call(Row::shutdown, {3, SHUT_WR}, 0, Mechanism::kTcp)),
            "shutdown(3<tcp>, SHUT_WR) = 0");
}

TEST(Trace, UnixAddresses) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  strcpy(address.sun_path, "/run/x");
  EXPECT_EQ(text_of_call(call(Row::connect, {3, &address, 9}, 0, Mechanism::kUnixStream)),
            "connect(3<unix>, unix:/run/x, 9) = 0");
  memcpy(address.sun_path, "\0ab\0c", 5);
  EXPECT_EQ(text_of_call(call(Row::bind, {3, &address, 7}, 0, Mechanism::kUnixStream)),
            "bind(3<unix>, unix:@ab\\0c, 7) = 0");
  EXPECT_EQ(text_of_call(call(Row::bind, {3, &address, 2}, 0, Mechanism::kUnixStream)),
            "bind(3<unix>, unix:, 2) = 0");
  memset(address.sun_path, 'p', sizeof address.sun_path);
  EXPECT_EQ(text_of_call(call(Row::bind, {3, &address, 110}, 0)),
            "bind(3, unix:" + std::string(kCaptureSockAddrMax - 2, 'p') + "..., 110) = 0");
}

TEST(Trace, InternetAddresses) {
  sockaddr_in four{};
  four.sin_family = AF_INET;
  four.sin_port = htons(80);
  four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(text_of_call(call(Row::connect, {3, &four, sizeof four}, -ECONNREFUSED, Mechanism::kTcp)),
            "connect(3<tcp>, 127.0.0.1:80, 16) = -1 ECONNREFUSED (Connection refused)");
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(443);
  six.sin6_addr = in6addr_loopback;
  socklen_t room = sizeof six;
  EXPECT_EQ(text_of_call(call(Row::accept4, {3, &six, &room, SOCK_CLOEXEC}, 4, Mechanism::kTcp)),
            "accept4(3<tcp>, [::1]:443, [28], SOCK_CLOEXEC) = 4");
}

TEST(Trace, AddressesAreShownAsFarAsTheyWereWritten) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  socklen_t length = 4;  // too little room: the kernel writes no more, but answers 28
  Event event = begin_call(Row::accept, {3, &address, &length}, Mechanism::kTcp);
  length = 28;
  EXPECT_EQ(text_of_call(end_call(event, 4)), "accept(3<tcp>, AF_INET6, [28]) = 4");
}

TEST(Trace, PipesAndDescriptors) {
  const int pair[2] = {3, 4};
  EXPECT_EQ(text_of_call(call(Row::pipe2, {pair, O_CLOEXEC | O_NONBLOCK}, 0, Mechanism::kPipe)),
            "pipe2([3, 4], O_NONBLOCK|O_CLOEXEC) = 0");
  EXPECT_EQ(text_of_call(call(Row::dup2, {3, 0}, 0, Mechanism::kPipe)), "dup2(3<pipe>, 0) = 0");
  EXPECT_EQ(text_of_call(call(Row::fcntl, {3, F_SETFL, O_RDWR | O_NONBLOCK}, 0, Mechanism::kPipe)),
            "fcntl(3<pipe>, F_SETFL, O_RDWR|O_NONBLOCK) = 0");
  EXPECT_EQ(text_of_call(call(Row::fcntl, {3, F_GETFL, 0}, O_WRONLY, Mechanism::kPipe)),
            "fcntl(3<pipe>, F_GETFL) = 0x1 (O_WRONLY)");
  EXPECT_EQ(text_of_call(call(Row::fcntl, {3, F_SETPIPE_SZ, 4096}, 4096, Mechanism::kPipe)),
            "fcntl(3<pipe>, F_SETPIPE_SZ, 4096) = 4096");
  const int one = 1;
  EXPECT_EQ(text_of_call(call(Row::ioctl, {3, FIONBIO, &one}, 0, Mechanism::kTcp)),
            "ioctl(3<tcp>, FIONBIO, [1]) = 0");
  const int queued = 77;
  EXPECT_EQ(text_of_call(call(Row::ioctl, {3, FIONREAD, &queued}, 0, Mechanism::kTcp)),
            "ioctl(3<tcp>, FIONREAD, [77]) = 0");
}

TEST(Trace, OpenHasItsModeOnlyWhenItCreates) {
  EXPECT_EQ(text_of_call(call(Row::openat, {AT_FDCWD, "/tmp/fifo", O_RDONLY | O_NONBLOCK, 0xdead}, 3)),
            R"(openat(AT_FDCWD, "/tmp/fifo", O_RDONLY|O_NONBLOCK) = 3)");
  EXPECT_EQ(text_of_call(call(Row::openat, {AT_FDCWD, "f", O_WRONLY | O_CREAT | O_TRUNC, 0644}, 3)),
            R"(openat(AT_FDCWD, "f", O_WRONLY|O_CREAT|O_TRUNC, 0644) = 3)");
}

TEST(Trace, SocketOptionsByTheirLevel) {
  const int one = 1;
  EXPECT_EQ(text_of_call(call(Row::setsockopt, {3, SOL_SOCKET, SO_REUSEADDR, &one, 4}, 0, Mechanism::kTcp)),
            "setsockopt(3<tcp>, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0");
  const int error = 111;
  const socklen_t length = 4;
  EXPECT_EQ(
      text_of_call(call(Row::getsockopt, {3, SOL_SOCKET, SO_ERROR, &error, &length}, 0, Mechanism::kTcp)),
      "getsockopt(3<tcp>, SOL_SOCKET, SO_ERROR, [111], [4]) = 0");
  EXPECT_EQ(text_of_call(call(Row::setsockopt, {3, IPPROTO_TCP, 1, &one, 4}, 0)),
            "setsockopt(3, IPPROTO_TCP, TCP_NODELAY, [1], 4) = 0");
}

TEST(Trace, PollShowsWhatWasAskedAndWhatCame) {
  pollfd entries[] = {{3, POLLIN, 0}, {4, POLLOUT, 0}};
  Event event = begin_call(Row::poll, {entries, 2, -1}, Mechanism::kReadiness);
  EXPECT_EQ(text_of_call(event), "poll([{fd=3, events=POLLIN}, {fd=4, events=POLLOUT}], 2, -1) = ?");
  entries[0].revents = POLLIN | POLLHUP;
  EXPECT_EQ(text_of_call(end_call(event, 1)),
            "poll([{fd=3, events=POLLIN, revents=POLLIN|POLLHUP}, {fd=4, events=POLLOUT}], 2, -1) = 1");
}

TEST(Trace, SelectShowsWhatWasAskedAndWhatIsReady) {
  fd_set set;
  FD_ZERO(&set);
  FD_SET(3, &set);
  FD_SET(5, &set);
  const timeval timeout{1, 500000};
  Event event = begin_call(Row::select, {6, &set, nullptr, nullptr, &timeout}, Mechanism::kReadiness);
  FD_CLR(3, &set);
  EXPECT_EQ(text_of_call(end_call(event, 1)), "select(6, {asked=[3, 5], ready=[5]}, NULL, NULL, 1.5s) = 1");
}

TEST(Trace, Epoll) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.u64 = 5;
  EXPECT_EQ(text_of_call(call(Row::epoll_ctl, {6, EPOLL_CTL_ADD, 5, &event}, 0, Mechanism::kReadiness)),
            "epoll_ctl(6, EPOLL_CTL_ADD, 5, {events=EPOLLIN|EPOLLET, data=5}) = 0");
  epoll_event ready[8] = {};
  for (std::uint32_t i = 0; i < 4; ++i) ready[i] = epoll_event{EPOLLIN, {.u64 = i}};
  EXPECT_EQ(
      text_of_call(call(Row::epoll_wait, {6, ready, 8, 100}, 4, Mechanism::kReadiness)),
      "epoll_wait(6, [{events=EPOLLIN, data=0}, {events=EPOLLIN, data=1}, {events=EPOLLIN, data=2}, ...], "
      "8, 100) = 4");
}

TEST(Trace, Signals) {
  EXPECT_EQ(text_of_call(call(Row::kill, {-5, SIGUSR1}, 0)), "kill(-5, SIGUSR1) = 0");
  EXPECT_EQ(text_of_call(call(Row::tgkill, {5, 6, SIGRTMIN + 1}, 0)), "tgkill(5, 6, SIGRTMIN+1) = 0");
  const std::uint64_t action[4] = {0x401000, SA_RESTART | SA_SIGINFO, 0, 0};
  EXPECT_EQ(text_of_call(call(Row::rt_sigaction, {SIGCHLD, action, nullptr, 8}, 0)),
            "rt_sigaction(SIGCHLD, {handler=0x401000, flags=SA_SIGINFO|SA_RESTART}, NULL, 8) = 0");
  const std::uint64_t set = 1ULL << (SIGCHLD - 1) | 1ULL << (SIGUSR1 - 1);
  const std::uint64_t old = ~0ULL;
  EXPECT_EQ(text_of_call(call(Row::rt_sigprocmask, {SIG_BLOCK, &set, &old, 8}, 0)),
            "rt_sigprocmask(SIG_BLOCK, [USR1 CHLD], ~[], 8) = 0");
  const timespec timeout{0, 10'000'000};
  EXPECT_EQ(text_of_call(call(Row::rt_sigtimedwait, {&set, nullptr, &timeout, 8}, -EAGAIN)),
            "rt_sigtimedwait([USR1 CHLD], NULL, 0.01s, 8) = -1 EAGAIN (Resource temporarily unavailable)");
}

TEST(Trace, SystemV) {
  EXPECT_EQ(text_of_call(call(Row::msgget, {IPC_PRIVATE, IPC_CREAT | IPC_EXCL | 0600}, 9)),
            "msgget(IPC_PRIVATE, IPC_CREAT|IPC_EXCL|0600) = 9");
  struct {
    long type;
    char text[4];
  } const message{7, {'a', 'b', 'c', 'd'}};
  EXPECT_EQ(text_of_call(call(Row::msgsnd, {9, &message, 3, IPC_NOWAIT}, 0)),
            R"(msgsnd(9, {type=7, text="abc"}, 3, IPC_NOWAIT) = 0)");
  EXPECT_EQ(text_of_call(call(Row::msgrcv, {9, &message, 100, -7, MSG_NOERROR}, 4)),
            R"(msgrcv(9, {type=7, text="abcd"}, 100, -7, MSG_NOERROR) = 4)");
  const sembuf operations[] = {{0, -1, SEM_UNDO}, {1, 1, 0}};
  EXPECT_EQ(text_of_call(call(Row::semop, {2, operations, 2}, 0)),
            "semop(2, [{num=0, op=-1, flags=SEM_UNDO}, {num=1, op=1, flags=0}], 2) = 0");
  EXPECT_EQ(text_of_call(call(Row::semctl, {2, 0, SETVAL, 1}, 0)), "semctl(2, 0, SETVAL, 1) = 0");
  EXPECT_EQ(text_of_call(call(Row::shmat, {2, nullptr, SHM_RDONLY}, 0x7f0000002000)),
            "shmat(2, NULL, SHM_RDONLY) = 0x7f0000002000");
  EXPECT_EQ(text_of_call(call(Row::shmctl, {2, IPC_RMID, nullptr}, 0)), "shmctl(2, IPC_RMID, NULL) = 0");
}

TEST(Trace, MemoryAndFutexes) {
  EXPECT_EQ(text_of_call(call(Row::memfd_create, {"pool", MFD_CLOEXEC}, 3)),
            R"(memfd_create("pool", MFD_CLOEXEC) = 3)");
  EXPECT_EQ(text_of_call(call(Row::mmap, {nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, 3, 0},
                              0x7f0000001000, Mechanism::kPosixShm)),
            "mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, 3<posix-shm>, 0) = 0x7f0000001000");
  const timespec timeout{2, 0};
  const int operation = FUTEX_WAIT | FUTEX_PRIVATE_FLAG;
  EXPECT_EQ(
      text_of_call(call(Row::futex, {0x1000, operation, 1, &timeout, nullptr, 0}, -ETIMEDOUT)),
      "futex(0x1000, FUTEX_WAIT|FUTEX_PRIVATE_FLAG, 1, 2s, NULL, 0) = -1 ETIMEDOUT (Connection timed out)");
}

TEST(Trace, ShowsWhatAProgramIsStartedWith) {
  const std::string longest(80, 'x');
  const char* const arguments[] = {"sh", "-c", "echo \"$1\"", "", nullptr};
  EXPECT_EQ(text_of_call(call(Row::execve, {"/bin/sh", arguments, nullptr}, 0)),
            R"(execve("/bin/sh", ["sh", "-c", "echo \"$1\"", ""], NULL) = 0)");
  const char* const cut[] = {"a", longest.c_str(), "b", nullptr};
  EXPECT_EQ(text_of_call(call(Row::execve, {"a", cut, nullptr}, 0)),
            "execve(\"a\", [\"a\", \"" + std::string(62, 'x') + "\"..., ...], NULL) = 0");
  // The 64 bytes end behind a string: not the last one.
  const std::string fits(61, 'x');
  const char* const full[] = {"a", fits.c_str(), "b", nullptr};
  EXPECT_EQ(text_of_call(call(Row::execve, {"a", full, nullptr}, 0)),
            "execve(\"a\", [\"a\", \"" + fits + "\", ...], NULL) = 0");
  const char* const none[] = {nullptr};
  EXPECT_EQ(text_of_call(call(Row::execve, {"a", none, nullptr}, 0)), "execve(\"a\", [], NULL) = 0");
  const char* const bad[] = {reinterpret_cast<const char*>(16), nullptr};
  EXPECT_EQ(text_of_call(call(Row::execve, {"a", reinterpret_cast<const void*>(16), nullptr}, -EFAULT)),
            "execve(\"a\", 0x10, NULL) = -1 EFAULT (Bad address)");
  EXPECT_EQ(text_of_call(call(Row::execve, {"a", bad, nullptr}, -EFAULT)).find('['), std::string::npos);
}

TEST(Trace, ShowsTheFlagsOfClone3) {
  const std::uint64_t arguments[11] = {CLONE_VM | CLONE_VFORK, 0, 0, 0, SIGCHLD};
  EXPECT_EQ(text_of_call(call(Row::clone3, {arguments, sizeof arguments}, 7)),
            "clone3({flags=CLONE_VM|CLONE_VFORK, exit_signal=SIGCHLD}, 88) = 7");
  EXPECT_EQ(text_of_call(call(Row::clone3, {arguments, 8}, -EINVAL)),
            "clone3({flags=CLONE_VM|CLONE_VFORK}, 8) = -1 EINVAL (Invalid argument)");
}

TEST(Trace, Processes) {
  const int flags = CLONE_VM | CLONE_VFORK | SIGCHLD;
  EXPECT_EQ(text_of_call(call(Row::clone, {flags, nullptr, nullptr, nullptr, nullptr}, 5)),
            "clone(CLONE_VM|CLONE_VFORK|SIGCHLD, NULL, NULL, NULL, NULL) = 5");
  int status = 3 << 8;
  EXPECT_EQ(text_of_call(call(Row::wait4, {-1, &status, WNOHANG, nullptr}, 5)),
            "wait4(-1, [exited 3], WNOHANG, NULL) = 5");
  status = SIGSEGV;
  EXPECT_EQ(text_of_call(call(Row::wait4, {-1, &status, 0, nullptr}, 5)),
            "wait4(-1, [killed by SIGSEGV], 0, NULL) = 5");
  EXPECT_EQ(text_of_call(begin_call(Row::exit_group, {3})), "exit_group(3) = ?");
}

TEST(Trace, Counters) {
  const std::uint64_t count = 5;
  EXPECT_EQ(text_of_call(call(Row::read, {3, &count, 8}, 8, Mechanism::kEventfd)),
            "read(3<eventfd>, [5], 8) = 8");
  EXPECT_EQ(text_of_call(call(Row::timerfd_create, {CLOCK_MONOTONIC, O_CLOEXEC}, 3)),
            "timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC) = 3");
  const itimerspec timer{{0, 0}, {0, 1000}};
  EXPECT_EQ(text_of_call(call(Row::timerfd_settime, {3, 0, &timer, nullptr}, 0, Mechanism::kTimerfd)),
            "timerfd_settime(3<timerfd>, 0, {interval=0s, value=0.000001s}, NULL) = 0");
}

TEST(Trace, FaultsStandAtTheEndAndAreRed) {
  char buffer[4] = "h";
  Event event = call(Row::read, {3, buffer, 4}, 1, Mechanism::kPipe);
  event.fault_kind = FaultKind::kShort;
  event.fault_amount = 1;
  EXPECT_EQ(text_of_call(event), R"(read(3<pipe>, "h", 4) = 1  <- short: 1 byte)");
  EXPECT_EQ(to_text(event, kSomeone, Colour::kAlways),
            "0.1 read(3<pipe>, \"h\", 4) = 1  \x1b[31m<- short: 1 byte\x1b[0m");
  event = call(Row::pause, {}, -EINTR);
  event.fault_kind = FaultKind::kEintr;
  event.fault_signal = SIGUSR1;
  EXPECT_EQ(text_of_call(event), "pause() = -1 EINTR (Interrupted system call)  <- eintr: SIGUSR1");
  event.fault_kind = FaultKind::kDelay;
  event.fault_amount = 10'000'000;
  EXPECT_EQ(text_of_call(event), "pause() = -1 EINTR (Interrupted system call)  <- delay: 10ms");
}

}  // namespace
}  // namespace flinch
