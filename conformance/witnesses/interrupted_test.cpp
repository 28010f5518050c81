// Goal: a signal with a handler interrupts a blocked transfer of the bare kernel, or SA_RESTART restarts
// it; either way no byte is lost.
#include "conformance/witnesses/observe.h"
#include "conformance/witnesses/streams.h"

namespace flinch::conformance {
namespace {

TEST(Witness, Interrupted) {
  for (const Mechanism mechanism : kStreams) {
    SCOPED_TRACE(name(mechanism));
    const Stream stream = open_stream(mechanism);
    Child child([&] {
      handle(SIGUSR1, 0);
      return take(stream.reader, 100);
    });
    ASSERT_TRUE(child.sleeps_in(SYS_read));
    child.send(SIGUSR1);
    EXPECT_EQ(child.result(), -EINTR);
    EXPECT_EQ(child.handled(), 1);
    ASSERT_EQ(put(stream.writer, 10), 10);
    EXPECT_EQ(take(stream.reader, 100), 10);
  }
}

TEST(Witness, InterruptedAndRestarted) {
  for (const Mechanism mechanism : kStreams) {
    SCOPED_TRACE(name(mechanism));
    const Stream stream = open_stream(mechanism);
    Child child([&] {
      handle(SIGUSR1, SA_RESTART);
      return take(stream.reader, 100);
    });
    ASSERT_TRUE(child.sleeps_in(SYS_read));
    child.send(SIGUSR1);
    ASSERT_TRUE(child.sleeps_in(SYS_read)) << "SA_RESTART";
    EXPECT_EQ(child.handled(), 1);
    ASSERT_EQ(put(stream.writer, 10), 10);
    EXPECT_EQ(child.result(), 10);
  }
}

// A write that found no room at all answers EINTR; how one that found some ends, ShortTransfer shows. Not
// on TCP, where bytes on their way may still make room.
TEST(Witness, InterruptedWrite) {
  for (const Mechanism mechanism : kLocalStreams) {
    SCOPED_TRACE(name(mechanism));
    const Stream stream = open_stream(mechanism);
    set_nonblocking(stream.writer);
    fill(stream.writer);
    fcntl(stream.writer.get(), F_SETFL, 0);
    const int before = queued(stream.reader);
    Child child([&] {
      handle(SIGUSR1, 0);
      return put(stream.writer, 100);
    });
    ASSERT_TRUE(child.sleeps_in(SYS_write));
    child.send(SIGUSR1);
    EXPECT_EQ(child.result(), -EINTR);
    EXPECT_EQ(child.handled(), 1);
    EXPECT_EQ(queued(stream.reader), before);
  }
}

// The handler runs any number of times, and the call answers EINTR each time.
TEST(Witness, InterruptedSeveralTimesInARow) {
  const Stream stream = open_stream(Mechanism::kPipe);
  Child child([&] {
    handle(SIGUSR1, 0);
    long result = 0;
    while ((result = take(stream.reader, 1)) == -EINTR) shared_of_child->milestone.fetch_add(1);
    return result;
  });
  for (int i = 1; i <= 5; ++i) {
    ASSERT_TRUE(child.sleeps_in(SYS_read));
    child.send(SIGUSR1);
    child.reaches(i);
  }
  ASSERT_EQ(put(stream.writer, 1), 1);
  EXPECT_EQ(child.result(), 1);
  EXPECT_EQ(child.handled(), 5);
}

}  // namespace
}  // namespace flinch::conformance
