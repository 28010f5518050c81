// Goal: what signal(7), sigaction(2) and sigsuspend(2) promise, one sentence a test. Whether the kernel keeps it
// too is what the scripts of conformance/ ask.
#include "core/mechanisms/signals.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/wait.h>

#include "core/mechanisms/world.h"

namespace flinch::mechanisms {
namespace {

using Handler = SignalAction::Handler;

TEST(PendingSignals, ComeByNumberAndEqualOnesByAge) {
  PendingSignals pending;
  pending.add({40, SI_QUEUE, 1, 7});
  pending.add({SIGUSR1, SI_USER, 1, 0});
  pending.add({40, SI_QUEUE, 1, 8});
  EXPECT_EQ(pending.take(~SignalSet{0})->signal, SIGUSR1);
  EXPECT_EQ(pending.take(~SignalSet{0})->value, 7);
  EXPECT_EQ(pending.take(~SignalSet{0})->value, 8);
  EXPECT_FALSE(pending.take(~SignalSet{0}));
}

TEST(PendingSignals, FaultsComeBeforeLowerNumbers) {
  PendingSignals pending;
  pending.add({SIGUSR1, SI_USER, 1, 0});
  pending.add({SIGSEGV, SI_USER, 1, 0});
  EXPECT_EQ(pending.take(~SignalSet{0})->signal, SIGSEGV);
}

TEST(PendingSignals, OneWithoutRoomInTheQueueTellsNothing) {
  PendingSignals pending;
  pending.add_bare(SIGTERM);
  EXPECT_EQ(pending.take(~SignalSet{0}), (SignalInfo{SIGTERM, SI_USER, 0, 0}));
}

/// A process and its child, whose calls are made by name.
class Family : public testing::Test {
 protected:
  Family() {
    make(0, call::Fork{});
    make(1, call::Sigaction{SIGUSR1, SignalAction{Handler::kFunction, 0, 0}});
    make(1, call::Sigaction{SIGUSR2, SignalAction{Handler::kFunction, SA_RESTART, 0}});
  }
  Reply make(ThreadId thread, const SystemCall& call) {
    world.make(thread, call);
    while (!world.runnable().empty()) world.run(world.runnable().front());
    Reply reply;
    for (auto& [whose, said] : world.take_replies()) {
      if (whose == thread) reply = said;
      if (whose == 1) of_child = said;
    }
    return reply;
  }
  void send(int signal) { make(0, call::Kill{{Target::Kind::kProcess, 1}, signal}); }
  std::vector<int> handled() {
    std::vector<int> signals;
    for (const auto& [thread, info] : world.take_handled()) signals.push_back(info.signal);
    return signals;
  }

  World world{Limits{}};
  Reply of_child;
};

TEST_F(Family, ReadIsInterruptedUnlessTheHandlerRestarts) {
  const Reply ends = make(1, call::Pipe2{0});
  make(1, call::Read{static_cast<int>(ends.numbers[0]), 1});
  send(SIGUSR2);
  EXPECT_TRUE(world.is_asleep(1));
  send(SIGUSR1);
  EXPECT_EQ(of_child.error, EINTR);
  EXPECT_EQ(handled(), (std::vector{SIGUSR2, SIGUSR1}));
}

TEST_F(Family, PauseEndsAfterAnyHandlerButNotAfterAStop) {
  make(1, call::Pause{});
  send(SIGSTOP);
  EXPECT_TRUE(world.is_stopped(1));
  send(SIGCONT);
  EXPECT_TRUE(world.is_asleep(1));
  send(SIGUSR2);
  EXPECT_EQ(of_child.error, EINTR);
}

TEST_F(Family, WaitingForASignalTakesItEvenWhileItIsBlocked) {
  make(1, call::Sigprocmask{SIG_BLOCK, set_of(SIGUSR1)});
  make(1, call::Sigtimedwait{set_of(SIGUSR1), call::Sigtimedwait::Timeout::kNone});
  send(SIGUSR1);
  EXPECT_EQ(of_child.value, SIGUSR1);
  EXPECT_TRUE(handled().empty());
}

TEST_F(Family, WaitingForASignalEndsAfterAStop) {
  make(1, call::Sigtimedwait{set_of(SIGUSR1), call::Sigtimedwait::Timeout::kNone});
  send(SIGSTOP);
  send(SIGCONT);
  EXPECT_EQ(of_child.error, EINTR);
}

TEST_F(Family, SuspendingPutsTheMaskBack) {
  make(1, call::Sigprocmask{SIG_BLOCK, set_of(SIGUSR1)});
  send(SIGUSR1);
  make(1, call::Sigsuspend{0});
  EXPECT_EQ(of_child.error, EINTR);
  EXPECT_EQ(world.own_signals(1).blocked, set_of(SIGUSR1));
}

TEST_F(Family, OfThoseThatComeTogetherTheLastRunsFirst) {
  make(1, call::Sigprocmask{SIG_BLOCK, ~SignalSet{0}});
  send(SIGUSR1);
  send(SIGUSR2);
  make(1, call::Sigprocmask{SIG_SETMASK, 0});
  EXPECT_EQ(handled(), (std::vector{SIGUSR2, SIGUSR1}));
}

TEST_F(Family, TheEndOfAChildIsTold) {
  make(0, call::Sigaction{SIGCHLD, SignalAction{Handler::kFunction, SA_SIGINFO, 0}});
  send(SIGTERM);
  EXPECT_FALSE(world.is_alive(1));
  const auto told = world.take_handled();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told.front().second, (SignalInfo{SIGCHLD, CLD_KILLED, 2, SIGTERM}));
}

TEST_F(Family, WaitingTakesTheDeadOnce) {
  make(1, call::Exit{3});
  const Reply news = make(0, call::Wait4{{Target::Kind::kAny}, 0});
  EXPECT_EQ(news.value, 2);  // the second process
  EXPECT_EQ(news.numbers, std::vector<std::int64_t>{3 << 8});
  EXPECT_EQ(make(0, call::Wait4{{Target::Kind::kAny}, WNOHANG}).error, ECHILD);
}

TEST_F(Family, WaitingLooksAtAStopOnlyIfAsked) {
  send(SIGSTOP);
  EXPECT_EQ(make(0, call::Wait4{{Target::Kind::kAny}, WNOHANG}).value, 0);
  const Reply news = make(0, call::Waitid{{Target::Kind::kProcess, 1}, WSTOPPED | WNOWAIT});
  EXPECT_EQ(news.numbers, (std::vector<std::int64_t>{CLD_STOPPED, 2, SIGSTOP}));
  EXPECT_EQ(make(0, call::Waitid{{Target::Kind::kProcess, 1}, WSTOPPED}).numbers, news.numbers);
  EXPECT_EQ(make(0, call::Wait4{{Target::Kind::kAny}, WNOHANG | WUNTRACED}).value, 0);
}

TEST_F(Family, SemopIsNeverMadeAgain) {
  make(1, call::Semget{1, 1, IPC_CREAT | 0600});
  make(1, call::Semtimedop{0, {{0, -1, 0}}, std::nullopt});
  send(SIGUSR2);  // SA_RESTART
  EXPECT_EQ(of_child.error, EINTR);
  EXPECT_EQ(make(0, call::Semctl{0, 0, GETNCNT, 0, {}}).value, 0);
}

}  // namespace
}  // namespace flinch::mechanisms
