// Goal: reads come short on the bare kernel where, and only where, the injector and the stream ledger let
// them. Where a read ends is the writers' timing: here the test chooses it.
#include "conformance/witnesses/observe.h"
#include "conformance/witnesses/streams.h"
#include "core/decision/ledger.h"

namespace flinch::conformance {
namespace {

// The same two writes, the same two reads that ask for more than there is.
TEST(Witness, ShortTransferOfTwoWrites) {
  for (const Mechanism mechanism : kStreams) {
    SCOPED_TRACE(name(mechanism));
    const Stream stream = open_stream(mechanism);
    ASSERT_EQ(put(stream.writer, 100), 100);
    ASSERT_EQ(put(stream.writer, 23), 23);
    wait_until_queued(stream.reader, 123);
    EXPECT_EQ(take(stream.reader, 4096), 123) << "both were there";
    ASSERT_EQ(put(stream.writer, 100), 100);
    EXPECT_EQ(take(stream.reader, 4096), 100) << "the second writer is later";
    ASSERT_EQ(put(stream.writer, 23), 23);
    EXPECT_EQ(take(stream.reader, 4096), 23);
  }
}

// A reader that asks for enough never sees a part of a small write, however the two processes run. The
// sizes are such that every end of a read tells whether it was an end of a write.
TEST(Witness, ShortTransferNeverOfOneSmallWrite) {
  for (const Mechanism mechanism : kLocalStreams) {
    SCOPED_TRACE(name(mechanism));
    Stream stream = open_stream(mechanism);
    constexpr int kWrites = 3000;
    const auto size_of = [](int i) { return static_cast<std::size_t>(1 + (i * 2654435761U) % 4096); };
    Child child([&] {
      for (int i = 0; i < kWrites; ++i)
        if (put(stream.writer, size_of(i)) != static_cast<long>(size_of(i))) return -1L;
      return 0L;
    });
    stream.writer.reset();
    long position = 0;
    long boundary = 0;
    int next = 0;
    int short_reads = 0;
    for (long got = 0; (got = take(stream.reader, kMiB)) > 0;) {
      position += got;
      while (boundary < position) boundary += static_cast<long>(size_of(next++));
      if (got == static_cast<long>(kMiB)) continue;  // as much as it asked for: the writer kept pace
      ++short_reads;
      ASSERT_EQ(boundary, position) << "a read ended inside write " << next - 1;
    }
    EXPECT_EQ(child.result(), 0);
    EXPECT_EQ(next, kWrites);
    EXPECT_GT(short_reads, 0);
  }
}

// What the ledger calls a piece of a Unix stream is what the kernel queues at once.
TEST(Witness, ShortTransferOfUnixReadsAtWholeBuffers) {
  const Stream stream = open_stream(Mechanism::kUnixStream);
  Child child([&] { return put(stream.writer, kMiB); });
  ASSERT_TRUE(child.sleeps_in(SYS_write));
  const long first = take(stream.reader, kMiB);
  EXPECT_LT(first, static_cast<long>(kMiB));
  for (long sum = first; sum < static_cast<long>(kMiB);) {
    EXPECT_EQ(sum % static_cast<long>(kUnixChunk), 0);
    const long got = take(stream.reader, kMiB);
    ASSERT_GT(got, 0);
    sum += got;
  }
  EXPECT_EQ(child.result(), static_cast<long>(kMiB));
}

// With two pages, a write of 10000 bytes has to wait, and the reader finds what the writer got in: whole
// pages if there was no room in the last page before, else what is beyond whole pages first.
TEST(Witness, ShortTransferOfPipeReadsAtPages) {
  const struct {
    std::size_t before;
    long read;
  } kCases[] = {{0, 8192},
                {100, 100 + 1808 + 4096},
                {4096 - 1808, 4096 + 4096},
                {4096 - 1807, 4096 - 1807 + 4096},
                {4096, 8192}};
  for (const auto& each : kCases) {
    SCOPED_TRACE(each.before);
    const Stream stream = open_stream(Mechanism::kPipe);
    ASSERT_EQ(fcntl(stream.writer.get(), F_SETPIPE_SZ, 8192), 8192);
    if (each.before > 0) {
      ASSERT_EQ(put(stream.writer, each.before), static_cast<long>(each.before));
    }
    Child child([&] { return put(stream.writer, 10000); });
    ASSERT_TRUE(child.sleeps_in(SYS_write));
    EXPECT_EQ(take(stream.reader, 65536), each.read);
    for (long rest = static_cast<long>(each.before) + 10000 - each.read; rest > 0;) {
      const long got = take(stream.reader, 65536);
      ASSERT_GT(got, 0);
      rest -= got;
    }
    EXPECT_EQ(child.result(), 10000);
  }
}

// TCP keeps no boundaries at all: one write arrives as the peer's window and segments let it.
TEST(Witness, ShortTransferOfTcpReadsAnywhere) {
  const Stream stream = open_stream(Mechanism::kTcp);
  Child child([&] { return put(stream.writer, kMiB); });
  ASSERT_TRUE(child.sleeps_in(SYS_write));
  const long got = take(stream.reader, kMiB);
  EXPECT_GT(got, 0);
  EXPECT_LT(got, static_cast<long>(kMiB));
}

// What has no boundaries inside is never cut, so it is not a byte stream: the rest of a datagram is lost.
TEST(Witness, ShortTransferWouldLoseTheRestOfADatagram) {
  for (const int type : {SOCK_DGRAM, SOCK_SEQPACKET}) {
    int pair[2];
    ASSERT_EQ(socketpair(AF_UNIX, type, 0, pair), 0);
    const Stream stream{Fd{pair[0]}, Fd{pair[1]}};
    ASSERT_EQ(put(stream.writer, 10), 10);
    ASSERT_EQ(put(stream.writer, 5), 5);
    EXPECT_EQ(take(stream.reader, 1), 1);
    EXPECT_EQ(take(stream.reader, 100), 5);
  }
}

}  // namespace
}  // namespace flinch::conformance
