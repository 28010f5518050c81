// Goal: the kernel's structures are shown by their members, in text and in JSON, and cut ones as such.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/openat2.h>
#include <mqueue.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "core/log/test_calls.h"

namespace flinch {
namespace {

/// A message of four bytes with descriptors, and with a name where there is one.
class Message {
 public:
  explicit Message(const std::vector<int>& fds) : control_(fds.empty() ? 0 : CMSG_SPACE(fds.size() * 4)) {
    header_.msg_iov = &part_;
    header_.msg_iovlen = 1;
    if (fds.empty()) return;
    header_.msg_control = control_.data();
    header_.msg_controllen = control_.size();
    cmsghdr* const head = CMSG_FIRSTHDR(&header_);
    *head = {CMSG_LEN(fds.size() * 4), SOL_SOCKET, SCM_RIGHTS};
    memcpy(CMSG_DATA(head), fds.data(), fds.size() * 4);
  }
  void name(sockaddr_in& address) {
    header_.msg_name = &address;
    header_.msg_namelen = sizeof address;
  }
  [[nodiscard]] const msghdr* header() const { return &header_; }

 private:
  char data_[5] = "ping";
  iovec part_{data_, 4};
  std::vector<char> control_;
  msghdr header_{};
};

sockaddr_in dns_server() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(53);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

TEST(Structs, MessagesShowTheDescriptorsThatGoWithThem) {
  const Message message({9, 11});
  const Event sent = call(Row::sendmsg, {5, message.header(), 0}, 4, Mechanism::kUnixStream);
  EXPECT_EQ(text_of_call(sent), R"(sendmsg(5<unix>, {data="ping", descriptors=[9, 11]}, 0) = 4)");
  EXPECT_EQ(text_of_call(call(Row::recvmsg, {5, message.header(), 0}, 4, Mechanism::kUnixStream)),
            R"(recvmsg(5<unix>, {data="ping", descriptors=[9, 11]}, 0) = 4)");
  const auto args = nlohmann::json::parse(to_json(sent, kSomeone))["args"];
  EXPECT_EQ(args["message"], "ping");
  EXPECT_EQ(args["descriptors"], (std::vector<int>{9, 11}));
  const Message many({1, 2, 3, 4, 5, 6, 7, 8});
  EXPECT_EQ(text_of_call(call(Row::sendmsg, {5, many.header(), 0}, 4, Mechanism::kUnixStream)),
            R"(sendmsg(5<unix>, {data="ping", descriptors=[1, 2, 3, 4, 5, 6, ...]}, 0) = 4)");
}

TEST(Structs, MessagesShowWhomTheyAreFor) {
  sockaddr_in address = dns_server();
  Message message({});
  message.name(address);
  const Event sent = call(Row::sendmsg, {5, message.header(), 0}, 4, Mechanism::kUdp);
  EXPECT_EQ(text_of_call(sent), R"(sendmsg(5<udp>, {data="ping", address=127.0.0.1:53}, 0) = 4)");
  EXPECT_EQ(nlohmann::json::parse(to_json(sent, kSomeone))["args"]["address"], "127.0.0.1:53");
  mmsghdr several[2] = {{*message.header(), 4}, {*message.header(), 4}};
  EXPECT_EQ(text_of_call(call(Row::sendmmsg, {5, several, 2, 0}, 2, Mechanism::kUdp)),
            R"(sendmmsg(5<udp>, {data="ping", address=127.0.0.1:53}, 2, 0) = 2)");
  EXPECT_EQ(text_of_call(call(Row::recvmmsg, {5, several, 2, 0, nullptr}, 1, Mechanism::kUdp)),
            R"(recvmmsg(5<udp>, {data="ping", address=127.0.0.1:53}, 2, 0, NULL) = 1)");
}

TEST(Structs, SignalsAndTheirSenders) {
  siginfo_t info{};
  info.si_signo = SIGUSR2;
  info.si_code = SI_QUEUE;
  info.si_pid = 7;
  info.si_uid = 8;
  info.si_value.sival_int = 42;
  EXPECT_EQ(text_of_call(call(Row::rt_sigqueueinfo, {7, SIGUSR2, &info}, 0)),
            "rt_sigqueueinfo(7, SIGUSR2, {signal=SIGUSR2, code=SI_QUEUE, pid=7, uid=8, value=42}) = 0");
  info.si_signo = SIGCHLD;
  info.si_code = CLD_KILLED;
  info.si_status = SIGKILL;
  EXPECT_EQ(text_of_call(call(Row::waitid, {P_PIDFD, 3, &info, WEXITED, nullptr}, 0)),
            "waitid(P_PIDFD, 3, {signal=SIGCHLD, code=CLD_KILLED, pid=7, uid=8, status=SIGKILL}, WEXITED, "
            "NULL) = 0");
  const std::uint64_t action[4] = {0x401000, SA_RESTART, 0, 1ULL << (SIGINT - 1)};
  EXPECT_EQ(text_of_call(call(Row::rt_sigaction, {SIGCHLD, action, nullptr, 8}, 0)),
            "rt_sigaction(SIGCHLD, {handler=0x401000, flags=SA_RESTART, mask=[INT]}, NULL, 8) = 0");
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGUSR1;
  const int timer = 3;
  EXPECT_EQ(text_of_call(call(Row::timer_create, {CLOCK_MONOTONIC, &event, &timer}, 0)),
            "timer_create(CLOCK_MONOTONIC, {notify=SIGEV_SIGNAL, signal=SIGUSR1}, [3]) = 0");
}

TEST(Structs, QueuesAndTheirPriorities) {
  const mq_attr attributes{O_NONBLOCK, 4, 64, 1, {}};
  EXPECT_EQ(
      text_of_call(call(Row::mq_open, {"q", O_CREAT | O_WRONLY, 0600, &attributes}, 3)),
      R"(mq_open("q", O_WRONLY|O_CREAT, 0600, {flags=O_NONBLOCK, maxmsg=4, msgsize=64, curmsgs=1}) = 3)");
  EXPECT_EQ(text_of_call(call(Row::mq_getsetattr, {3, nullptr, &attributes}, 0, Mechanism::kPosixMq)),
            "mq_getsetattr(3<posix-mq>, NULL, {flags=O_NONBLOCK, maxmsg=4, msgsize=64, curmsgs=1}) = 0");
  const char text[64] = "hello";
  const unsigned priority = 7;
  EXPECT_EQ(
      text_of_call(call(Row::mq_timedreceive, {3, text, 64, &priority, nullptr}, 5, Mechanism::kPosixMq)),
      R"(mq_timedreceive(3<posix-mq>, "hello", 64, [7], NULL) = 5)");
}

TEST(Structs, SocketOptionsThatAreStructures) {
  const timeval time{1, 500'000};
  EXPECT_EQ(text_of_call(call(Row::setsockopt, {3, SOL_SOCKET, SO_RCVTIMEO, &time, 16}, 0)),
            "setsockopt(3, SOL_SOCKET, SO_RCVTIMEO, 1.5s, 16) = 0");
  const linger wait{1, 3};
  EXPECT_EQ(text_of_call(call(Row::setsockopt, {3, SOL_SOCKET, SO_LINGER, &wait, 8}, 0)),
            "setsockopt(3, SOL_SOCKET, SO_LINGER, {on=1, seconds=3}, 8) = 0");
  const int error = 0;
  const socklen_t length = 4;
  EXPECT_EQ(text_of_call(call(Row::getsockopt, {3, SOL_SOCKET, SO_ERROR, &error, &length}, 0)),
            "getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4]) = 0");
}

TEST(Structs, WordsOfSingleCalls) {
  const open_how how{O_RDONLY | O_NONBLOCK, 0, RESOLVE_NO_SYMLINKS};
  EXPECT_EQ(text_of_call(call(Row::openat2, {AT_FDCWD, "/f", &how, sizeof how}, 3)),
            R"(openat2(AT_FDCWD, "/f", {flags=O_RDONLY|O_NONBLOCK, resolve=RESOLVE_NO_SYMLINKS}, 24) = 3)");
  const char* const path = "/a/path/that/is/longer/than/open_how";
  EXPECT_EQ(
      text_of_call(call(Row::openat2, {AT_FDCWD, path, nullptr, 24}, -EFAULT)),
      R"(openat2(AT_FDCWD, "/a/path/that/is/longer/than/open_how", NULL, 24) = -1 EFAULT (Bad address))");
  EXPECT_EQ(text_of_call(call(Row::close_range, {40, 0xffffffffU, CLOSE_RANGE_CLOEXEC}, 0)),
            "close_range(40, 4294967295, CLOSE_RANGE_CLOEXEC) = 0");
  EXPECT_EQ(text_of_call(call(Row::preadv2, {3, nullptr, 0, -1, 0, RWF_NOWAIT}, 0)),
            "preadv2(3, NULL, 0, -1, 0, RWF_NOWAIT) = 0");
  EXPECT_EQ(text_of_call(call(Row::mknodat, {AT_FDCWD, "/f", S_IFIFO | 0600, 0}, 0)),
            R"(mknodat(AT_FDCWD, "/f", S_IFIFO|0600, 0) = 0)");
  EXPECT_EQ(text_of_call(call(Row::fcntl, {3, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK}, 0)),
            "fcntl(3, F_ADD_SEALS, F_SEAL_SEAL|F_SEAL_SHRINK) = 0");
  const itimerval time{{0, 0}, {5, 0}};
  EXPECT_EQ(text_of_call(call(Row::getitimer, {ITIMER_REAL, &time}, 0)),
            "getitimer(ITIMER_REAL, {interval=0s, value=5s}) = 0");
}

}  // namespace
}  // namespace flinch
