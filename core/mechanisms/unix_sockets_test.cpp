// Goal: Unix sockets do what unix(7) and socket(7) say, step by step, without a world around them.
#include "core/mechanisms/unix_sockets.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <poll.h>

namespace flinch::mechanisms {
namespace {

constexpr ObjectId kOne = 1;
constexpr ObjectId kOther = 2;

class Pair : public testing::TestWithParam<int> {
 protected:
  Pair() {
    sockets.make(kOne, GetParam());
    sockets.make(kOther, GetParam());
    sockets.join(kOne, kOther);
  }
  std::size_t fill() {
    std::size_t sent = 0;
    for (;;) {
      const auto part = sockets.send_part(kOne, Bytes(1000, 'x'));
      if (!part.is_value()) return sent;
      sent += part.value();
    }
  }
  UnixSockets sockets{SocketLimits{}};
};
using Stream = Pair;
INSTANTIATE_TEST_SUITE_P(Type, Stream, testing::Values(SOCK_STREAM));

TEST_P(Stream, GoesOnAcrossPartsAndStopsInsideOne) {
  EXPECT_EQ(sockets.send_part(kOne, "abc").value(), 3U);
  EXPECT_EQ(sockets.send_part(kOne, "def").value(), 3U);
  EXPECT_EQ(sockets.peek(kOther, 5), "abcde");
  const auto whole = sockets.receive_part(kOther, 5);
  EXPECT_EQ(whole.value().bytes, "abc");
  EXPECT_TRUE(whole.value().was_whole);
  const auto piece = sockets.receive_part(kOther, 2);
  EXPECT_EQ(piece.value().bytes, "de");
  EXPECT_FALSE(piece.value().was_whole);
  EXPECT_EQ(sockets.bytes_queued(kOther), 1U);
}

TEST_P(Stream, ChargesMemoryUntilAPartIsReceivedWhole) {
  std::ignore = sockets.send_part(kOne, "abc");
  EXPECT_EQ(sockets.at(kOne).charged, SocketCharges{}.small);
  std::ignore = sockets.receive_part(kOther, 2);
  EXPECT_EQ(sockets.at(kOne).charged, SocketCharges{}.small);
  std::ignore = sockets.receive_part(kOther, 2);
  EXPECT_EQ(sockets.at(kOne).charged, 0U);
}

TEST_P(Stream, SendsPartsThatLeaveRoomForAnother) {
  std::ignore = sockets.set_option(kOne, SO_SNDBUF, 0);
  EXPECT_EQ(sockets.option(kOne, SO_SNDBUF).value(), 4608);
  EXPECT_EQ(sockets.part_of(kOne, 5000), 2240U);
}

TEST_P(Stream, IsWritableForPollOnlyWithMuchRoom) {
  const std::size_t sent = fill();
  EXPECT_TRUE(sockets.send_part(kOne, "x").is_blocked());
  std::ignore = sockets.receive_part(kOther, 1000);
  EXPECT_TRUE(sockets.may_send(kOne));
  EXPECT_EQ(sockets.events(kOne) & POLLOUT, 0);
  for (std::size_t left = sent - 1000; left > 0; left -= 1000)
    std::ignore = sockets.receive_part(kOther, 1000);
  EXPECT_NE(sockets.events(kOne) & POLLOUT, 0);
}

TEST_P(Stream, EndsAfterWhatIsUnderWay) {
  std::ignore = sockets.send_part(kOne, "abc");
  sockets.close(kOne);
  EXPECT_EQ(sockets.receive_part(kOther, 9).value().bytes, "abc");
  EXPECT_EQ(sockets.receive_part(kOther, 9).value().bytes, "");
  EXPECT_EQ(sockets.refusal(kOther), EPIPE);
  EXPECT_EQ(sockets.events(kOther),
            POLLIN | POLLRDNORM | POLLRDHUP | POLLHUP | POLLOUT | POLLWRNORM | POLLWRBAND);
}

TEST_P(Stream, IsResetByWhatItsPeerHasNotRead) {
  std::ignore = sockets.send_part(kOne, "abc");
  sockets.close(kOther);
  EXPECT_NE(sockets.events(kOne) & POLLERR, 0);
  EXPECT_EQ(sockets.receive_part(kOne, 9).error(), Errno{ECONNRESET});
  EXPECT_EQ(sockets.receive_part(kOne, 9).value().bytes, "");
}

TEST_P(Stream, IsShutDownAtBothEnds) {
  EXPECT_EQ(sockets.shut_down(kOne, 3).error(), Errno{EINVAL});
  EXPECT_TRUE(sockets.shut_down(kOne, SHUT_WR).is_value());
  EXPECT_EQ(sockets.refusal(kOne), EPIPE);
  EXPECT_EQ(sockets.receive_part(kOther, 9).value().bytes, "");
  EXPECT_EQ(sockets.refusal(kOther), 0);
}

TEST_P(Stream, IsReceivedFromByOneAtATime) {
  EXPECT_TRUE(sockets.lock(kOne));
  EXPECT_FALSE(sockets.lock(kOne));
  sockets.unlock(kOne);
  EXPECT_TRUE(sockets.lock(kOne));
}

using Packets = Pair;
INSTANTIATE_TEST_SUITE_P(Type, Packets, testing::Values(SOCK_DGRAM, SOCK_SEQPACKET));

TEST_P(Packets, KeepTheirEnds) {
  for (const char* text : {"abc", "", "d"}) {
    const auto charge = sockets.reserve(kOne, 3);
    EXPECT_TRUE(sockets.deliver(kOne, kOther, {text, kOne, charge.value()}).is_value());
  }
  EXPECT_EQ(sockets.receive_packet(kOther, UnixSockets::Keep::kYes).value().bytes, "abc");
  EXPECT_EQ(sockets.receive_packet(kOther, UnixSockets::Keep::kNo).value().bytes, "abc");
  EXPECT_EQ(sockets.receive_packet(kOther, UnixSockets::Keep::kNo).value().bytes, "");
  EXPECT_EQ(sockets.receive_packet(kOther, UnixSockets::Keep::kNo).value().bytes, "d");
  EXPECT_TRUE(sockets.receive_packet(kOther, UnixSockets::Keep::kNo).is_blocked());
  EXPECT_EQ(sockets.at(kOne).charged, 0U);
}

TEST_P(Packets, AreNoLongerThanTheBuffer) {
  EXPECT_EQ(sockets.reserve(kOne, 212992 - 31).error(), Errno{EMSGSIZE});
  EXPECT_TRUE(sockets.reserve(kOne, 212992 - 32).is_value());
}

TEST_P(Packets, OfAPeerThatIsGone) {
  const bool is_connection = sockets.at(kOne).is_connection();
  sockets.close(kOther);
  if (is_connection) {
    EXPECT_EQ(sockets.reserve(kOne, 1).error(), Errno{EPIPE});
    return;
  }
  EXPECT_EQ(sockets.deliver(kOne, kOther, {"x", kOne, sockets.reserve(kOne, 1).value()}).error(),
            Errno{ECONNREFUSED});
  EXPECT_FALSE(sockets.at(kOne).peer);
}

class Names : public testing::Test {
 protected:
  static constexpr ObjectId kListener = 1, kClient = 2, kAccepted = 3, kSecond = 4;
  Names() {
    for (const ObjectId number : {kListener, kClient, kSecond}) sockets.make(number, SOCK_STREAM);
  }
  UnixSockets sockets{SocketLimits{}};
};

TEST_F(Names, AreFilesOrNot) {
  EXPECT_EQ(sockets.find("file", SOCK_STREAM).error(), Errno{ENOENT});
  EXPECT_TRUE(sockets.bind(kListener, "file").is_value());
  EXPECT_EQ(sockets.at(kListener).name, Bytes("file\0", 5));
  EXPECT_EQ(sockets.bind(kClient, "file").error(), Errno{EADDRINUSE});
  EXPECT_EQ(sockets.bind(kListener, "other").error(), Errno{EINVAL});
  EXPECT_EQ(sockets.find("file", SOCK_STREAM).value(), kListener);
  EXPECT_EQ(sockets.find("file", SOCK_DGRAM).error(), Errno{EPROTOTYPE});
  const Bytes abstract("\0name", 5);
  EXPECT_EQ(sockets.find(abstract, SOCK_STREAM).error(), Errno{ECONNREFUSED});
  EXPECT_TRUE(sockets.bind(kClient, abstract).is_value());
  EXPECT_EQ(sockets.find(abstract, SOCK_STREAM).value(), kClient);
  sockets.close(kListener);
  sockets.close(kClient);
  EXPECT_TRUE(sockets.has_file("file"));
  EXPECT_EQ(sockets.find("file", SOCK_STREAM).error(), Errno{ECONNREFUSED});
  EXPECT_EQ(sockets.find(abstract, SOCK_STREAM).error(), Errno{ECONNREFUSED});
}

TEST_F(Names, AreConnectedToAndAccepted) {
  EXPECT_EQ(sockets.listen(kListener, 0).error(), Errno{EINVAL});
  std::ignore = sockets.bind(kListener, "file");
  EXPECT_EQ(sockets.may_connect(kClient, kListener).error(), Errno{ECONNREFUSED});
  EXPECT_TRUE(sockets.listen(kListener, 0).is_value());
  EXPECT_TRUE(sockets.accept(kListener).is_blocked());
  EXPECT_TRUE(sockets.may_connect(kClient, kListener).is_value());
  sockets.connect(kClient, kListener, kAccepted);
  EXPECT_TRUE(sockets.may_connect(kSecond, kListener).is_blocked());
  EXPECT_EQ(sockets.accept(kListener).value(), kAccepted);
  EXPECT_EQ(sockets.may_connect(kClient, kListener).error(), Errno{EISCONN});
  EXPECT_EQ(sockets.at(kAccepted).name, sockets.at(kListener).name);
}

TEST_F(Names, ResetWhomNobodyAccepts) {
  std::ignore = sockets.bind(kListener, "file");
  std::ignore = sockets.listen(kListener, 0);
  sockets.connect(kClient, kListener, kAccepted);
  sockets.close(kListener);
  EXPECT_EQ(sockets.receive_part(kClient, 1).error(), Errno{ECONNRESET});
}

TEST(Datagrams, ComeFromThePeerOnly) {
  UnixSockets sockets{SocketLimits{}};
  for (const ObjectId number : {kOne, kOther, 3}) sockets.make(number, SOCK_DGRAM);
  EXPECT_TRUE(sockets.set_peer(kOne, kOther).is_value());
  EXPECT_EQ(sockets.set_peer(3, kOne).error(), Errno{EPERM});
  EXPECT_EQ(sockets.deliver(3, kOne, {"x", 3, 0}).error(), Errno{EPERM});
  for (int i = 0; i < 11; ++i) EXPECT_TRUE(sockets.deliver(kOne, kOther, {"x", kOne, 0}).is_value());
  EXPECT_TRUE(sockets.deliver(kOne, kOther, {"x", kOne, 0}).is_blocked());
  EXPECT_EQ(sockets.events(kOne) & POLLOUT, 0);
  std::ignore = sockets.receive_packet(kOther, UnixSockets::Keep::kNo);
  EXPECT_NE(sockets.events(kOne) & POLLOUT, 0);
}

TEST(SocketCharges, AreThoseOfThisMachinesKernel) {
  const SocketCharges charges;
  EXPECT_EQ(charges.of_part(192), 768U);
  EXPECT_EQ(charges.of_part(193), 1280U);
  EXPECT_EQ(charges.of_part(3776), 4352U);
  EXPECT_EQ(charges.of_part(3777), 4864U);
  EXPECT_EQ(charges.of_part(36544), 37120U);
  EXPECT_EQ(charges.of_datagram(7873), 16640U);
  EXPECT_EQ(charges.of_datagram(16065), 20736U);
  EXPECT_EQ(charges.of_datagram(134849), 200960U);
  EXPECT_EQ(SocketCharges::part_of(150000, 212992), 36544U);
}

}  // namespace
}  // namespace flinch::mechanisms
