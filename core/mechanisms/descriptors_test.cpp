// Goal: descriptors are given out, opened again and refused as dup(2), open(2), lseek(2), capabilities(7) and
// getrlimit(2) promise.
#include <errno.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

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

TEST_F(Descriptors, PipesHaveNoPosition) {
  EXPECT_EQ(answer(call::Lseek{0, 0, SEEK_CUR}).error, ESPIPE);
  EXPECT_EQ(answer(call::Lseek{0, 0, 9}).error, EINVAL);
  EXPECT_EQ(answer(call::Pread{1, 1, 0}).error, ESPIPE);  // before it is seen to be the wrong end
  EXPECT_EQ(answer(call::Pwrite{1, "x", -1}).error, EINVAL);
  EXPECT_EQ(answer(call::Pipe2{0}).error, 0);
  EXPECT_EQ(answer(call::Splice{0, 3, 1, 0, 0, std::nullopt}).error, ESPIPE);
}

TEST_F(Descriptors, APipeOpensAgainAtEitherEnd) {
  EXPECT_EQ(answer(call::Close{1}).error, 0);
  EXPECT_EQ(answer(call::Reopen{0, O_WRONLY}).value, 1);
  EXPECT_EQ(answer(call::Write{1, "abc"}).value, 3);
  EXPECT_EQ(answer(call::Close{1}).error, 0);
  EXPECT_EQ(answer(call::Reopen{0, O_RDONLY}).value, 1);  // waits for nobody
  EXPECT_EQ(answer(call::Read{1, 9}).bytes, "abc");
  EXPECT_EQ(answer(call::Reopen{7, O_RDONLY}).error, ENOENT);
}

TEST_F(Descriptors, PathsAreLookedAtInOrder) {
  EXPECT_EQ(answer(call::MakeFifo{"f"}).error, 0);
  EXPECT_EQ(answer(call::MakeFifo{"f"}).error, EEXIST);
  EXPECT_EQ(answer(call::MakeFifo{"f", S_IFDIR}).error, EPERM);
  EXPECT_EQ(answer(call::MakeFifo{"", S_IFMT}).error, EINVAL);
  EXPECT_EQ(answer(call::MakeFifo{"f/x"}).error, ENOTDIR);
  EXPECT_EQ(answer(call::MakeFifo{"g/x"}).error, ENOENT);
  EXPECT_EQ(answer(call::Open{Bytes(256, 'x'), O_RDONLY}).error, ENAMETOOLONG);
  EXPECT_EQ(answer(call::Unlink{""}).error, ENOENT);
}

TEST_F(Descriptors, WithoutCapabilitiesModesAndLimitsHold) {
  EXPECT_EQ(answer(call::MakeFifo{"f", S_IFIFO | 0400}).error, 0);
  EXPECT_EQ(answer(call::Capset{false}).error, 0);
  EXPECT_EQ(answer(call::Open{"f", O_RDWR}).error, EACCES);
  EXPECT_EQ(answer(call::Open{"f", O_RDONLY | O_NONBLOCK}).value, 2);
  EXPECT_EQ(answer(call::Open{"f", O_RDONLY | O_TRUNC}).error, EACCES);
  EXPECT_EQ(answer(call::Fcntl{0, F_SETPIPE_SZ, 2 << 20}).error, EPERM);
  EXPECT_EQ(answer(call::Capset{true}).error, 0);
  EXPECT_EQ(answer(call::Open{"f", O_RDWR}).value, 3);
  EXPECT_EQ(answer(call::Fcntl{0, F_SETPIPE_SZ, 2 << 20}).value, 2 << 20);
}

}  // namespace
}  // namespace flinch::mechanisms
