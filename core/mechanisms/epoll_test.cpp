// Goal: the promises of epoll(7), one a test, without a kernel.
#include "core/mechanisms/epoll.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include "core/mechanisms/world.h"

namespace flinch::mechanisms {
namespace {

using Numbers = std::vector<std::int64_t>;

/// Descriptor 0 is an eventfd that holds 0; 1 and 2 are instances.
class Epolls : public testing::Test {
 protected:
  Epolls() {
    ask(call::Eventfd2{0, EFD_SEMAPHORE});
    ask(call::EpollCreate1{0});
    ask(call::EpollCreate1{0});
  }
  Reply ask(const SystemCall& call, ThreadId thread = 0) {
    world.make(thread, call);
    auto replies = world.take_replies();
    return replies.empty() ? failed(kWaits) : replies.back().second;
  }
  int add(int epoll, int fd, std::uint32_t events, int operation = EPOLL_CTL_ADD) {
    return ask(call::EpollCtl{epoll, operation, fd, {events, 7}}).error;
  }
  Numbers ready(int epoll = 1) { return ask(call::EpollWait{epoll, 8, 0}).numbers; }
  void count() { ask(call::Write{0, Bytes("\1\0\0\0\0\0\0\0", 8)}); }
  static constexpr int kWaits = 512;  // "it waits"
  World world{Limits{}};
};

TEST_F(Epolls, LevelIsToldAgainEdgeOnce) {
  EXPECT_EQ(add(1, 0, EPOLLIN), 0);
  EXPECT_EQ(add(2, 0, EPOLLIN | EPOLLET), 0);
  EXPECT_TRUE(ready().empty());
  count();
  EXPECT_EQ(ready(1), (Numbers{EPOLLIN, 7}));
  EXPECT_EQ(ready(1), (Numbers{EPOLLIN, 7}));
  EXPECT_EQ(ready(2), (Numbers{EPOLLIN, 7}));
  EXPECT_TRUE(ready(2).empty());
  count();
  EXPECT_EQ(ready(2), (Numbers{EPOLLIN, 7}));
}

TEST_F(Epolls, OneshotWaitsToBeChanged) {
  count();
  add(1, 0, EPOLLIN | EPOLLONESHOT);
  EXPECT_EQ(ready(), (Numbers{EPOLLIN, 7}));
  count();
  EXPECT_TRUE(ready().empty());
  EXPECT_EQ(add(1, 0, EPOLLIN | EPOLLONESHOT, EPOLL_CTL_MOD), 0);
  EXPECT_EQ(ready(), (Numbers{EPOLLIN, 7}));
}

TEST_F(Epolls, ExclusiveWakesOne) {
  ask(call::Fork{});
  ask(call::Fork{});
  add(1, 0, EPOLLIN | EPOLLEXCLUSIVE);
  add(2, 0, EPOLLIN | EPOLLEXCLUSIVE);
  EXPECT_EQ(ask(call::EpollWait{1, 8, -1}, 1).error, kWaits);
  EXPECT_EQ(ask(call::EpollWait{2, 8, -1}, 2).error, kWaits);
  count();
  EXPECT_EQ(world.runnable(), std::vector<ThreadId>{1});
}

TEST_F(Epolls, WatchOutlivesItsNumberNotItsFile) {
  add(1, 0, EPOLLIN);
  count();
  ask(call::Dup{0});
  ask(call::Close{0});
  EXPECT_EQ(ready(), (Numbers{EPOLLIN, 7}));
  ask(call::Close{3});
  EXPECT_TRUE(ready().empty());
}

TEST_F(Epolls, NestsAndIsPolled) {
  add(1, 0, EPOLLIN);
  add(2, 1, EPOLLIN | EPOLLET);
  EXPECT_TRUE(ready(2).empty());
  count();
  EXPECT_EQ(ask(call::Poll{{{2, POLLIN}}, 0}).numbers, Numbers{POLLIN});
  EXPECT_EQ(ready(2), (Numbers{EPOLLIN, 7}));
  EXPECT_TRUE(ready(2).empty());
}

TEST_F(Epolls, RefusesLoopsDepthAndMemory) {
  add(1, 2, EPOLLIN);
  EXPECT_EQ(add(2, 1, EPOLLIN), ELOOP);
  EXPECT_EQ(add(1, 1, EPOLLIN), EINVAL);
  for (int fd = 3; fd < 6; ++fd) {
    ask(call::EpollCreate1{0});
    EXPECT_EQ(add(fd - 1, fd, EPOLLIN), 0);
  }
  ask(call::EpollCreate1{0});
  EXPECT_EQ(add(5, 6, EPOLLIN), ELOOP);
  EXPECT_EQ(ask(call::MemfdCreate{0}).value, 7);
  EXPECT_EQ(add(1, 7, EPOLLIN), EPERM);
  EXPECT_EQ(add(1, 9, EPOLLIN), EBADF);
}

TEST_F(Epolls, LevelWakesTheNextWaiter) {
  ask(call::Fork{});
  ask(call::Fork{});
  add(1, 0, EPOLLIN);
  ask(call::EpollWait{1, 8, -1}, 1);
  ask(call::EpollWait{1, 8, -1}, 2);
  count();
  EXPECT_EQ(world.runnable(), std::vector<ThreadId>{2});  // who came last is first
  world.run(2);
  EXPECT_EQ(world.runnable(), std::vector<ThreadId>{1});
}

}  // namespace
}  // namespace flinch::mechanisms
