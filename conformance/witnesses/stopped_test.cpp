// Goal: after a stop and continue, with no handler anywhere, some calls of the bare kernel answer EINTR
// and the others go on waiting (signal(7)). The eintr injector knows which: it is held against the kernel
// here, call by call, because it interrupts the first kind without a signal.
#include "conformance/witnesses/blocking.h"
#include "conformance/witnesses/observe.h"
#include "conformance/witnesses/streams.h"
#include "core/decision/injector.h"

namespace flinch::conformance {
namespace {

constexpr Row kGoOn[] = {Row::read,     Row::poll,          Row::ppoll,           Row::select,
                         Row::pselect6, Row::msgrcv,        Row::mq_timedreceive, Row::futex,
                         Row::pause,    Row::rt_sigsuspend, Row::nanosleep,       Row::clock_nanosleep};
constexpr Row kInterrupted[] = {Row::epoll_wait, Row::epoll_pwait, Row::epoll_pwait2,
                                Row::semop,      Row::semtimedop,  Row::rt_sigtimedwait};
constexpr Row kByTimeout[] = {Row::accept,   Row::accept4, Row::connect, Row::recvfrom, Row::recvmsg,
                              Row::recvmmsg, Row::sendto,  Row::sendmsg, Row::sendmmsg};

Judgement judge(Row row, Timeout timeout) {
  CallView call;
  call.row = row;
  ObjectView object;
  object.has_timeout = timeout == Timeout::kWith;
  return injector_of(FaultKind::kEintr)->decide({}, call, object, {}, {});
}

enum class Stop { kInterrupts, kDoesNot };

void expect_that_a_stop(Stop stop, Row row, Timeout timeout) {
  SCOPED_TRACE(std::string(descriptor(row).name) + (timeout == Timeout::kWith ? " with a timeout" : ""));
  const BlockingObjects objects;
  Child child([&] { return block_in(row, timeout, objects); });
  ASSERT_TRUE(child.sleeps_in(descriptor(row).number));
  child.stop_and_go_on();
  if (stop == Stop::kDoesNot) {
    EXPECT_TRUE(child.sleeps_in(descriptor(row).number)) << child.result();
    EXPECT_EQ(judge(row, timeout).reason, Reason::kNoHandler);
    return;
  }
  EXPECT_EQ(child.result(), -EINTR);
  EXPECT_EQ(judge(row, timeout).reason, Reason::kLegal);
  EXPECT_EQ(judge(row, timeout).fault.signal, 0);
}

TEST(Witness, InterruptedByAStopWithNoHandler) {
  for (const Row row : kInterrupted) expect_that_a_stop(Stop::kInterrupts, row, Timeout::kWithout);
}

TEST(Witness, InterruptedByAStopWhereASocketHasATimeout) {
  for (const Row row : kByTimeout) {
    expect_that_a_stop(Stop::kInterrupts, row, Timeout::kWith);
    expect_that_a_stop(Stop::kDoesNot, row, Timeout::kWithout);
  }
}

TEST(Witness, InterruptedNeverByAStopWithNoHandler) {
  for (const Row row : kGoOn) expect_that_a_stop(Stop::kDoesNot, row, Timeout::kWithout);
}

// Stopped for however long, a transfer that goes on gets its bytes.
TEST(Witness, InterruptedNeverSoThatBytesAreLost) {
  for (const Mechanism mechanism : kStreams) {
    SCOPED_TRACE(name(mechanism));
    const Stream stream = open_stream(mechanism);
    Child child([&] { return take(stream.reader, 100); });
    ASSERT_TRUE(child.sleeps_in(SYS_read));
    child.stop();
    ASSERT_EQ(put(stream.writer, 10), 10);
    child.go_on();
    EXPECT_EQ(child.result(), 10);
  }
}

}  // namespace
}  // namespace flinch::conformance
