// Goal: System V semaphores keep what semop(2) and semctl(2) promise.
#include "core/mechanisms/system_v_semaphores.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <sys/ipc.h>
#include <sys/sem.h>

#include "core/mechanisms/world.h"

namespace flinch::mechanisms {
namespace {

using Patience = SystemVSemaphores::Patience;
using Ended = std::vector<std::pair<ThreadId, int>>;

class Semaphores : public testing::Test {
 protected:
  std::optional<int> operate(int who, std::vector<SemaphoreOperation> operations) {
    for (const SemaphoreOperation& operation : operations)
      if ((operation.flags & SEM_UNDO) != 0) set_.remember(who);
    return set_.operate({who, who, std::move(operations)}, Patience::kEndless);
  }

  SystemVSemaphores set_{{IPC_PRIVATE, 0600}, 3};
};

TEST_F(Semaphores, DoAllOperationsOfASetOrNone) {
  set_.set(0, 1, 1);
  EXPECT_EQ(operate(1, {{0, -1, 0}, {1, -1, IPC_NOWAIT}}), EAGAIN);
  EXPECT_EQ(set_.value(0), 1);
  set_.set(1, 1, 1);
  EXPECT_EQ(operate(1, {{0, -1, 0}, {1, -1, IPC_NOWAIT}}), 0);
  EXPECT_EQ(set_.value(0), 0);
  EXPECT_EQ(set_.value(1), 0);
}

TEST_F(Semaphores, ServeWhoeverCameFirst) {
  EXPECT_EQ(operate(1, {{0, -2, 0}}), std::nullopt);
  EXPECT_EQ(operate(2, {{0, -1, 0}}), std::nullopt);
  EXPECT_EQ(set_.waiting(0, SystemVSemaphores::For::kIncrease), 2);
  EXPECT_EQ(operate(3, {{0, 1, 0}}), 0);
  EXPECT_EQ(set_.take_ended(), (Ended{{2, 0}}));  // one is too little for the first
  EXPECT_EQ(operate(3, {{0, 2, 0}}), 0);
  EXPECT_EQ(set_.take_ended(), (Ended{{1, 0}}));
  EXPECT_EQ(set_.last(0), 1);
}

TEST_F(Semaphores, WakeThoseWhoWaitForZero) {
  set_.set(0, 1, 1);
  EXPECT_EQ(operate(1, {{0, 0, 0}}), std::nullopt);
  EXPECT_EQ(set_.waiting(0, SystemVSemaphores::For::kZero), 1);
  EXPECT_EQ(operate(2, {{0, -1, 0}}), 0);
  EXPECT_EQ(set_.take_ended(), (Ended{{1, 0}}));
}

TEST_F(Semaphores, UndoWhenAProcessEndsAndStopAtZero) {
  EXPECT_EQ(operate(1, {{0, 3, SEM_UNDO}}), 0);
  EXPECT_EQ(operate(2, {{0, -1, 0}}), 0);
  set_.end_process(1);
  EXPECT_EQ(set_.value(0), 0);
  EXPECT_EQ(operate(2, {{0, -1, 0}}), std::nullopt);
}

TEST_F(Semaphores, ForgetWhatToUndoWhenAValueIsSet) {
  EXPECT_EQ(operate(1, {{0, 3, SEM_UNDO}}), 0);
  set_.set(0, 5, 2);
  set_.end_process(1);
  EXPECT_EQ(set_.value(0), 5);
}

TEST_F(Semaphores, StayWithinTheirRange) {
  set_.set(0, kSemaphoreMax, 1);
  EXPECT_EQ(operate(1, {{0, 1, 0}}), ERANGE);
  EXPECT_EQ(set_.value(0), kSemaphoreMax);
}

TEST_F(Semaphores, EndEveryWaitWhenTheyAreRemoved) {
  EXPECT_EQ(operate(1, {{0, -1, 0}}), std::nullopt);
  set_.remove();
  EXPECT_EQ(set_.take_ended(), (Ended{{1, EIDRM}}));
}

TEST(SemaphoreLimits, AreTheOwners) {
  Limits limits;
  limits.system_v.sets = 1;
  limits.system_v.semaphores = 4;
  World world{limits};
  const auto get = [&](int count) {
    world.make(0, call::Semget{IPC_PRIVATE, count, 0600});
    return world.take_replies().at(0).second.error;
  };
  EXPECT_EQ(get(5), ENOSPC);
  EXPECT_EQ(get(4), 0);
  EXPECT_EQ(get(1), ENOSPC);
}

TEST(SemaphoreModes, BindWhoeverIsNotPrivileged) {
  Limits limits;
  limits.system_v.ignores_modes = false;
  World world{limits};
  world.make(0, call::Semget{1, 1, IPC_CREAT | 0400});
  world.make(0, call::Semtimedop{0, {{0, 1, 0}}, std::nullopt});
  world.make(0, call::Semget{1, 1, 0600});
  world.make(0, call::Semctl{0, 0, GETVAL, 0, {}});
  std::vector<int> errors;
  for (const auto& [thread, reply] : world.take_replies()) errors.push_back(reply.error);
  EXPECT_EQ(errors, (std::vector<int>{0, EACCES, EACCES, 0}));
}

}  // namespace
}  // namespace flinch::mechanisms
