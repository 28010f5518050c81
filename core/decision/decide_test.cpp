// Goal: a rule hits the calls that it names and no other, and an address means one moment.
#include "core/decision/decide.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/decision/fake_world.h"

namespace flinch {
namespace {

constexpr int kPipe = 3;
constexpr int kFile = 9;
constexpr Row kDelayed = Row::read;

/// Which of the first calls are hit, by number from 1. A delay is legal anywhere, so only the rule decides.
std::vector<int> hits(FakeThread& thread, int calls, int fd = kPipe) {
  std::vector<int> found;
  for (int i = 1; i <= calls; ++i)
    if (thread.transfer(kDelayed, fd, 10).fault) found.push_back(i);
  return found;
}

CompiledRule delay() { return rule_for(FaultKind::kDelay, {kDelayed}, 1000); }

TEST(Decide, HitsEveryCallWithoutASelector) {
  FakeThread thread({delay()});
  thread.add(kPipe, Mechanism::kPipe);
  const Decision decision = thread.transfer(kDelayed, kPipe, 10);
  EXPECT_EQ(decision.fault.kind, FaultKind::kDelay);
  EXPECT_EQ(decision.fault.carrier, Carrier::kWait);
  EXPECT_EQ(decision.fault.amount, 1000U);
  EXPECT_EQ(decision.mechanism, Mechanism::kPipe);
  EXPECT_EQ(decision.nth, 1U);
  EXPECT_FALSE(thread.transfer(Row::write, kPipe, 10).fault);
}

TEST(Decide, CountsCallsOnIpcObjectsOnly) {
  CompiledRule rule = delay();
  rule.is_explicit = 1;
  rule.first = rule.last = 2;
  FakeThread thread({rule});
  thread.add(kPipe, Mechanism::kPipe);
  EXPECT_EQ(thread.transfer(kDelayed, kPipe, 10).nth, 1U);
  const Decision file = thread.transfer(kDelayed, kFile, 10);
  EXPECT_EQ(file.nth, 0U);
  EXPECT_EQ(file.mechanism, Mechanism::kNone);
  EXPECT_FALSE(file.fault);
  EXPECT_EQ(thread.transfer(Row::write, kPipe, 10).nth, 1U) << "each call has its own count";
  const Decision second = thread.transfer(kDelayed, kPipe, 10);
  EXPECT_EQ(second.nth, 2U);
  EXPECT_TRUE(second.fault);
  EXPECT_FALSE(thread.transfer(kDelayed, kPipe, 10).fault);
}

TEST(Decide, OpensAreIpcWhereTheNameIsAFifos) {
  FakeThread thread({rule_for(FaultKind::kDelay, {Row::open, Row::openat, Row::openat2, Row::creat})});
  const auto name = [](const char* text) { return reinterpret_cast<std::uint64_t>(text); };
  const auto here = static_cast<std::uint64_t>(AT_FDCWD);
  for (const Row row : {Row::openat, Row::openat2}) {
    EXPECT_EQ(thread.call(row, here, name("fifo")).mechanism, Mechanism::kFifo);
    EXPECT_EQ(thread.call(row, here, name("file")).nth, 0U);
  }
  for (const Row row : {Row::open, Row::creat}) {
    EXPECT_TRUE(thread.call(row, name("fifo")).fault);
    EXPECT_FALSE(thread.call(row, name("file")).fault);
  }
}

TEST(Decide, FindsTheObjectBehindEitherDescriptor) {
  FakeThread thread({});
  thread.add(kPipe, Mechanism::kPipe);
  EXPECT_EQ(thread.call(Row::splice, kPipe, 0, kFile).mechanism, Mechanism::kPipe);
  EXPECT_EQ(thread.call(Row::splice, kFile, 0, kPipe).mechanism, Mechanism::kPipe);
  EXPECT_EQ(thread.call(Row::splice, kFile, 0, kFile).mechanism, Mechanism::kNone);
  EXPECT_EQ(thread.call(Row::sendfile, kPipe, kFile).mechanism, Mechanism::kPipe) << "what it usually does";
  EXPECT_EQ(thread.call(Row::sendfile, kFile, kPipe).mechanism, Mechanism::kPipe);
  EXPECT_EQ(thread.call(Row::sendfile, kFile, kFile).mechanism, Mechanism::kNone);
  EXPECT_EQ(thread.call(Row::semop, 0).mechanism, Mechanism::kSysvSem) << "the row says it";
}

TEST(Decide, OnlySharedMappingsAreIpc) {
  FakeThread thread({});
  thread.add(kPipe, Mechanism::kPosixShm);
  const auto mechanism_of = [&](std::uint64_t flags, int fd) {
    return thread.decider.decide({Row::mmap, {0, 4096, 3, flags, static_cast<std::uint64_t>(fd), 0}})
        .mechanism;
  };
  EXPECT_EQ(mechanism_of(MAP_SHARED, kPipe), Mechanism::kPosixShm);
  EXPECT_EQ(mechanism_of(MAP_SHARED_VALIDATE, kPipe), Mechanism::kPosixShm);
  EXPECT_EQ(mechanism_of(MAP_SHARED | MAP_ANONYMOUS, -1), Mechanism::kPosixShm);
  EXPECT_EQ(mechanism_of(MAP_SHARED, kFile), Mechanism::kNone) << "a regular file";
  EXPECT_EQ(mechanism_of(MAP_PRIVATE, kPipe), Mechanism::kNone);
  EXPECT_EQ(mechanism_of(MAP_PRIVATE | MAP_ANONYMOUS, -1), Mechanism::kNone);
}

TEST(Decide, WhenCountsMatchingCalls) {
  CompiledRule rule = delay();
  rule.first = 3;
  rule.last = 9;
  rule.step = 2;
  FakeThread thread({rule});
  thread.add(kPipe, Mechanism::kPipe);
  EXPECT_EQ(hits(thread, 20), (std::vector<int>{3, 5, 7, 9}));
}

TEST(Decide, WhenCountsBehindTheOtherSelectors) {
  CompiledRule rule = delay();
  rule.fd = 5;
  rule.first = rule.last = 2;
  FakeThread thread({rule});
  thread.add(kPipe, Mechanism::kPipe);
  thread.add(5, Mechanism::kPipe);
  EXPECT_TRUE(hits(thread, 10).empty());
  EXPECT_EQ(hits(thread, 10, 5), (std::vector<int>{2}));
}

TEST(Decide, OnSelectsAMechanism) {
  CompiledRule rule = delay();
  rule.mechanisms = bit_of(Mechanism::kTcp);
  FakeThread thread({rule});
  thread.add(kPipe, Mechanism::kPipe);
  thread.add(4, Mechanism::kTcp);
  EXPECT_TRUE(hits(thread, 3).empty());
  EXPECT_EQ(hits(thread, 1, 4).size(), 1U);
}

TEST(Decide, ProcessAndThreadSelect) {
  CompiledRule rule = delay();
  rule.process = hash_of_path("0.1");
  rule.thread = 2;
  FakeThread thread({rule});
  thread.add(kPipe, Mechanism::kPipe);
  EXPECT_TRUE(hits(thread, 1).empty());
  thread.slot.process = hash_of_path("0.1");
  EXPECT_TRUE(hits(thread, 1).empty());
  EXPECT_TRUE(active_rows(*thread.plan, thread.slot).empty());
  thread.slot.ordinal = 2;
  EXPECT_EQ(hits(thread, 1).size(), 1U);
  EXPECT_TRUE(active_rows(*thread.plan, thread.slot).has(kDelayed));
  EXPECT_FALSE(active_rows(*thread.plan, thread.slot).has(Row::write));
}

TEST(Decide, EveryRowIsActiveForALog) {
  FakeThread thread({});
  thread.plan->logs_calls = 1;
  for (std::size_t i = 0; i < kRowCount; ++i)
    EXPECT_TRUE(active_rows(*thread.plan, thread.slot).has(static_cast<Row>(i)));
}

TEST(Decide, LimitIsOfTheWholeRun) {
  CompiledRule rule = delay();
  rule.limit = 3;
  FakeThread thread({rule});
  thread.add(kPipe, Mechanism::kPipe);
  EXPECT_EQ(hits(thread, 10), (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(thread.control->rule_injected[0], 3U);
  Decider<FakeWorld> other(*thread.plan, *thread.control, thread.control->slots[1], thread.world);
  EXPECT_FALSE(other.decide({kDelayed, {kPipe, 0, 10, 0, 0, 0}}).fault);
}

TEST(Decide, RateIsOfTheAddressAlone) {
  CompiledRule rule = delay();
  rule.rate_denominator = 4;
  FakeThread first({rule});
  FakeThread second({rule});
  first.add(kPipe, Mechanism::kPipe);
  second.add(kPipe, Mechanism::kPipe);
  const std::vector<int> found = hits(first, 400);
  EXPECT_GT(found.size(), 60U);
  EXPECT_LT(found.size(), 140U);
  EXPECT_EQ(hits(second, 400), found);
  FakeThread third({rule});
  third.add(kPipe, Mechanism::kPipe);
  third.plan->seed = 43;
  EXPECT_NE(hits(third, 400), found);
}

TEST(Decide, TheFirstRuleThatMayActsAndAllCount) {
  CompiledRule later = delay();
  later.amount = 7;
  later.first = 2;
  CompiledRule illegal = rule_for(FaultKind::kEagain, {kDelayed});
  FakeThread thread({illegal, delay(), later});
  thread.add(kPipe, Mechanism::kPipe);  // blocking: never EAGAIN
  for (int i = 0; i < 3; ++i) EXPECT_EQ(thread.transfer(kDelayed, kPipe, 10).fault.rule, 1U);
  EXPECT_EQ(thread.slot.matches[0], 3U);
  EXPECT_EQ(thread.slot.matches[1], 3U);
  EXPECT_EQ(thread.slot.matches[2], 3U);
  EXPECT_EQ(thread.control->rule_injected[0], 0U);
}

// A message's bytes are those of its parts, wherever they stand.
TEST(Decide, SizeOfACallIsTheSumOfItsParts) {
  FakeThread thread({rule_for(FaultKind::kShort, {Row::readv, Row::recvmsg}, 50)});
  thread.add(kPipe, Mechanism::kTcp);
  struct iovec parts[2] = {{nullptr, 30}, {nullptr, 20}};
  struct msghdr message {};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  const auto at = [](const void* pointer) { return reinterpret_cast<std::uint64_t>(pointer); };
  EXPECT_FALSE(thread.call(Row::readv, kPipe, at(parts), 2).fault);
  EXPECT_FALSE(thread.call(Row::recvmsg, kPipe, at(&message)).fault);
  parts[1].iov_len = 21;
  EXPECT_EQ(thread.call(Row::readv, kPipe, at(parts), 2).fault.amount, 50U);
  EXPECT_EQ(thread.call(Row::recvmsg, kPipe, at(&message)).fault.amount, 50U);
  EXPECT_FALSE(thread.call(Row::readv, kPipe, at(parts), detail::kIovecMax + 1).fault);
  thread.world.memory_is_readable = false;
  EXPECT_FALSE(thread.call(Row::readv, kPipe, at(parts), 2).fault);
}

TEST(Decide, AsksForTheLedgerWhereItKeepsStreams) {
  FakeThread thread({});
  thread.add(kPipe, Mechanism::kPipe);
  thread.add(4, Mechanism::kTcp);
  EXPECT_TRUE(thread.transfer(Row::write, kPipe, 10).keeps_ledger);
  EXPECT_FALSE(thread.transfer(Row::read, kPipe, 10).keeps_ledger);
  EXPECT_FALSE(thread.transfer(Row::write, 4, 10).keeps_ledger);
  thread.plan->tracks_streams = 0;
  EXPECT_FALSE(thread.transfer(Row::write, kPipe, 10).keeps_ledger);
}

}  // namespace
}  // namespace flinch
