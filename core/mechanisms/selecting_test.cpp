// Goal: the promises of poll(2) and select(2), one a test, without a kernel.
#include <errno.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>

#include "core/mechanisms/world.h"

namespace flinch::mechanisms {
namespace {

/// Descriptors 0 and 1 are the ends of a pipe, 2 is an eventfd that holds 1.
class Selecting : public testing::Test {
 protected:
  Selecting() {
    ask(call::Pipe2{0});
    ask(call::Eventfd2{1, 0});
  }
  Reply ask(const SystemCall& call, ThreadId thread = 0) {
    world.make(thread, call);
    auto replies = world.take_replies();
    return replies.empty() ? failed(kWaits) : replies.back().second;
  }
  static constexpr int kWaits = 512;  // "it waits"
  World world{Limits{}};
};

using Numbers = std::vector<std::int64_t>;

TEST_F(Selecting, SetsBecomeWhatIsReady) {
  const Reply reply = ask(call::Select{{3, 0b101, 0b110, 0b111}, Deadline::kPast});
  EXPECT_EQ(reply.value, 3);
  EXPECT_EQ(reply.numbers, (Numbers{0b100, 0b110, 0}));
}

TEST_F(Selecting, ClosedDescriptorIsRefusedBelowTheCount) {
  EXPECT_EQ(ask(call::Select{{3, 0b1001, {}, {}}, Deadline::kPast}).error, 0);
  EXPECT_EQ(ask(call::Select{{4, 0b1001, {}, {}}, Deadline::kPast}).error, EBADF);
  EXPECT_EQ(ask(call::Select{{-1, 0b1, {}, {}}, Deadline::kPast}).error, EINVAL);
  EXPECT_EQ(ask(call::Pselect6{{1, 0b1, {}, {}}, Deadline::kInvalid}).error, EINVAL);
}

TEST_F(Selecting, HangUpIsReadableAndErrorIsBoth) {
  ask(call::Close{1});
  EXPECT_EQ(ask(call::Select{{1, 1, {}, {}}, Deadline::kPast}).value, 1);
  ask(call::Pipe2{0});  // 1 and 3
  ask(call::Close{1});
  const Reply reply = ask(call::Select{{4, 0b1000, 0b1000, 0b1000}, Deadline::kPast});
  EXPECT_EQ(reply.numbers, (Numbers{0b1000, 0b1000, 0}));
}

TEST_F(Selecting, WaitsForWhateverComesFirst) {
  ask(call::Read{2, 8});
  ask(call::Fork{});
  EXPECT_EQ(ask(call::Select{{3, 0b101, {}, {}}, Deadline::kNone}, 1).error, kWaits);
  ask(call::Write{1, "x"});
  EXPECT_EQ(world.runnable(), std::vector<ThreadId>{1});
  world.run(1);
  EXPECT_EQ(world.take_replies().back().second.numbers, Numbers{0b001});
}

TEST_F(Selecting, PollSleepsOnWhatIsNotForIt) {
  ask(call::Read{2, 8});
  ask(call::Fork{});
  EXPECT_EQ(ask(call::Poll{{{2, POLLPRI}, {-1, POLLIN}}, -1}, 1).error, kWaits);
  ask(call::Write{2, Bytes("\1\0\0\0\0\0\0\0", 8)});
  EXPECT_TRUE(world.runnable().empty());
}

}  // namespace
}  // namespace flinch::mechanisms
