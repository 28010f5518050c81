// Goal: signals that Linux ignores by default change nothing for a program that has no handler, wherever
// they arrive; and a handler that runs between two calls changes nothing of the calls.
#include <sys/epoll.h>
#include <time.h>

#include "conformance/witnesses/observe.h"
#include "conformance/witnesses/streams.h"
#include "core/decision/injector.h"

namespace flinch::conformance {
namespace {

constexpr int kIgnored[] = {SIGCHLD, SIGURG, SIGWINCH, SIGCONT};

TEST(Witness, StraySignal) {
  for (const int signal : kIgnored) {
    for (const Mechanism mechanism : kStreams) {
      SCOPED_TRACE(name(mechanism) + " " + strsignal(signal));
      const Stream stream = open_stream(mechanism);
      Child child([&] { return take(stream.reader, 100); });
      ASSERT_TRUE(child.sleeps_in(SYS_read));
      child.send(signal);
      ASSERT_TRUE(child.sleeps_in(SYS_read));
      ASSERT_EQ(put(stream.writer, 10), 10);
      EXPECT_EQ(child.result(), 10);
    }
  }
}

// epoll_wait is of those that even a stop interrupts, and still an ignored signal does not.
TEST(Witness, StraySignalNeverInterruptsAWait) {
  for (const int signal : kIgnored) {
    SCOPED_TRACE(strsignal(signal));
    const Stream stream = open_stream(Mechanism::kPipe);
    const Fd epoll{epoll_create1(0)};
    epoll_event event{};
    event.events = EPOLLIN;
    ASSERT_EQ(epoll_ctl(epoll.get(), EPOLL_CTL_ADD, stream.reader.get(), &event), 0);
    Child child([&] { return static_cast<long>(epoll_wait(epoll.get(), &event, 1, -1)); });
    ASSERT_TRUE(child.sleeps_in(SYS_epoll_wait));
    child.send(signal);
    ASSERT_TRUE(child.sleeps_in(SYS_epoll_wait));
    ASSERT_EQ(put(stream.writer, 1), 1);
    EXPECT_EQ(child.result(), 1);
  }
}

// Before the call, which is where the injector sends it.
TEST(Witness, StraySignalBetweenTwoCalls) {
  for (const int signal : {SIGCHLD, SIGURG, SIGWINCH, SIGCONT, SIGUSR1}) {
    for (const Mechanism mechanism : kStreams) {
      SCOPED_TRACE(name(mechanism) + " " + strsignal(signal));
      const Stream stream = open_stream(mechanism);
      Child child([&] {
        handle(signal, 0);
        raise(signal);
        if (take(stream.reader, 100) != 10) return -1L;
        raise(signal);
        return take(stream.reader, 100);
      });
      ASSERT_EQ(put(stream.writer, 10), 10);
      ASSERT_TRUE(child.sleeps_in(SYS_read));
      ASSERT_EQ(put(stream.writer, 20), 20);
      EXPECT_EQ(child.result(), 20);
      EXPECT_EQ(child.handled(), 2);
    }
  }
}

// Without a handler, the injector sends just those that the kernel here does not act on.
TEST(Witness, StraySignalOnlyWhereNobodyDiesOfIt) {
  const Injector& injector = *injector_of(FaultKind::kSignal);
  for (int signal = 1; signal < 32; ++signal) {
    SCOPED_TRACE(strsignal(signal));
    CompiledRule rule{};
    rule.signal = static_cast<std::uint8_t>(signal);
    CallView call;
    call.row = Row::read;
    if (injector.decide(rule, call, {}, {}, {}).reason != Reason::kLegal) continue;
    Child child([signal] {
      raise(signal);
      return 1L;
    });
    EXPECT_EQ(child.result(), 1);
  }
}

}  // namespace
}  // namespace flinch::conformance
