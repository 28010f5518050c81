// Goal: the ledger lets a read end where Linux could end it, and nowhere else. What Linux does is witnessed
// in conformance/short_read_test.cpp.
#include "core/decision/ledger.h"

#include <gtest/gtest.h>

#include "core/decision/fake_world.h"

namespace flinch {
namespace {

constexpr std::uint64_t kKey = 0x900000001;
constexpr std::uint32_t kReader = 100;
constexpr std::uint32_t kOther = 200;

class Ledger : public testing::Test {
 protected:
  void write(std::uint64_t size, Mechanism mechanism = Mechanism::kPipe, std::uint32_t tgid = kOther) {
    ledger.begin_write(kKey, mechanism, size);
    ledger.end_write(kKey, static_cast<std::int64_t>(size), tgid);
  }
  StreamHistory history(std::uint64_t queued, std::uint64_t at_least = 1, std::uint64_t below = 0,
                        Mechanism mechanism = Mechanism::kPipe) {
    return ledger.history(kKey, mechanism, queued, at_least, below == 0 ? queued : below, kReader);
  }

  std::unique_ptr<ControlBlock, Unmap> control = make_control();
  StreamLedger ledger{*control};
};

TEST_F(Ledger, NeverCutsOneSmallWrite) {
  write(4096);
  EXPECT_TRUE(history(4096).is_known);
  EXPECT_EQ(history(4096).cut, 0U);
}

TEST_F(Ledger, NeverCutsOneSmallUnixWrite) {
  write(kUnixChunk, Mechanism::kUnixStream);
  const StreamHistory found = history(kUnixChunk, 1, 0, Mechanism::kUnixStream);
  EXPECT_TRUE(found.is_known);
  EXPECT_EQ(found.cut, 0U);
}

TEST_F(Ledger, CutsAtTheEndOfAWrite) {
  write(100);
  write(23);
  write(7);
  EXPECT_EQ(history(130, 1).cut, 100U);
  EXPECT_EQ(history(130, 100).cut, 100U);
  EXPECT_EQ(history(130, 101).cut, 123U);
  EXPECT_EQ(history(130, 124).cut, 0U) << "the end of what is queued is no cut";
  EXPECT_EQ(history(130, 1, 100).cut, 0U) << "the reader asks for no more than that";
  EXPECT_EQ(history(30, 1).cut, 23U) << "100 bytes were read before";
  EXPECT_EQ(history(25, 1).cut, 18U) << "so was a part of the second";
  EXPECT_EQ(history(7, 1).cut, 0U);
}

TEST_F(Ledger, CutsALargeUnixWriteAtWholeBuffers) {
  write(100000, Mechanism::kUnixStream);
  const auto cut = [&](std::uint64_t queued, std::uint64_t at_least) {
    return history(queued, at_least, 0, Mechanism::kUnixStream).cut;
  };
  EXPECT_EQ(cut(100000, 1), kUnixChunk);
  EXPECT_EQ(cut(100000, kUnixChunk + 1), 2 * kUnixChunk);
  EXPECT_EQ(cut(100000, 2 * kUnixChunk + 1), 0U);
  EXPECT_EQ(cut(100000 - kUnixChunk, 1), kUnixChunk) << "counted from where the write began";
  EXPECT_EQ(cut(100000 - 10, 1), kUnixChunk - 10);
}

TEST_F(Ledger, CutsALargePipeWriteAtPagesOnly) {
  write(100);
  write(3 * kPageSize);
  EXPECT_EQ(history(100 + 3 * kPageSize, 1).cut, 100U);
  EXPECT_EQ((history(100 + 3 * kPageSize, 101).cut - 100) % kPageSize, 0U);
  EXPECT_NE(history(100 + 3 * kPageSize, 101).cut, 0U);
  EXPECT_EQ(history(kPageSize, 1).cut, 0U) << "the last page";
}

TEST_F(Ledger, KnowsThatNobodyInTheTreeWrote) {
  const StreamHistory found = history(500, 7);
  EXPECT_TRUE(found.is_from_outside);
  EXPECT_TRUE(found.is_known);
  EXPECT_EQ(found.cut, 7U);
  EXPECT_EQ(history(500, 500).cut, 0U);
  write(10);
  EXPECT_FALSE(history(10).is_from_outside);
}

TEST_F(Ledger, KnowsNothingOnceMoreIsQueuedThanWasSeen) {
  write(10);
  EXPECT_FALSE(history(11).is_known);
  EXPECT_TRUE(history(10).is_known);
}

TEST_F(Ledger, KnowsNothingOnceWritesOverlapped) {
  ledger.begin_write(kKey, Mechanism::kPipe, 10);
  ledger.begin_write(kKey, Mechanism::kPipe, 10);
  ledger.end_write(kKey, 10, kOther);
  ledger.end_write(kKey, 10, kOther);
  EXPECT_FALSE(history(20).is_known);
  write(10);
  EXPECT_FALSE(history(30).is_known) << "for ever";
}

TEST_F(Ledger, KnowsNothingOfASmallWriteInFlight) {
  write(10);
  write(10);
  ledger.begin_write(kKey, Mechanism::kPipe, 2 * kPageSize);
  EXPECT_FALSE(history(20 + kPageSize).is_known) << "some write was small";
  ledger.end_write(kKey, 2 * kPageSize, kOther);
  EXPECT_EQ(history(20 + 2 * kPageSize).cut, 10U);
}

TEST_F(Ledger, CutsWhatIsInFlightAtWholePieces) {
  ledger.begin_write(kKey, Mechanism::kUnixStream, 1 << 20);
  const auto found = [&](std::uint64_t at_least) {
    return history(6 * kUnixChunk, at_least, 0, Mechanism::kUnixStream);
  };
  EXPECT_TRUE(found(1).is_known);
  EXPECT_FALSE(found(1).is_from_outside);
  EXPECT_EQ(found(1).cut, kUnixChunk);
  EXPECT_EQ(found(kUnixChunk + 1).cut, 2 * kUnixChunk);
  EXPECT_EQ(found(5 * kUnixChunk + 1).cut, 0U);
}

TEST_F(Ledger, NamesTheReadersOwnWriting) {
  write(10, Mechanism::kPipe, kReader);
  write(10, Mechanism::kPipe, kOther);
  EXPECT_TRUE(history(20).is_own_writing);
  EXPECT_TRUE(history(11).is_own_writing) << "one byte of it is left";
  EXPECT_FALSE(history(10).is_own_writing);
}

TEST_F(Ledger, CountsOnlyWhatTheKernelTook) {
  ledger.begin_write(kKey, Mechanism::kPipe, 100);
  ledger.end_write(kKey, -EAGAIN, kOther);
  EXPECT_TRUE(history(5).is_from_outside);
  ledger.begin_write(kKey, Mechanism::kPipe, 3 * kPageSize);
  ledger.end_write(kKey, kPageSize, kOther);
  EXPECT_EQ(history(kPageSize).written, kPageSize);
}

TEST_F(Ledger, RemembersMoreWritesThanItKeepsMarksFor) {
  constexpr std::uint64_t kWrites = 3 * StreamRecord::kMarks;
  for (std::uint64_t i = 0; i < kWrites; ++i) write(10);
  EXPECT_EQ(history(25).cut, 5U);
  // The oldest mark that is kept is the first place that is certain.
  EXPECT_EQ(history(kWrites * 10).cut, (kWrites - StreamRecord::kMarks + 1) * 10);
}

TEST_F(Ledger, KeepsWhatTheProgramLookedAt) {
  EXPECT_FALSE(history(1).was_peeked);
  EXPECT_FALSE(history(1).is_capacity_known);
  ledger.set_flag(kKey, kStreamPeeked);
  EXPECT_TRUE(history(1).was_peeked);
  EXPECT_FALSE(history(1).is_capacity_known);
  ledger.set_flag(kKey, kStreamCapacityKnown | kStreamBlurred);
  EXPECT_TRUE(history(1).is_capacity_known);
  EXPECT_FALSE(history(1).is_known);
}

// A full table, or a stretch of it, means that nothing is known of a stream: not that it is from outside.
TEST_F(Ledger, KnowsNothingOnceTheTableIsFull) {
  std::uint64_t key = 1;
  while (ledger.find(key) != nullptr) {
    ASSERT_LE(key, 2 * kStreamSlots);
    ++key;
  }
  EXPECT_FALSE(ledger.history(key, Mechanism::kPipe, 10, 1, 10, kReader).is_known);
  ledger.begin_write(key, Mechanism::kPipe, 10);
  ledger.end_write(key, 10, kOther);
  ledger.set_flag(key, kStreamPeeked);
  EXPECT_FALSE(ledger.history(key, Mechanism::kPipe, 10, 1, 10, kReader).is_known);
  EXPECT_NE(ledger.find(1), nullptr) << "who has a place keeps it";
  EXPECT_EQ(ledger.find(0), nullptr);
}

TEST_F(Ledger, KeepsStreamsApart) {
  StreamRecord* first = ledger.find(1);
  StreamRecord* second = ledger.find(2);
  ASSERT_NE(first, nullptr);
  EXPECT_NE(first, second);
  EXPECT_EQ(ledger.find(1), first);
}

}  // namespace
}  // namespace flinch
