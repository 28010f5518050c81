// Goal: the promises of mq_overview(7) and its pages, one a test, without a kernel.
#include "core/mechanisms/posix_queue.h"

#include <errno.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>

#include "core/mechanisms/world.h"

namespace flinch::mechanisms {
namespace {

/// Whoever is asked ends at once; `thread` is 0 unless said.
class PosixQueues : public testing::Test {
 protected:
  Reply ask(const SystemCall& call, ThreadId thread = 0) {
    world.make(thread, call);
    auto replies = world.take_replies();
    for (auto& [other, reply] : replies) told[other] = reply;
    return told.contains(thread) && !world.is_asleep(thread) ? told.at(thread) : failed(kWaits);
  }
  int open(int flags, QueueAttributes attributes = {2, 8}, ThreadId thread = 0) {
    return static_cast<int>(ask(call::MqOpen{"q", flags | O_CREAT, attributes}, thread).value);
  }
  static constexpr int kWaits = 512;  // "it waits"
  World world{Limits{}};
  std::map<ThreadId, Reply> told;
};

TEST_F(PosixQueues, HighestPriorityFirstThenOldest) {
  const int fd = open(O_RDWR, {4, 8});
  for (const auto& [text, priority] : {std::pair{"a", 1U}, {"b", 5U}, {"c", 5U}, {"d", 0U}})
    EXPECT_EQ(ask(call::MqSend{fd, text, priority, Deadline::kNone}).error, 0);
  std::string order;
  for (int i = 0; i < 4; ++i) order += ask(call::MqReceive{fd, 8, Deadline::kNone}).bytes;
  EXPECT_EQ(order, "bcad");
}

TEST_F(PosixQueues, WhoWaitsLongestGetsTheMessage) {
  const int fd = open(O_RDWR);
  ask(call::Fork{});
  ask(call::Fork{});
  EXPECT_EQ(ask(call::MqReceive{fd, 8, Deadline::kNone}, 2).error, kWaits);
  EXPECT_EQ(ask(call::MqReceive{fd, 8, Deadline::kNone}, 1).error, kWaits);
  ask(call::MqSend{fd, "x", 3, Deadline::kNone});
  EXPECT_EQ(told.at(2).bytes, "x");
  EXPECT_EQ(told.at(2).numbers, std::vector<std::int64_t>{3});
  EXPECT_TRUE(world.is_asleep(1));
}

TEST_F(PosixQueues, RoomBelongsToWhoWaitsForIt) {
  const int fd = open(O_RDWR, {1, 8});
  ask(call::Fork{});
  ask(call::MqSend{fd, "old", 0, Deadline::kNone});
  EXPECT_EQ(ask(call::MqSend{fd, "new", 0, Deadline::kNone}, 1).error, kWaits);
  EXPECT_EQ(ask(call::MqReceive{fd, 8, Deadline::kNone}).bytes, "old");
  EXPECT_EQ(told.at(1), done(0));
  EXPECT_EQ(ask(call::MqSend{fd, "more", 0, Deadline::kPast}).error, ETIMEDOUT);
  EXPECT_EQ(ask(call::MqReceive{fd, 8, Deadline::kNone}).bytes, "new");
}

TEST_F(PosixQueues, SizesAreHeldAgainstTheQueueNotTheMessage) {
  const int fd = open(O_RDWR);
  EXPECT_EQ(ask(call::MqSend{fd, "123456789", 0, Deadline::kNone}).error, EMSGSIZE);
  EXPECT_EQ(ask(call::MqSend{fd, "1", 0, Deadline::kNone}).error, 0);
  EXPECT_EQ(ask(call::MqReceive{fd, 7, Deadline::kNone}).error, EMSGSIZE);
}

TEST_F(PosixQueues, AccessModesAndNonblocking) {
  const int reader = open(O_RDONLY | O_NONBLOCK);
  const int writer = open(O_WRONLY | O_NONBLOCK);
  EXPECT_EQ(ask(call::MqReceive{reader, 8, Deadline::kNone}).error, EAGAIN);
  EXPECT_EQ(ask(call::MqReceive{writer, 8, Deadline::kNone}).error, EBADF);
  EXPECT_EQ(ask(call::MqSend{reader, "x", 0, Deadline::kNone}).error, EBADF);
  EXPECT_EQ(ask(call::MqSend{writer, "x", 32768, Deadline::kNone}).error, EINVAL);
  EXPECT_EQ(ask(call::Fcntl{reader, F_GETFD, 0}).value, FD_CLOEXEC);
}

TEST_F(PosixQueues, UnlinkedWhileOpenItGoesOn) {
  const int fd = open(O_RDWR);
  ask(call::MqSend{fd, "x", 0, Deadline::kNone});
  EXPECT_EQ(ask(call::MqUnlink{"q"}), done(0));
  EXPECT_EQ(ask(call::MqUnlink{"q"}).error, ENOENT);
  const int other = open(O_RDWR | O_EXCL);
  EXPECT_EQ(ask(call::MqGetSetAttr{other, {}}).numbers, (std::vector<std::int64_t>{0, 2, 8, 0}));
  EXPECT_EQ(ask(call::MqReceive{fd, 8, Deadline::kNone}).bytes, "x");
}

TEST_F(PosixQueues, LimitsBindWhoIsNotPrivileged) {
  const QueueLimits limits;
  EXPECT_EQ(PosixQueue::charge({11, 1}, limits, false, 0), Errno{EINVAL});
  EXPECT_TRUE(PosixQueue::charge({11, 1}, limits, true, 0).is_value());
  EXPECT_EQ(PosixQueue::charge({65537, 1}, limits, true, 0), Errno{EINVAL});
  EXPECT_EQ(PosixQueue::charge({10, 8192}, limits, false, 0), std::uint64_t{10 * (8192 + 96)});
  EXPECT_EQ(PosixQueue::charge({10, 8192}, limits, false, 800000), Errno{EMFILE});
}

TEST_F(PosixQueues, OneRegistrationForOneMessage) {
  const int fd = open(O_RDWR);
  ask(call::Fork{});
  EXPECT_EQ(ask(call::MqNotify{fd, SIGEV_NONE, 0}), done(0));
  EXPECT_EQ(ask(call::MqNotify{fd, SIGEV_NONE, 0}, 1).error, EBUSY);
  EXPECT_EQ(ask(call::MqNotify{fd, {}, 0}, 1), done(0));  // not his, so nothing happens
  EXPECT_EQ(ask(call::MqNotify{fd, SIGEV_NONE, 0}, 1).error, EBUSY);
  ask(call::MqSend{fd, "x", 0, Deadline::kNone});
  EXPECT_EQ(ask(call::MqNotify{fd, SIGEV_NONE, 0}, 1), done(0));
  ask(call::Close{fd}, 1);
  EXPECT_EQ(ask(call::MqNotify{fd, SIGEV_NONE, 0}), done(0));
}

TEST_F(PosixQueues, PollSeesBothSidesThroughAnyDescriptor) {
  const int fd = open(O_RDONLY, {1, 8});
  ask(call::Fork{});
  const int writer = open(O_WRONLY, {}, 1);
  EXPECT_EQ(ask(call::Poll{{{fd, POLLIN}}, -1}).error, kWaits);
  ask(call::MqSend{writer, "x", 0, Deadline::kNone}, 1);
  ASSERT_EQ(world.runnable(), std::vector<ThreadId>{0});
  world.run(0);
  EXPECT_EQ(world.take_replies().at(0).second.numbers, std::vector<std::int64_t>{POLLIN});
  EXPECT_EQ(ask(call::Poll{{{fd, POLLOUT}}, 0}).value, 0);
}

TEST_F(PosixQueues, StatusTellsBytesAndWhoIsRegistered) {
  const int fd = open(O_RDWR);
  EXPECT_EQ(ask(call::MqStatus{fd}).numbers, (std::vector<std::int64_t>{0, 0, 0, 0}));
  ask(call::MqNotify{fd, SIGEV_NONE, 0});
  EXPECT_EQ(ask(call::MqStatus{fd}).numbers, (std::vector<std::int64_t>{0, SIGEV_NONE, 0, 1}));
  ask(call::MqSend{fd, "abc", 0, Deadline::kNone});
  ask(call::MqSend{fd, "de", 1, Deadline::kNone});
  EXPECT_EQ(ask(call::MqStatus{fd}).numbers, (std::vector<std::int64_t>{5, 0, 0, 0}));
  EXPECT_EQ(ask(call::MqStatus{open(O_WRONLY)}).error, EBADF);
}

TEST_F(PosixQueues, ModesHoldForWhoeverOpensWhatIsThere) {
  ask(call::Capset{false});
  EXPECT_GE(ask(call::MqOpen{"r", O_RDWR | O_CREAT, QueueAttributes{1, 1}, 0400}).value, 0);
  EXPECT_EQ(ask(call::MqOpen{"r", O_RDWR, {}}).error, EACCES);
  EXPECT_GE(ask(call::MqOpen{"r", O_RDONLY, {}}).value, 0);
  EXPECT_EQ(ask(call::MqOpen{"s", O_RDWR | O_CREAT, QueueAttributes{11, 1}}).error, EINVAL);
}

}  // namespace
}  // namespace flinch::mechanisms
