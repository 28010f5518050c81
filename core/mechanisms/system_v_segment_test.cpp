// Goal: System V shared memory keeps what shmop(2) and shmctl(2) promise.
#include <errno.h>
#include <gtest/gtest.h>
#include <sys/ipc.h>
#include <sys/shm.h>

#include "core/mechanisms/world.h"

namespace flinch::mechanisms {
namespace {

constexpr Address kPlace = 1 << 20;

class SharedMemory : public testing::Test {
 protected:
  Reply make(ThreadId thread, const SystemCall& call) {
    world_.make(thread, call);
    const auto replies = world_.take_replies();
    return replies.empty() ? Reply{} : replies.at(0).second;
  }
  std::int64_t attached() { return make(0, call::Shmctl{0, IPC_STAT, 0}).numbers.at(3); }

  World world_{Limits{}};
};

TEST_F(SharedMemory, ShowsOneProcessWhatAnotherWrote) {
  make(0, call::Shmget{1, 100, IPC_CREAT | 0600});
  make(0, call::Fork{});
  make(0, call::Shmat{0, kPlace, 0});
  const Address other = make(1, call::Shmat{0, 0, 0}).value;
  EXPECT_EQ(make(0, call::Poke{kPlace + 4090, "shared"}).value, 6);  // whole pages are shared
  EXPECT_EQ(make(1, call::Peek{other + 4090, 6}).bytes, "shared");
  EXPECT_EQ(make(1, call::Peek{other, 3}).bytes, Bytes(3, 0));
}

TEST_F(SharedMemory, CanBeReadOnly) {
  make(0, call::Shmget{1, 100, IPC_CREAT | 0600});
  make(0, call::Shmat{0, kPlace, SHM_RDONLY});
  EXPECT_EQ(make(0, call::Poke{kPlace, "x"}).error, EFAULT);
  EXPECT_EQ(make(0, call::Peek{kPlace, 1}).value, 1);
}

TEST_F(SharedMemory, StaysUntilTheLastOneLetsGo) {
  make(0, call::Shmget{1, 100, IPC_CREAT | 0600});
  make(0, call::Shmat{0, kPlace, 0});
  make(0, call::Fork{});
  EXPECT_EQ(attached(), 2);
  make(0, call::Shmctl{0, IPC_RMID, 0});
  EXPECT_EQ(make(0, call::Shmget{1, 100, 0600}).error, ENOENT);
  EXPECT_EQ(make(0, call::Shmctl{0, IPC_STAT, 0}).numbers.at(1), SHM_DEST | 0600);
  make(0, call::Shmdt{kPlace});
  EXPECT_EQ(attached(), 1);
  make(1, call::Exit{0});
  EXPECT_EQ(make(0, call::Shmctl{0, IPC_STAT, 0}).error, EINVAL);
}

TEST_F(SharedMemory, TakesThePlaceOfOther) {
  make(0, call::Shmget{1, 3 * 4096, IPC_CREAT | 0600});
  make(0, call::Shmget{2, 4096, IPC_CREAT | 0600});
  make(0, call::Shmat{0, kPlace, 0});
  EXPECT_EQ(make(0, call::Shmat{1, kPlace + 4096, 0}).error, EINVAL);
  EXPECT_EQ(make(0, call::Shmat{1, kPlace + 4096, SHM_REMAP}).value, kPlace + 4096);
  EXPECT_EQ(attached(), 2);  // on either side
  EXPECT_EQ(make(0, call::Shmdt{kPlace}).value, 0);
  EXPECT_EQ(attached(), 0);
  EXPECT_EQ(make(0, call::Peek{kPlace + 4096, 1}).value, 1);
}

TEST_F(SharedMemory, LiesOnPages) {
  make(0, call::Shmget{1, 100, IPC_CREAT | 0600});
  EXPECT_EQ(make(0, call::Shmat{0, kPlace + 1, 0}).error, EINVAL);
  EXPECT_EQ(make(0, call::Shmat{0, kPlace + 1, SHM_RND}).value, kPlace);
  EXPECT_EQ(make(0, call::Shmat{0, 0, SHM_REMAP}).error, EINVAL);
  EXPECT_EQ(make(0, call::Shmdt{kPlace + 1}).error, EINVAL);
}

TEST(SharedMemoryLimits, AreTheOwners) {
  Limits limits;
  limits.system_v.pages = 2;
  limits.system_v.segments = 2;
  World world{limits};
  for (const std::size_t size : {12288, 4097, 1}) world.make(0, call::Shmget{IPC_PRIVATE, size, 0600});
  std::vector<int> errors;
  for (const auto& [thread, reply] : world.take_replies()) errors.push_back(reply.error);
  EXPECT_EQ(errors, (std::vector<int>{ENOSPC, 0, ENOSPC}));
}

TEST_F(SharedMemory, LosesPagesToMunmap) {
  make(0, call::Shmget{1, 3 * 4096, IPC_CREAT | 0600});
  make(0, call::Shmat{0, kPlace, 0});
  EXPECT_EQ(make(0, call::ShmUnmap{kPlace + 1, 1}).error, EINVAL);
  EXPECT_EQ(make(0, call::ShmUnmap{kPlace + 4096, 1}).error, 0);
  EXPECT_EQ(attached(), 2);  // on either side
  EXPECT_EQ(make(0, call::Peek{kPlace + 4096, 1}).error, EFAULT);
  EXPECT_EQ(make(0, call::Shmdt{kPlace}).value, 0);
  EXPECT_EQ(attached(), 0);
}

TEST_F(SharedMemory, ObeysItsModeWithoutCapabilities) {
  make(0, call::Shmget{1, 100, IPC_CREAT | 0400});
  make(0, call::Capset{false});
  EXPECT_EQ(make(0, call::Shmat{0, kPlace, 0}).error, EACCES);
  EXPECT_EQ(make(0, call::Shmat{0, kPlace, SHM_RDONLY}).value, kPlace);
}

}  // namespace
}  // namespace flinch::mechanisms
