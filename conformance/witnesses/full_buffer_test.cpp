// Goal: buffers as small as the full injector makes them, and that making them so loses nothing.
#include <grp.h>
#include <linux/sockios.h>
#include <sys/resource.h>

#include "conformance/witnesses/observe.h"
#include "conformance/witnesses/streams.h"
#include "core/decision/injector.h"

namespace flinch::conformance {
namespace {

constexpr long kSmallestPipe = 8192;
constexpr int kSmallestSocket = 4608;

/// What the injector would set for such an object with its default buffer.
std::uint64_t smallest_by_injector(Mechanism mechanism) {
  CallView call;
  call.row = Row::write;
  ObjectView object;
  object.mechanism = mechanism;
  object.capacity = kMiB;
  return injector_of(FaultKind::kFull)->decide({}, call, object, {}, {}).fault.amount;
}

int send_buffer(const Fd& fd) {
  int bytes = 0;
  socklen_t size = sizeof bytes;
  getsockopt(fd.get(), SOL_SOCKET, SO_SNDBUF, &bytes, &size);
  return bytes;
}

int shrink_send_buffer(const Fd& fd) {
  const int one = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUF, &one, sizeof one);
  return send_buffer(fd);
}

TEST(Witness, FullBuffer) {
  for (const Mechanism mechanism : {Mechanism::kPipe, Mechanism::kFifo}) {
    SCOPED_TRACE(name(mechanism));
    const Stream stream = open_stream(mechanism);
    set_nonblocking(stream.writer);
    ASSERT_EQ(put(stream.writer, 100), 100);
    ASSERT_EQ(smallest_by_injector(mechanism), static_cast<std::uint64_t>(kSmallestPipe));
    EXPECT_EQ(fcntl(stream.writer.get(), F_SETPIPE_SZ, kSmallestPipe), kSmallestPipe);
    EXPECT_EQ(put(stream.writer, 4096), 4096);
    EXPECT_EQ(put(stream.writer, 4096), -EAGAIN);
    EXPECT_EQ(take(stream.reader, 65536), 100 + 4096) << "nothing was lost";
  }
  for (const Mechanism mechanism : {Mechanism::kUnixStream, Mechanism::kTcp}) {
    SCOPED_TRACE(name(mechanism));
    const Stream stream = open_stream(mechanism);
    set_nonblocking(stream.writer);
    ASSERT_GT(send_buffer(stream.writer), kSmallestSocket);
    ASSERT_EQ(put(stream.writer, 100), 100);
    ASSERT_EQ(smallest_by_injector(mechanism), static_cast<std::uint64_t>(kSmallestSocket));
    EXPECT_EQ(shrink_send_buffer(stream.writer), kSmallestSocket);
    EXPECT_LT(put(stream.writer, kMiB), static_cast<long>(kMiB));
    wait_until_queued(stream.reader, 101);
  }
}

// The kernel refuses where more is queued, so that nothing can be lost.
TEST(Witness, FullBufferNeverBelowWhatIsQueued) {
  const Stream stream = open_stream(Mechanism::kPipe);
  ASSERT_EQ(put(stream.writer, 8193), 8193);
  EXPECT_EQ(answer(fcntl(stream.writer.get(), F_SETPIPE_SZ, kSmallestPipe)), -EBUSY);
  EXPECT_EQ(take(stream.reader, 65536), 8193);
  EXPECT_EQ(fcntl(stream.writer.get(), F_SETPIPE_SZ, kSmallestPipe), kSmallestPipe);
}

// Why a program must expect so small a pipe: without privilege, and beyond pipe-user-pages-soft, a new one
// has two pages (pipe(7)). The pages are the user's, so this is a user whom nobody else is.
TEST(Witness, FullBufferByAUsersOtherPipes) {
  if (getuid() != 0) GTEST_SKIP() << "only root can become a user of its own";
  Child child([] {
    constexpr uid_t kNobodyElse = 1937206513;
    rlimit descriptors{};
    getrlimit(RLIMIT_NOFILE, &descriptors);
    descriptors.rlim_cur = descriptors.rlim_max;
    setrlimit(RLIMIT_NOFILE, &descriptors);
    if (setgroups(0, nullptr) != 0 || setresuid(kNobodyElse, kNobodyElse, kNobodyElse) != 0) return -1L;
    for (;;) {
      int pair[2];
      if (pipe(pair) != 0) return -1L;
      const long size = fcntl(pair[0], F_GETPIPE_SZ);
      if (size < 65536) return size;
      fcntl(pair[0], F_SETPIPE_SZ, kMiB);  // refused once the limit is near
    }
  });
  EXPECT_EQ(child.result(), kSmallestPipe);
}

// A Unix socket is full when what is unread (SIOCOUTQ, with the kernel's overhead) reaches its buffer.
TEST(Witness, FullBufferOfAUnixSocket) {
  const Stream stream = open_stream(Mechanism::kUnixStream);
  set_nonblocking(stream.writer);
  ASSERT_EQ(shrink_send_buffer(stream.writer), kSmallestSocket);
  const auto unread = [&] {
    int bytes = 0;
    ioctl(stream.writer.get(), SIOCOUTQ, &bytes);
    return bytes;
  };
  int writes = 0;
  while (put(stream.writer, 1) == 1) {
    ++writes;
    ASSERT_LT(writes, kSmallestSocket);
  }
  EXPECT_GE(unread(), kSmallestSocket);
  EXPECT_EQ(take(stream.reader, 1), 1);
  ASSERT_LT(unread(), kSmallestSocket);
  EXPECT_EQ(put(stream.writer, 1), 1);
}

}  // namespace
}  // namespace flinch::conformance
