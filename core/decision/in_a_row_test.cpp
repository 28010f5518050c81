// Goal: what a thread did just before decides whether EAGAIN and EINTR may come now: a program that does
// the right thing gets on, whatever the rate.
#include <gtest/gtest.h>

#include "core/decision/decide.h"
#include "core/decision/fake_world.h"

namespace flinch {
namespace {

class InARow : public testing::Test {
 protected:
  /// A non-blocking TCP socket with bytes in it and room for more.
  void add_socket(int fd) {
    FakeObject& object = thread.add(fd, Mechanism::kTcp);
    object.view.is_nonblocking = object.view.is_readable = object.view.is_writable = true;
    object.view.queued = 100;
  }
  bool refused(Row row, int fd) { return thread.transfer(row, fd, 50).fault.carrier == Carrier::kRefuse; }

  FakeThread thread{{rule_for(FaultKind::kEagain, {Row::read, Row::write, Row::recvfrom})}};
};

TEST_F(InARow, EagainComesTwiceAtMost) {
  add_socket(3);
  for (int round = 0; round < 5; ++round) {
    EXPECT_TRUE(refused(Row::read, 3));
    EXPECT_TRUE(refused(Row::read, 3));
    EXPECT_FALSE(refused(Row::read, 3));
  }
}

// A loop over several descriptors: each of them gets on.
TEST_F(InARow, EagainIsBoundedForEachOfSeveralDescriptors) {
  for (int fd = 3; fd < 8; ++fd) add_socket(fd);
  int in_a_row[8] = {};
  int refusals = 0;
  for (int i = 0; i < 1000; ++i) {
    const int fd = 3 + i * 7 % 5;
    if (refused(Row::read, fd)) {
      ++refusals;
      ASSERT_LE(++in_a_row[fd], 2);
    } else {
      in_a_row[fd] = 0;
    }
  }
  EXPECT_GT(refusals, 500);
}

TEST_F(InARow, EagainNeverFollowsAReport) {
  add_socket(3);
  EXPECT_TRUE(refused(Row::read, 3));
  for (const Row row : {Row::poll, Row::ppoll, Row::select, Row::pselect6, Row::epoll_wait, Row::epoll_pwait,
                        Row::epoll_pwait2}) {
    thread.call(row, 0);
    EXPECT_FALSE(refused(Row::read, 3)) << descriptor(row).name;
    EXPECT_TRUE(refused(Row::read, 3)) << "it read on, with no look in between";
  }
}

// Nothing but a read takes what was reported to be readable.
TEST_F(InARow, EagainNeverFollowsAReportThatAWriteOrFcntlCameAfter) {
  add_socket(3);
  for (const Row row : {Row::write, Row::fcntl, Row::getsockopt}) {
    thread.call(Row::poll, 0);
    thread.transfer(row, 3, 50);
    EXPECT_FALSE(refused(Row::read, 3)) << descriptor(row).name;
  }
}

// A program that tries to write, reads, and tries again: its write gets through.
TEST_F(InARow, EagainIsBoundedThoughTheOtherDirectionGetsOn) {
  add_socket(3);
  int in_a_row = 0;
  for (int i = 0; i < 100; ++i) {
    in_a_row = refused(Row::write, 3) ? in_a_row + 1 : 0;
    ASSERT_LE(in_a_row, 2);
    thread.call(Row::poll, 0);
    EXPECT_FALSE(refused(Row::read, 3));
    thread.call(Row::fcntl, 3, F_GETFL);
  }
}

TEST_F(InARow, EagainIsBoundedForDescriptorsThatShareAPlace) {
  constexpr int kOther = 3 + static_cast<int>(kEagainPlaces);
  add_socket(3);
  add_socket(kOther);
  std::map<int, int> in_a_row;
  int refusals = 0;
  for (int i = 0; i < 300; ++i) {
    const int fd = i % 3 == 0 ? kOther : 3;
    in_a_row[fd] = refused(Row::read, fd) ? in_a_row[fd] + 1 : 0;
    refusals += in_a_row[fd] > 0 ? 1 : 0;
    ASSERT_LE(in_a_row[fd], 2);
  }
  EXPECT_GT(refusals, 50);
}

TEST_F(InARow, EagainNeverWhereAnotherThreadMayHaveSeenAReport) {
  add_socket(3);
  thread.slot.has_threads = 1;
  EXPECT_FALSE(refused(Row::read, 3));
}

TEST_F(InARow, EintrComesThreeTimesAtMost) {
  FakeThread waiter({rule_for(FaultKind::kEintr, {Row::epoll_wait})});
  const auto interrupted = [&] {
    return waiter.call(Row::epoll_wait, 0).fault.carrier == Carrier::kInterrupt;
  };
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(interrupted());
    EXPECT_FALSE(interrupted());
  }
}

// A loop that waits in two ways gets on in both.
TEST_F(InARow, EintrIsBoundedForEachOfTwoCallsInTurn) {
  FakeThread waiter({rule_for(FaultKind::kEintr, {Row::epoll_wait, Row::semop})});
  std::map<Row, int> in_a_row;
  for (int i = 0; i < 40; ++i) {
    const Row row = i % 2 == 0 ? Row::epoll_wait : Row::semop;
    in_a_row[row] = waiter.call(row, 0).fault ? in_a_row[row] + 1 : 0;
    ASSERT_LE(in_a_row[row], 3);
  }
}

// A moment that a plan names is meant, however often.
TEST_F(InARow, EintrByAddressIsNotBounded) {
  CompiledRule rule = rule_for(FaultKind::kEintr, {Row::epoll_wait});
  rule.is_explicit = 1;
  FakeThread waiter({rule});
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(waiter.call(Row::epoll_wait, 0).fault);
}

}  // namespace
}  // namespace flinch
