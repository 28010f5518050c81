// Goal: writes come short on the bare kernel where, and only where, the injector makes them.
#include "conformance/witnesses/observe.h"
#include "conformance/witnesses/streams.h"
#include "core/decision/ledger.h"

namespace flinch::conformance {
namespace {

long read_to_end(const Fd& fd) {
  long sum = 0;
  for (long got = 1; got > 0; sum += got)
    if ((got = take(fd, kMiB)) < 0) return got;
  return sum;
}

/// Where a blocking write may stop: what the kernel takes whole.
void expect_whole_pieces(Mechanism mechanism, const Fd& writer, long result) {
  EXPECT_GT(result, 0);
  EXPECT_LT(result, static_cast<long>(kMiB));
  if (is_pipe(mechanism)) {
    EXPECT_EQ(result, fcntl(writer.get(), F_GETPIPE_SZ));
  }
  if (mechanism == Mechanism::kUnixStream) {
    EXPECT_EQ(result % static_cast<long>(kUnixChunk), 0);
  }
}

TEST(Witness, ShortTransfer) {
  for (const Mechanism mechanism : kStreams) {
    SCOPED_TRACE(name(mechanism));
    Stream stream = open_stream(mechanism);
    Child child([&] { return put(stream.writer, kMiB); });
    ASSERT_TRUE(child.sleeps_in(SYS_write));
    child.stop_and_go_on();
    const long result = child.result();
    expect_whole_pieces(mechanism, stream.writer, result);
    stream.writer.reset();
    EXPECT_EQ(read_to_end(stream.reader), result);
  }
}

// SA_RESTART restarts nothing once bytes have gone.
TEST(Witness, ShortTransferBySignal) {
  for (const Mechanism mechanism : kStreams) {
    for (const int flags : {0, SA_RESTART}) {
      SCOPED_TRACE(name(mechanism) + (flags == 0 ? "" : ", SA_RESTART"));
      const Stream stream = open_stream(mechanism);
      Child child([&, flags] {
        handle(SIGUSR1, flags);
        return put(stream.writer, kMiB);
      });
      ASSERT_TRUE(child.sleeps_in(SYS_write));
      child.send(SIGUSR1);
      expect_whole_pieces(mechanism, stream.writer, child.result());
      EXPECT_EQ(child.handled(), 1);
    }
  }
}

TEST(Witness, ShortTransferOfNonblockingWrites) {
  for (const Mechanism mechanism : kStreams) {
    SCOPED_TRACE(name(mechanism));
    const Stream stream = open_stream(mechanism);
    set_nonblocking(stream.writer);
    expect_whole_pieces(mechanism, stream.writer, put(stream.writer, kMiB));
  }
}

// Beyond PIPE_BUF a pipe takes as many pages as are free; up to it, all or nothing.
TEST(Witness, ShortTransferOfPipeWritesBeyondPipeBuf) {
  constexpr long kPage = 4096;
  for (long free = 0; free <= 16; ++free) {
    SCOPED_TRACE(free);
    const Stream stream = open_stream(Mechanism::kPipe);
    set_nonblocking(stream.writer);
    ASSERT_EQ(fcntl(stream.writer.get(), F_GETPIPE_SZ), 16 * kPage);
    for (long page = free; page < 16; ++page) ASSERT_EQ(put(stream.writer, kPage), kPage);
    EXPECT_EQ(put(stream.writer, 17 * kPage), free == 0 ? -EAGAIN : free * kPage);
  }
}

TEST(Witness, ShortTransferNeverOfSmallPipeWrites) {
  for (const Mechanism mechanism : {Mechanism::kPipe, Mechanism::kFifo}) {
    for (const std::size_t size : {1U, 7U, 1000U, 2049U, 4095U, 4096U}) {
      SCOPED_TRACE(name(mechanism) + " " + std::to_string(size));
      const Stream stream = open_stream(mechanism);
      set_nonblocking(stream.writer);
      long result = 0;
      int writes = 0;
      for (; (result = put(stream.writer, size)) > 0; ++writes) ASSERT_EQ(result, static_cast<long>(size));
      EXPECT_EQ(result, -EAGAIN);
      EXPECT_GE(writes, 16);  // it did get full
    }
  }
}

// A blocking small write waits for room for all of it: a stop in between finds nothing written.
TEST(Witness, ShortTransferNeverOfASmallWriteThatWaits) {
  const Stream stream = open_stream(Mechanism::kPipe);
  for (int page = 0; page < 16; ++page) ASSERT_EQ(put(stream.writer, 4095), 4095);
  Child child([&] { return put(stream.writer, 4096); });
  ASSERT_TRUE(child.sleeps_in(SYS_write));
  child.stop_and_go_on();
  ASSERT_TRUE(child.sleeps_in(SYS_write)) << "it had written a part";
  EXPECT_EQ(take(stream.reader, 4095), 4095);
  EXPECT_EQ(child.result(), 4096);
}

// A Unix socket takes a small write whole or not at all, too: one buffer, if the default size holds it.
TEST(Witness, ShortTransferNeverOfSmallUnixWrites) {
  for (const std::size_t size : {1U, 4097U, 36544U}) {
    SCOPED_TRACE(size);
    const Stream stream = open_stream(Mechanism::kUnixStream);
    set_nonblocking(stream.writer);
    long result = 0;
    int writes = 0;
    for (; (result = put(stream.writer, size)) > 0; ++writes) ASSERT_EQ(result, static_cast<long>(size));
    EXPECT_EQ(result, -EAGAIN);
    EXPECT_GT(writes, 1);
  }
}

}  // namespace
}  // namespace flinch::conformance
