// Goal: System V message queues keep what msgop(2) and msgctl(2) promise.
#include "core/mechanisms/system_v_queue.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <sys/ipc.h>
#include <sys/msg.h>

#include "core/mechanisms/world.h"

namespace flinch::mechanisms {
namespace {

using Message = SystemVQueue::Message;
using How = SystemVQueue::Choice::How;

class MessageQueues : public testing::Test {
 protected:
  Answer<Message> receive(How how, std::int64_t type, std::size_t size = 100) {
    return queue_.receive({how, type, size, false}, 1);
  }

  SystemVQueue queue_{{IPC_PRIVATE, 0600}, 20};
};

TEST_F(MessageQueues, KeepTheirOrderWithinAType) {
  for (const auto& [type, text] : {std::pair{2, "a"}, std::pair{1, "b"}, std::pair{2, "c"}})
    queue_.send({type, text}, 1);
  EXPECT_EQ(receive(How::kEqual, 2).value(), (Message{2, "a"}));
  EXPECT_EQ(receive(How::kAny, 0).value(), (Message{1, "b"}));
  EXPECT_EQ(receive(How::kExcept, 1).value(), (Message{2, "c"}));
  EXPECT_TRUE(receive(How::kAny, 0).is_blocked());
}

TEST_F(MessageQueues, GiveTheLowestTypeUpToAnother) {
  for (const auto& [type, text] :
       {std::pair{4, "a"}, std::pair{3, "b"}, std::pair{2, "c"}, std::pair{2, "d"}})
    queue_.send({type, text}, 1);
  EXPECT_EQ(receive(How::kAtMost, 3).value(), (Message{2, "c"}));
  EXPECT_TRUE(receive(How::kAtMost, 1).is_blocked());
}

TEST_F(MessageQueues, KeepAMessageThatDoesNotFit) {
  queue_.send({1, "0123456789"}, 1);
  EXPECT_EQ(receive(How::kAny, 0, 9).error(), Errno{E2BIG});
  EXPECT_EQ(queue_.receive({How::kAny, 0, 4, true}, 1).value(), (Message{1, "0123"}));
  EXPECT_EQ(queue_.bytes(), 0U);
}

TEST_F(MessageQueues, CopyWithoutTaking) {
  queue_.send({1, "a"}, 1);
  queue_.send({2, "b"}, 1);
  EXPECT_EQ(queue_.copy({How::kNumber, 1, 100, false}).value(), (Message{2, "b"}));
  EXPECT_EQ(queue_.count(), 2U);
  EXPECT_EQ(queue_.copy({How::kNumber, 0, 0, true}).error(), Errno{EINVAL});
}

TEST_F(MessageQueues, GoToWhoeverWaitsForThem) {
  queue_.await_message(5, 5, {How::kEqual, 2, 100, false});
  queue_.await_message(6, 6, {How::kAny, 0, 1, false});
  queue_.await_message(7, 7, {How::kAny, 0, 100, false});
  queue_.send({1, "long"}, 1);
  const auto served = queue_.take_served();
  ASSERT_EQ(served.size(), 2U);
  EXPECT_EQ(served[0].first, 6);
  EXPECT_EQ(served[0].second.error(), Errno{E2BIG});
  EXPECT_EQ(served[1].first, 7);
  EXPECT_EQ(queue_.count(), 0U);
  EXPECT_EQ(queue_.last_receiver(), 7);
}

TEST_F(MessageQueues, HaveRoomForSoManyBytes) {
  EXPECT_TRUE(queue_.has_room_for(20));
  EXPECT_FALSE(queue_.has_room_for(21));
  for (int i = 0; i < 20; ++i) queue_.send({1, ""}, 1);
  EXPECT_FALSE(queue_.has_room_for(0));
}

TEST_F(MessageQueues, WakeTheSendersThatFit) {
  queue_.send({1, Bytes(20, 'x')}, 1);
  queue_.await_room(5, 21);
  queue_.await_room(6, 20);
  EXPECT_TRUE(receive(How::kAny, 0).is_value());
  EXPECT_EQ(queue_.take_roused(), std::vector<ThreadId>{6});
}

TEST(MessageQueueWorld, EndsEveryWaitWhenAQueueIsRemoved) {
  World world{Limits{}};
  world.make(0, call::Msgget{IPC_PRIVATE, 0600});
  world.make(0, call::Fork{});
  std::ignore = world.take_replies();
  world.make(0, call::Msgrcv{0, 10, 0, 0});
  EXPECT_TRUE(world.is_asleep(0));
  world.make(1, call::Msgctl{0, IPC_RMID, 0, 0});
  EXPECT_FALSE(world.is_asleep(0));
  EXPECT_EQ(world.take_replies().at(0), std::pair(0, failed(EIDRM)));
}

TEST(MessageQueueLimits, AreTheOwners) {
  Limits limits;
  limits.system_v.queues = 1;
  limits.is_privileged = false;
  World world{limits};
  world.make(0, call::Msgget{IPC_PRIVATE, 0600});
  world.make(0, call::Msgget{IPC_PRIVATE, 0600});
  world.make(0, call::Msgctl{0, IPC_SET, 0600, limits.system_v.queue_bytes + 1});
  std::vector<int> errors;
  for (const auto& [thread, reply] : world.take_replies()) errors.push_back(reply.error);
  EXPECT_EQ(errors, (std::vector<int>{0, ENOSPC, EPERM}));
}

}  // namespace
}  // namespace flinch::mechanisms
