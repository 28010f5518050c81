// Goal: the kernel promises nothing about when a thread runs: others get any amount of work done between
// two instructions of it, and the call that follows gives the same.
#include <time.h>

#include "conformance/witnesses/observe.h"
#include "conformance/witnesses/streams.h"

namespace flinch::conformance {
namespace {

long now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000L + now.tv_nsec;
}

// The child is about to write. Stopped there, it does so only after everything that its parent did.
TEST(Witness, Delay) {
  for (const Mechanism mechanism : kStreams) {
    SCOPED_TRACE(name(mechanism));
    const Stream stream = open_stream(mechanism);
    const Stream other = open_stream(Mechanism::kPipe);
    std::atomic<bool>* may_go = nullptr;
    void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(page, MAP_FAILED);
    may_go = static_cast<std::atomic<bool>*>(page);
    Child child([&] {
      shared_of_child->milestone = 1;
      while (!*may_go) sched_yield();
      const long began = now_ns();
      return put(stream.writer, 10) == 10 ? began : -1L;
    });
    child.reaches(1);
    child.stop();
    *may_go = true;
    // Nothing keeps the child but that it does not run.
    for (int i = 0; i < 100; ++i) {
      ASSERT_EQ(put(other.writer, 4096), 4096);
      ASSERT_EQ(take(other.reader, 4096), 4096);
    }
    EXPECT_EQ(queued(stream.reader), 0);
    const long meanwhile = now_ns();
    child.go_on();
    EXPECT_GE(child.result(), meanwhile);
    EXPECT_EQ(take(stream.reader, 100), 10);
    munmap(page, 4096);
  }
}

// And after it slept in a call, too.
TEST(Witness, DelayBeforeAnAnswer) {
  const Stream stream = open_stream(Mechanism::kPipe);
  Child child([&] {
    const long got = take(stream.reader, 100);
    return got == 15 ? now_ns() : -1L;
  });
  ASSERT_TRUE(child.sleeps_in(SYS_read));
  child.stop();
  ASSERT_EQ(put(stream.writer, 10), 10);
  ASSERT_EQ(put(stream.writer, 5), 5);
  const long meanwhile = now_ns();
  child.go_on();
  EXPECT_GE(child.result(), meanwhile);
}

}  // namespace
}  // namespace flinch::conformance
