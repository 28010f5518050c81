// Goal: the promises of shm_overview(7), memfd_create(2), futex(2) and sem_overview(7), without a kernel.
#include "core/mechanisms/shared_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/falloc.h>
#include <linux/futex.h>
#include <linux/memfd.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "core/mechanisms/world.h"

namespace flinch::mechanisms {
namespace {

constexpr int kReadWrite = PROT_READ | PROT_WRITE;
constexpr int kWaits = 512;

class Memory : public testing::Test {
 protected:
  Reply ask(const SystemCall& call, ThreadId thread = 0) {
    world.make(thread, call);
    while (!world.runnable().empty()) world.run(world.runnable().front());
    for (auto& [other, reply] : world.take_replies()) told[other] = reply;
    return world.is_asleep(thread) ? failed(kWaits) : told.at(thread);
  }
  /// Two pages at 0, shared by threads 0, 1 and 2.
  void share() {
    ask(call::MemfdCreate{MFD_ALLOW_SEALING});
    ask(call::Ftruncate{0, 8192});
    ask(call::Mmap{0, 8192, kReadWrite, 0, 0});
    ask(call::Fork{});
    ask(call::Fork{});
  }
  Reply futex(ThreadId thread, int operation, std::uint32_t value, int count2 = 0, Address to = 4,
              std::uint32_t value3 = 0) {
    return ask(call::Futex{0, operation, value, Deadline::kNone, count2, to, value3}, thread);
  }
  World world{Limits{}};
  std::map<ThreadId, Reply> told;
};

TEST_F(Memory, IsSeenByWhoeverMapsItAndOutlivesItsNameAndDescriptor) {
  ask(call::ShmOpen{"m", O_RDWR | O_CREAT});
  ask(call::Ftruncate{0, 100});
  ask(call::Mmap{0, 100, kReadWrite, 0, 0});
  ask(call::ShmUnlink{"m"});
  ask(call::Close{0});
  ask(call::Fork{});
  EXPECT_EQ(ask(call::Store{10, "hello"}).value, 5);
  EXPECT_EQ(ask(call::Load{10, 5}, 1).bytes, "hello");
  EXPECT_EQ(ask(call::ShmOpen{"m", O_RDWR}).error, ENOENT);
}

TEST_F(Memory, GrowsWithZerosAndEndsWithItsLastPage) {
  ask(call::MemfdCreate{0});
  ask(call::Mmap{0, 8192, kReadWrite, 0, 0});
  EXPECT_EQ(ask(call::Load{0, 1}).error, EFAULT);
  ask(call::Ftruncate{0, 10});
  EXPECT_EQ(ask(call::Load{0, 8192}).bytes, Bytes(4096, 0));
  EXPECT_EQ(ask(call::Fstat{0}).numbers, (std::vector<std::int64_t>{10, S_IFREG | 0777}));
}

TEST_F(Memory, APrivatePageIsShownUntilItIsWrittenTo) {
  share();
  ask(call::Mmap{0x4000, 8192, kReadWrite, 0, 0, true});
  EXPECT_EQ(ask(call::Store{0, "shared"}).value, 6);
  EXPECT_EQ(ask(call::Load{0x4000, 6}).bytes, "shared");
  EXPECT_EQ(ask(call::Store{0x4000, "mine"}).value, 4);
  EXPECT_EQ(ask(call::Load{0, 6}).bytes, "shared");
  EXPECT_EQ(ask(call::Load{0x4000, 6}).bytes, "mineed");
  ask(call::Ftruncate{0, 0});
  EXPECT_EQ(ask(call::Load{0x4000, 1}).error, EFAULT);
}

TEST_F(Memory, PrivateMappingsDoNotCountAgainstSeals) {
  ask(call::MemfdCreate{MFD_ALLOW_SEALING});
  ask(call::Ftruncate{0, 4096});
  ask(call::Mmap{0, 4096, kReadWrite, 0, 0, true});
  EXPECT_EQ(ask(call::Fcntl{0, F_ADD_SEALS, F_SEAL_WRITE}).error, 0);
  EXPECT_EQ(ask(call::Mmap{0x1000, 4096, PROT_READ, 0, 0}).error, 0);
  EXPECT_EQ(ask(call::Mprotect{0x1000, 4096, kReadWrite}).error, EACCES);
  EXPECT_EQ(ask(call::Mprotect{0, 12288, PROT_NONE}).error, ENOMEM);  // what is there has changed
  EXPECT_EQ(ask(call::Load{0, 1}).error, EFAULT);
}

TEST_F(Memory, HolesAndAllocationsObeySeals) {
  ask(call::MemfdCreate{MFD_ALLOW_SEALING});
  constexpr int kPunch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
  EXPECT_EQ(ask(call::Fallocate{0, 0, 0, 10}).error, 0);
  EXPECT_EQ(ask(call::Pwrite{0, "0123456789", 0}).value, 10);
  EXPECT_EQ(ask(call::Fallocate{0, kPunch, 2, 3}).error, 0);
  EXPECT_EQ(ask(call::Read{0, 99}).bytes, Bytes("01\0\0\0"
                                                "56789",
                                                10));
  EXPECT_EQ(ask(call::Lseek{0, -1, SEEK_END}).value, 9);
  ask(call::Fcntl{0, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_WRITE});
  EXPECT_EQ(ask(call::Fallocate{0, FALLOC_FL_KEEP_SIZE, 0, 11}).error, EPERM);
  EXPECT_EQ(ask(call::Fallocate{0, kPunch, 0, 1}).error, EPERM);
  EXPECT_EQ(ask(call::Fallocate{0, FALLOC_FL_PUNCH_HOLE, 0, 1}).error, EOPNOTSUPP);
}

TEST_F(Memory, SealsHold) {
  share();
  EXPECT_EQ(ask(call::Fcntl{0, F_ADD_SEALS, F_SEAL_WRITE}).error, EBUSY);
  EXPECT_EQ(ask(call::Fcntl{0, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SEAL}), done(0));
  EXPECT_EQ(ask(call::Ftruncate{0, 9000}).error, EPERM);
  EXPECT_EQ(ask(call::Ftruncate{0, 4096}), done(0));
  EXPECT_EQ(ask(call::Fcntl{0, F_ADD_SEALS, F_SEAL_SHRINK}).error, EPERM);
  EXPECT_EQ(ask(call::Fcntl{0, F_GET_SEALS, 0}).value, F_SEAL_GROW | F_SEAL_SEAL);
}

TEST_F(Memory, FutexSleepsOnTheValueItExpects) {
  share();
  EXPECT_EQ(futex(0, FUTEX_WAIT, 1).error, EAGAIN);
  EXPECT_EQ(futex(0, FUTEX_WAIT, 0).error, kWaits);
  EXPECT_EQ(futex(1, FUTEX_WAIT, 0).error, kWaits);
  EXPECT_EQ(futex(2, FUTEX_WAKE, 1).value, 1);
  EXPECT_EQ(told.at(0), done(0));
  EXPECT_TRUE(world.is_asleep(1));
}

TEST_F(Memory, RequeuedSleepersWaitElsewhere) {
  share();
  futex(0, FUTEX_WAIT, 0);
  futex(1, FUTEX_WAIT, 0);
  EXPECT_EQ(futex(2, FUTEX_CMP_REQUEUE, 1, 1, 4, 1).error, EAGAIN);
  EXPECT_EQ(futex(2, FUTEX_CMP_REQUEUE, 1, 1, 4, 0).value, 2);
  EXPECT_EQ(futex(2, FUTEX_WAKE, 9).value, 0);
  EXPECT_EQ(ask(call::Futex{4, FUTEX_WAKE, 9, Deadline::kNone, 0, 0, 0}, 2).value, 1);
}

TEST_F(Memory, SemaphoresCountAndWake) {
  share();
  ask(call::SemInit{64, 1});
  EXPECT_EQ(ask(call::SemWait{64, Deadline::kNone}), done(0));
  EXPECT_EQ(ask(call::SemTrywait{64}).error, EAGAIN);
  EXPECT_EQ(ask(call::SemWait{64, Deadline::kPast}).error, ETIMEDOUT);
  EXPECT_EQ(ask(call::SemWait{64, Deadline::kNone}).error, kWaits);
  EXPECT_EQ(ask(call::SemPost{64}, 1), done(0));
  EXPECT_EQ(told.at(0), done(0));
  EXPECT_EQ(ask(call::SemGetvalue{64}, 1).numbers, std::vector<std::int64_t>{0});
}

}  // namespace
}  // namespace flinch::mechanisms
