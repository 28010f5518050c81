// Goal: EAGAIN where a moment later there is something, as the eagain injector answers it; and that an
// edge of epoll can be delivered again, so that a program that waits for edges is not left behind.
#include <sys/epoll.h>

#include "conformance/witnesses/observe.h"
#include "conformance/witnesses/streams.h"

namespace flinch::conformance {
namespace {

TEST(Witness, NotReady) {
  for (const Mechanism mechanism : kStreams) {
    SCOPED_TRACE(name(mechanism));
    const Stream stream = open_stream(mechanism);
    set_nonblocking(stream.reader);
    EXPECT_EQ(take(stream.reader, 100), -EAGAIN) << "the peer is later";
    ASSERT_EQ(put(stream.writer, 10), 10);
    EXPECT_EQ(put(stream.writer, 10), 10);
    wait_until_queued(stream.reader, 20);
    EXPECT_EQ(take(stream.reader, 10), 10);
    EXPECT_EQ(take(stream.reader, 10), 10);
    EXPECT_EQ(take(stream.reader, 10), -EAGAIN) << "the same reads, had the peer been later";
  }
}

TEST(Witness, NotReadyToWrite) {
  for (const Mechanism mechanism : kStreams) {
    SCOPED_TRACE(name(mechanism));
    const Stream stream = open_stream(mechanism);
    set_nonblocking(stream.writer);
    fill(stream.writer);
    // TCP moves bytes on by itself, so that there may be room again: for a MiB there is never.
    EXPECT_LT(put(stream.writer, kMiB), static_cast<long>(kMiB));
    const Child reader([&] {
      while (take(stream.reader, kMiB) > 0) {
      }
      return 0L;
    });
    pollfd room{stream.writer.get(), POLLOUT, 0};
    ASSERT_EQ(poll(&room, 1, -1), 1);
    EXPECT_GT(put(stream.writer, 1), 0);
  }
}

TEST(Witness, NotReadyToAccept) {
  const Listener listener;
  set_nonblocking(listener.fd);
  EXPECT_EQ(answer(accept(listener.fd.get(), nullptr, nullptr)), -EAGAIN);
  const Fd client = listener.connect();
  pollfd ready{listener.fd.get(), POLLIN, 0};
  ASSERT_EQ(poll(&ready, 1, -1), 1);
  const Fd accepted{accept(listener.fd.get(), nullptr, nullptr)};
  EXPECT_TRUE(accepted);
}

// poll(2) reported it, and another process that has the same object took it.
TEST(Witness, NotReadyAfterAReport) {
  for (const Mechanism mechanism : kStreams) {
    SCOPED_TRACE(name(mechanism));
    const Stream stream = open_stream(mechanism);
    set_nonblocking(stream.reader);
    ASSERT_EQ(put(stream.writer, 10), 10);
    pollfd ready{stream.reader.get(), POLLIN, 0};
    ASSERT_EQ(poll(&ready, 1, -1), 1);
    Child other([&] { return take(stream.reader, 100); });
    ASSERT_EQ(other.result(), 10);
    EXPECT_EQ(take(stream.reader, 100), -EAGAIN);
  }
}

struct Edges {
  Fd epoll{epoll_create1(0)};
  int target;
  epoll_event interest{};

  Edges(const Fd& fd, std::uint32_t events) : target{fd.get()} {
    interest.events = events | EPOLLET;
    if (epoll_ctl(epoll.get(), EPOLL_CTL_ADD, target, &interest) != 0) std::abort();
  }
  /// Events that there are now.
  [[nodiscard]] std::uint32_t now() const {
    epoll_event event{};
    return epoll_wait(epoll.get(), &event, 1, 0) == 1 ? event.events : 0;
  }
  [[nodiscard]] std::uint32_t wait() const {
    epoll_event event{};
    return epoll_wait(epoll.get(), &event, 1, -1) == 1 ? event.events : 0;
  }
  [[nodiscard]] long modify() { return answer(epoll_ctl(epoll.get(), EPOLL_CTL_MOD, target, &interest)); }
};

// An edge is reported once. EPOLL_CTL_MOD looks again, and what is still there makes a new edge.
TEST(Witness, NotReadyOwesAnEdge) {
  for (const Mechanism mechanism : kStreams) {
    SCOPED_TRACE(name(mechanism));
    const Stream stream = open_stream(mechanism);
    Edges readable(stream.reader, EPOLLIN);
    EXPECT_EQ(readable.now(), 0U);
    ASSERT_EQ(readable.modify(), 0);
    EXPECT_EQ(readable.now(), 0U) << "nothing is there: nothing is owed";
    ASSERT_EQ(put(stream.writer, 10), 10);
    EXPECT_EQ(readable.wait(), EPOLLIN);
    EXPECT_EQ(readable.now(), 0U) << "the edge was consumed, though nothing was read";
    ASSERT_EQ(readable.modify(), 0);
    EXPECT_EQ(readable.now(), EPOLLIN);
    EXPECT_EQ(readable.now(), 0U);

    Edges writable(stream.writer, EPOLLOUT);
    EXPECT_EQ(writable.now(), EPOLLOUT);
    EXPECT_EQ(writable.now(), 0U);
    ASSERT_EQ(writable.modify(), 0);
    EXPECT_EQ(writable.now(), EPOLLOUT);
  }
}

// The supervisor does it from another process: with the same file under the same number.
TEST(Witness, NotReadyOwesAnEdgeFromAnotherProcess) {
  for (const Mechanism mechanism : kStreams) {
    SCOPED_TRACE(name(mechanism));
    const Stream stream = open_stream(mechanism);
    Edges readable(stream.reader, EPOLLIN);
    ASSERT_EQ(put(stream.writer, 10), 10);
    ASSERT_EQ(readable.wait(), EPOLLIN);
    ASSERT_EQ(readable.now(), 0U);
    Child other([&] {
      const int elsewhere = dup(readable.target);
      close(readable.target);
      if (readable.modify() != -EBADF) return -1L;
      if (dup2(elsewhere, readable.target) < 0) return -1L;
      return readable.modify() == 0 ? 1L : -1L;
    });
    ASSERT_EQ(other.result(), 1);
    EXPECT_EQ(readable.now(), EPOLLIN);
    EXPECT_EQ(take(stream.reader, 100), 10);
  }
}

// Who sleeps in epoll_wait is woken by it.
TEST(Witness, NotReadyOwesAnEdgeToASleeper) {
  const Stream stream = open_stream(Mechanism::kPipe);
  Edges readable(stream.reader, EPOLLIN);
  ASSERT_EQ(put(stream.writer, 10), 10);
  ASSERT_EQ(readable.wait(), EPOLLIN);
  Child child([&] { return static_cast<long>(readable.wait()); });
  ASSERT_TRUE(child.sleeps_in(SYS_epoll_wait));
  ASSERT_EQ(readable.modify(), 0);
  EXPECT_EQ(child.result(), EPOLLIN);
}

}  // namespace
}  // namespace flinch::conformance
