// Goal: what pipe(7), fifo(7), splice(2) and tee(2) promise, one sentence a test. Whether the kernel keeps
// it too is what the scripts of conformance/ ask.
#include "core/mechanisms/pipe.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>

namespace flinch::mechanisms {
namespace {

constexpr std::size_t kPipeBuf = 4096;  // PIPE_BUF
constexpr std::uint64_t kNever = ~std::uint64_t{0};

Pipe open_pipe() {
  Pipe pipe;
  pipe.add({true, true});
  std::ignore = pipe.take_wakes();
  return pipe;
}

Bytes bytes(std::size_t size, char value = 'x') { return Bytes(size, value); }

bool wakes(Pipe& pipe, Queue queue) {
  const auto wakes = pipe.take_wakes();
  return std::any_of(wakes.begin(), wakes.end(), [&](const Wake& wake) { return wake.queue == queue; });
}

TEST(Pipe, HoldsSixteenPages) {
  Pipe pipe = open_pipe();
  EXPECT_EQ(pipe.write(bytes(70000), Packets::kNo).value(), 65536U);
  EXPECT_TRUE(pipe.is_full());
  EXPECT_TRUE(pipe.write("x", Packets::kNo).is_blocked());
}

TEST(Pipe, CountsPagesNotBytes) {
  Pipe pipe = open_pipe();
  // 16 writes that do not fit into what is left of the page before take a page each.
  for (int i = 0; i < 16; ++i) EXPECT_EQ(pipe.write(bytes(2049), Packets::kNo).value(), 2049U);
  EXPECT_EQ(pipe.bytes_queued(), 16U * 2049);
  EXPECT_TRUE(pipe.write(bytes(2049), Packets::kNo).is_blocked());
  EXPECT_EQ(pipe.write(bytes(2047), Packets::kNo).value(), 2047U) << "which still fits into the last page";
}

TEST(Pipe, WritesPipeBufWholeOrNotAtAll) {
  for (std::size_t size = 1; size <= kPipeBuf; size += 97) {
    Pipe pipe = open_pipe();
    for (;;) {
      const auto answer = pipe.write(bytes(size), Packets::kNo);
      if (answer.is_blocked()) break;
      ASSERT_EQ(answer.value(), size);
    }
  }
}

TEST(Pipe, KeepsTheOrderOfBytes) {
  Pipe pipe = open_pipe();
  Bytes written;
  Bytes read;
  for (std::size_t i = 1; i < 200; ++i) {
    const Bytes part = bytes(i * 37 % 5000 + 1, static_cast<char>('a' + i % 26));
    const auto answer = pipe.write(part, Packets::kNo);
    if (answer.is_value()) written += part.substr(0, answer.value());
    if (!pipe.is_empty()) read += pipe.read(i * 53 % 7000 + 1).value();
  }
  while (!pipe.is_empty()) read += pipe.read(1000).value();
  EXPECT_EQ(read, written);
}

TEST(Pipe, EndsOnlyWhenAllIsReadAndNoWriterIsLeft) {
  Pipe pipe = open_pipe();
  EXPECT_TRUE(pipe.read(1).is_blocked());
  std::ignore = pipe.write("ab", Packets::kNo);
  pipe.remove({false, true});
  EXPECT_EQ(pipe.read(1).value(), "a");
  EXPECT_EQ(pipe.read(1).value(), "b");
  EXPECT_EQ(pipe.read(1).value(), "");
}

TEST(Pipe, SaysBrokenWithoutReadersButNotToAnEmptyWrite) {
  Pipe pipe = open_pipe();
  pipe.remove({true, false});
  EXPECT_EQ(pipe.write("x", Packets::kNo).error(), Errno{EPIPE});
  EXPECT_EQ(pipe.write("", Packets::kNo).value(), 0U);
}

TEST(Pipe, ReadsOnePacketAndThrowsItsRestAway) {
  Pipe pipe = open_pipe();
  std::ignore = pipe.write("first", Packets::kYes);
  std::ignore = pipe.write("second", Packets::kYes);
  EXPECT_EQ(pipe.read(3).value(), "fir");
  EXPECT_EQ(pipe.read(100).value(), "second");
}

TEST(Pipe, ResizesToPowersOfTwoAndNeverBelowWhatIsThere) {
  Pipe pipe = open_pipe();
  EXPECT_EQ(pipe.resize(5000, 1 << 20, false).value(), 8192U);
  EXPECT_EQ(pipe.resize(0, 1 << 20, false).value(), 4096U);
  EXPECT_EQ(pipe.resize(1 << 21, 1 << 20, false).error(), Errno{EPERM});
  EXPECT_EQ(pipe.resize(1 << 21, 1 << 20, true).value(), 1U << 21);
  EXPECT_EQ(pipe.resize(0x80000001U, 1 << 20, true).error(), Errno{EINVAL});
  std::ignore = pipe.write(bytes(9000), Packets::kNo);
  EXPECT_EQ(pipe.resize(8192, 1 << 20, true).error(), Errno{EBUSY});
  EXPECT_EQ(pipe.resize(12288, 1 << 20, true).value(), 16384U);
}

TEST(Pipe, TellsPollWhatPoll2Says) {
  Pipe pipe = open_pipe();
  const Ends reader{true, false};
  const Ends writer{false, true};
  EXPECT_EQ(pipe.events(reader, kNever), 0);
  EXPECT_EQ(pipe.events(writer, kNever), POLLOUT | POLLWRNORM);
  std::ignore = pipe.write(bytes(65536), Packets::kNo);
  EXPECT_EQ(pipe.events(reader, kNever), POLLIN | POLLRDNORM);
  EXPECT_EQ(pipe.events(writer, kNever), 0);
  pipe.remove(writer);
  EXPECT_EQ(pipe.events(reader, kNever), POLLIN | POLLRDNORM | POLLHUP);
  pipe.remove(reader);
  EXPECT_EQ(pipe.events(writer, kNever) & POLLERR, POLLERR);
}

TEST(Pipe, WakesWriterOnceThereIsRoomAndReadersOnceThereIsData) {
  Pipe pipe = open_pipe();
  std::ignore = pipe.write("x", Packets::kNo);
  EXPECT_TRUE(wakes(pipe, Queue::kReaders));
  std::ignore = pipe.write(bytes(65536), Packets::kNo);
  EXPECT_FALSE(wakes(pipe, Queue::kReaders)) << "it was not empty";
  std::ignore = pipe.read(1);  // the first page
  EXPECT_TRUE(wakes(pipe, Queue::kWriters));
  std::ignore = pipe.write("x", Packets::kNo);
  std::ignore = pipe.read(100);
  EXPECT_FALSE(wakes(pipe, Queue::kWriters)) << "a page that is read in part makes no room";
  std::ignore = pipe.read(4096);
  EXPECT_TRUE(wakes(pipe, Queue::kWriters));
}

TEST(Fifo, HangsUpOnlyAfterItHadAWriter) {
  Pipe fifo;
  fifo.add({true, false});
  const std::uint64_t seen = fifo.writers_seen();
  EXPECT_EQ(fifo.events({true, false}, seen), 0);
  fifo.add({false, true});
  fifo.remove({false, true});
  EXPECT_EQ(fifo.events({true, false}, seen), POLLHUP);
}

TEST(Splice, MovesAndTeeCopies) {
  Pipe from = open_pipe();
  Pipe to = open_pipe();
  std::ignore = from.write("hello", Packets::kNo);
  EXPECT_EQ(from.tee_to(to, 2).value(), 2U);
  EXPECT_EQ(from.splice_to(to, 3).value(), 3U);
  EXPECT_EQ(to.read(10).value(), "hehel");
  EXPECT_EQ(from.read(10).value(), "lo");
}

TEST(Splice, SharedPagesAreNotWrittenOnTo) {
  Pipe from = open_pipe();
  Pipe to = open_pipe();
  std::ignore = from.write("hello", Packets::kNo);
  std::ignore = from.splice_to(to, 2);
  std::ignore = to.resize(4096, 1 << 20, true);
  EXPECT_TRUE(to.write("x", Packets::kNo).is_blocked())
      << "there is room in the page, but it is another pipe's too";
}

TEST(Vmsplice, TakesAPageForEachPageOfMemory) {
  Pipe pipe = open_pipe();
  EXPECT_EQ(pipe.vmsplice(bytes(4096), 1).value(), 4096U);
  std::ignore = pipe.resize(8192, 1 << 20, true);
  EXPECT_TRUE(pipe.is_full());
}

}  // namespace
}  // namespace flinch::mechanisms
