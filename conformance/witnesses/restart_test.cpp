// Goal: what the rows say about restarting is what this kernel does. Each call blocks in a child; a signal
// with a handler comes, and the child is seen to go back to the call or out of it.
#include "conformance/witnesses/blocking.h"
#include "conformance/witnesses/observe.h"
#include "conformance/witnesses/streams.h"

namespace flinch::conformance {
namespace {

enum class Outcome { kRestarted, kInterrupted, kOther, kUnavailable };

Outcome interrupt(Row row, int handler_flags, Timeout timeout) {
  const BlockingObjects objects;
  Child child([&] {
    handle(SIGUSR1, handler_flags);
    return block_in(row, timeout, objects);
  });
  const int number = descriptor(row).number;
  if (child.sleeps_in(number)) {
    child.send(SIGUSR1);
    // The child is seen in the call again only after its handler has run.
    if (child.is_handled() && child.sleeps_in(number)) return Outcome::kRestarted;
  }
  switch (child.result()) {
    case -EINTR: return Outcome::kInterrupted;
    case -ENOSYS: return Outcome::kUnavailable;
    default: return Outcome::kOther;
  }
}

class RestartWitness : public testing::TestWithParam<Row> {};

TEST_P(RestartWitness, KernelDoesWhatTheRowSays) {
  const Restart restart = descriptor(GetParam()).restart;
  const Outcome plain = interrupt(GetParam(), 0, Timeout::kWithout);
  if (plain == Outcome::kUnavailable) GTEST_SKIP() << "this kernel does not offer the call here";
  EXPECT_EQ(plain, Outcome::kInterrupted) << "without SA_RESTART";
  EXPECT_EQ(interrupt(GetParam(), SA_RESTART, Timeout::kWithout),
            restart == Restart::kNever ? Outcome::kInterrupted : Outcome::kRestarted)
      << "with SA_RESTART";
  if (restart == Restart::kUnlessTimeout) {
    EXPECT_EQ(interrupt(GetParam(), SA_RESTART, Timeout::kWith), Outcome::kInterrupted)
        << "with SA_RESTART and a timeout on the socket";
  }
}

// ioctl blocks on devices only, and none is at hand.
std::vector<Row> blocking_rows() {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < kRowCount; ++i) {
    const Row row = static_cast<Row>(i);
    if (descriptor(row).restart != Restart::kNotBlocking && row != Row::ioctl) rows.push_back(row);
  }
  return rows;
}

INSTANTIATE_TEST_SUITE_P(EveryBlockingCall, RestartWitness, testing::ValuesIn(blocking_rows()),
                         [](const auto& row) { return std::string(descriptor(row.param).name); });

}  // namespace
}  // namespace flinch::conformance
