// Goal: numbers of descriptors are given out as dup(2), fcntl(2) and getrlimit(2) promise.
#include <errno.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>

#include "core/mechanisms/world.h"

namespace flinch::mechanisms {
namespace {

/// A process with a pipe: 0 reads, 1 writes.
class Descriptors : public testing::Test {
 protected:
  Descriptors() { std::ignore = answer(call::Pipe2{0}); }

  Reply answer(const SystemCall& call) {
    world_.make(0, call);
    return world_.take_replies().front().second;
  }

  World world_{Limits{}};
};

TEST_F(Descriptors, ALowerLimitLeavesWhatIsOpen) {
  EXPECT_EQ(answer(call::LimitDescriptors{1}).error, 0);
  EXPECT_EQ(answer(call::Write{1, "abc"}).value, 3);
  EXPECT_EQ(answer(call::Dup{0}).error, EMFILE);
  EXPECT_EQ(answer(call::Pipe2{0}).error, EMFILE);
  EXPECT_EQ(answer(call::Close{0}).error, 0);
  EXPECT_EQ(answer(call::Dup{1}).value, 0);
}

TEST_F(Descriptors, NumbersBeyondTheLimitAreNone) {
  EXPECT_EQ(answer(call::LimitDescriptors{4}).error, 0);
  EXPECT_EQ(answer(call::Dup3{0, 3, 0}).value, 3);
  EXPECT_EQ(answer(call::Dup3{0, 4, 0}).error, EBADF);
  EXPECT_EQ(answer(call::Fcntl{0, F_DUPFD, 4}).error, EINVAL);
  EXPECT_EQ(answer(call::Fcntl{0, F_DUPFD, 3}).error, EMFILE);
  EXPECT_EQ(answer(call::Poll{{5, {1, POLLOUT}}, 0}).error, EINVAL);
}

TEST_F(Descriptors, AChildHasTheLimitToo) {
  EXPECT_EQ(answer(call::LimitDescriptors{2}).error, 0);
  const auto child = static_cast<ThreadId>(answer(call::Fork{}).value);
  world_.make(child, call::Dup{0});
  EXPECT_EQ(world_.take_replies().front().second.error, EMFILE);
}

}  // namespace
}  // namespace flinch::mechanisms
