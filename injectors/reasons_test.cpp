// Goal: each injector says no where Linux would not do it, and for the right reason; and no reason is there
// that nobody gives. Every case departs from a legal one in a single place, so it is that place which counts.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "injectors/cases.h"

namespace flinch {
namespace {

struct Departure {
  const char* name;
  Case base;
  std::function<void(Case&)> depart;
  Reason reason;
};

void message_flags(Case& c, Row row, std::uint64_t flags) {
  c.call.row = row;
  c.call.args[row == Row::recvmsg || row == Row::sendmsg ? 2 : 3] = flags;
}

std::vector<Departure> short_cases() {
  constexpr Mechanism kUnix = Mechanism::kUnixStream;
  constexpr Mechanism kTcp = Mechanism::kTcp;
  return {
      {"poll moves no bytes", short_read(), [](Case& c) { c.call.row = Row::poll; }, Reason::kWrongCall},
      {"a datagram", short_read(), [](Case& c) { c.object.mechanism = Mechanism::kUdp; },
       Reason::kNotAByteStream},
      {"an eventfd", short_read(), [](Case& c) { c.object.mechanism = Mechanism::kEventfd; },
       Reason::kNotAByteStream},
      {"O_DIRECT", short_read(), [](Case& c) { c.object.is_packet_pipe = true; }, Reason::kNotAByteStream},
      {"a listener", short_read(kTcp), [](Case& c) { c.object.is_listening = true; },
       Reason::kNotAByteStream},
      {"urgent data", short_write(kTcp), [](Case& c) { message_flags(c, Row::sendto, MSG_OOB); },
       Reason::kNotAByteStream},
      {"TCP, one byte", short_read(kTcp), [](Case& c) { c.call.size = 1; }, Reason::kTooSmall},
      {"TCP, as much as asked", short_read(kTcp), [](Case& c) { c.rule.amount = c.call.size; },
       Reason::kTooSmall},
      {"one byte", short_read(), [](Case& c) { c.call.size = 1; }, Reason::kNothingQueued},
      {"one byte is there", short_read(), [](Case& c) { c.object.queued = 1; }, Reason::kNothingQueued},
      {"no place to cut", short_read(), [](Case& c) { c.history.cut = 0; }, Reason::kAllWasWrittenAtOnce},
      {"not known", short_read(), [](Case& c) { c.history.is_known = false; }, Reason::kUnknownWrites},
      {"FIONREAD before", short_read(), [](Case& c) { c.history.was_peeked = true; }, Reason::kPeeked},
      {"TCP, FIONREAD before", short_read(kTcp), [](Case& c) { c.history.was_peeked = true; },
       Reason::kPeeked},
      {"the end was reported", short_read(), [](Case& c) { c.object.is_ended = c.call.has_polled = true; },
       Reason::kReported},
      {"TCP, the end was reported", short_read(kTcp),
       [](Case& c) { c.object.is_ended = c.call.has_polled = true; }, Reason::kReported},
      {"another thread may know of the end", short_read(kUnix),
       [](Case& c) {
         c.object.is_ended = c.object.is_nonblocking = true;
         c.call.is_alone = false;
       },
       Reason::kReported},
      {"MSG_PEEK", short_read(kUnix), [](Case& c) { message_flags(c, Row::recvfrom, MSG_PEEK); },
       Reason::kPeeked},
      {"MSG_PEEK of recvmsg", short_read(kTcp), [](Case& c) { message_flags(c, Row::recvmsg, MSG_PEEK); },
       Reason::kPeeked},
      {"MSG_OOB", short_read(kTcp), [](Case& c) { message_flags(c, Row::recvfrom, MSG_OOB); },
       Reason::kPeeked},
      {"MSG_WAITALL", short_read(kUnix), [](Case& c) { message_flags(c, Row::recvfrom, MSG_WAITALL); },
       Reason::kWaitsForAll},
      {"MSG_WAITALL of recvmsg", short_read(kTcp),
       [](Case& c) { message_flags(c, Row::recvmsg, MSG_WAITALL); }, Reason::kWaitsForAll},
      {"SO_RCVLOWAT", short_read(kTcp), [](Case& c) { c.object.has_low_water_mark = true; },
       Reason::kWaitsForAll},
      {"own writing", short_read(), [](Case& c) { c.history.is_own_writing = true; }, Reason::kOwnWriting},
      {"PIPE_BUF", short_write(), [](Case& c) { c.call.size = 4096; }, Reason::kAtomicWrite},
      {"PIPE_BUF, blocking", short_write(),
       [](Case& c) { c.call.size = 4096, c.object.is_nonblocking = false; }, Reason::kAtomicWrite},
      {"one Unix buffer", short_write(kUnix), [](Case& c) { c.call.size = kUnixChunk; },
       Reason::kAtomicWrite},
      {"a Unix cut beyond the end", short_write(kUnix),
       [](Case& c) { c.rule.amount = 2 * kUnixChunk + 27000; }, Reason::kAtomicWrite},
      {"two pages hold it", short_write(), [](Case& c) { c.call.size = 8192, c.object.queued = 0; },
       Reason::kCannotBeFull},
      {"full already", short_write(), [](Case& c) { c.object.is_writable = false; }, Reason::kCannotBeFull},
      {"the pipe's size is known", short_write(), [](Case& c) { c.history.is_capacity_known = true; },
       Reason::kCapacityKnown},
      {"SO_SNDBUF is known", short_write(kUnix), [](Case& c) { c.history.is_capacity_known = true; },
       Reason::kCapacityKnown},
      {"TCP, one byte out", short_write(kTcp), [](Case& c) { c.call.size = 1; }, Reason::kTooSmall},
  };
}

std::vector<Departure> eagain_cases() {
  constexpr Mechanism kUnix = Mechanism::kUnixStream;
  constexpr Mechanism kTcp = Mechanism::kTcp;
  return {
      {"the end was reported before", eagain_read(),
       [](Case& c) { c.object.is_ended = c.call.has_polled = true; }, Reason::kReported},
      {"a datagram", eagain_read(), [](Case& c) { c.object.mechanism = Mechanism::kUnixDatagram; },
       Reason::kNotThisObject},
      {"accept of a Unix socket", eagain_read(kUnix), [](Case& c) { c.call.row = Row::accept; },
       Reason::kNotThisObject},
      {"blocking", eagain_read(), [](Case& c) { c.object.is_nonblocking = false; }, Reason::kBlocking},
      {"blocking TCP write", eagain_write(kTcp), [](Case& c) { c.object.is_nonblocking = false; },
       Reason::kBlocking},
      {"twice already", eagain_read(), [](Case& c) { c.call.eagain_in_a_row = 2; }, Reason::kEnoughInARow},
      {"empty", eagain_read(), [](Case& c) { c.object.is_readable = false, c.object.queued = 0; },
       Reason::kNothingQueued},
      {"the end", eagain_read(), [](Case& c) { c.object.is_hung_up = true, c.object.queued = 0; },
       Reason::kNothingQueued},
      {"no connection", eagain_read(kTcp),
       [](Case& c) { c.call.row = Row::accept4, c.object.is_readable = false; }, Reason::kNothingQueued},
      {"full", eagain_write(), [](Case& c) { c.object.is_writable = false; }, Reason::kNothingQueued},
      {"no reader", eagain_write(kTcp), [](Case& c) { c.object.is_hung_up = true; }, Reason::kNothingQueued},
      {"no bytes", eagain_read(), [](Case& c) { c.call.size = 0; }, Reason::kTooSmall},
      {"reported", eagain_read(), [](Case& c) { c.call.may_have_report = true; }, Reason::kReported},
      {"reported, TCP", eagain_read(kTcp), [](Case& c) { c.call.may_have_report = true; }, Reason::kReported},
      {"reported connection", eagain_read(kTcp),
       [](Case& c) { c.call.row = Row::accept, c.call.may_have_report = true; }, Reason::kReported},
      {"reported room", eagain_write(), [](Case& c) { c.call.may_have_report = true; }, Reason::kReported},
      {"another thread", eagain_read(), [](Case& c) { c.call.is_alone = false; }, Reason::kReported},
      {"another thread writes", eagain_write(kUnix), [](Case& c) { c.call.is_alone = false; },
       Reason::kReported},
      {"FIONREAD before", eagain_read(), [](Case& c) { c.history.was_peeked = true; }, Reason::kPeeked},
      {"not known", eagain_read(kUnix), [](Case& c) { c.history.is_known = false; }, Reason::kUnknownWrites},
      {"own writing", eagain_read(), [](Case& c) { c.history.is_own_writing = true; }, Reason::kOwnWriting},
      {"size known", eagain_write(), [](Case& c) { c.history.is_capacity_known = true; },
       Reason::kCapacityKnown},
      {"a self-pipe", eagain_write(), [](Case& c) { c.object.queued = 0, c.call.size = 1; },
       Reason::kCannotBeFull},
      {"one page is free", eagain_write(), [](Case& c) { c.object.queued = 4096; }, Reason::kCannotBeFull},
      {"room in a socket", eagain_write(kUnix), [](Case& c) { c.object.queued = 4607; },
       Reason::kCannotBeFull},
  };
}

std::vector<Departure> other_cases() {
  return {
      {"close never waits", eintr_read(), [](Case& c) { c.call.row = Row::close; },
       Reason::kNeverInterrupted},
      {"non-blocking", eintr_read(), [](Case& c) { c.object.is_nonblocking = true; },
       Reason::kNotBlockingCall},
      {"bytes are there", eintr_read(), [](Case& c) { c.object.is_readable = true; }, Reason::kReady},
      {"the end is there", eintr_read(), [](Case& c) { c.object.is_hung_up = true; }, Reason::kReady},
      {"a write with room", eintr_read(), [](Case& c) { c.call.row = Row::write, c.call.size = 100; },
       Reason::kReady},
      {"three times already", eintr_read(), [](Case& c) { c.call.eintr_in_a_row = 3; },
       Reason::kEnoughInARow},
      {"no handler", eintr_read(), [](Case& c) { c.signals.handled = 0; }, Reason::kNoHandler},
      {"no handler for this one", eintr_read(), [](Case& c) { c.rule.signal = SIGUSR1; }, Reason::kNoHandler},
      {"SIGIO is not harmless", eintr_read(), [](Case& c) { c.signals.handled = bit_of_signal(SIGIO); },
       Reason::kNoHandler},
      {"blocked, and no other", eintr_read(), [](Case& c) { c.signals.blocked = c.signals.handled; },
       Reason::kNoHandler},
      {"blocked", eintr_read(),
       [](Case& c) { c.rule.signal = SIGWINCH, c.signals.blocked = c.signals.handled; },
       Reason::kSignalBlocked},
      {"a datagram", full_write(), [](Case& c) { c.object.mechanism = Mechanism::kUdp; },
       Reason::kNotThisObject},
      {"a read", full_write(), [](Case& c) { c.call.row = Row::read; }, Reason::kNotThisObject},
      {"size known", full_write(), [](Case& c) { c.history.is_capacity_known = true; },
       Reason::kCapacityKnown},
      {"two pages already", full_write(), [](Case& c) { c.object.capacity = 8192; }, Reason::kAlreadyMinimal},
      {"more is queued", full_write(), [](Case& c) { c.object.queued = 8193; }, Reason::kAlreadyMinimal},
      {"a socket's minimum", full_write(Mechanism::kTcp), [](Case& c) { c.object.capacity = 4608; },
       Reason::kAlreadyMinimal},
      {"USR1 would kill", signal_before(SIGWINCH), [](Case& c) { c.rule.signal = SIGUSR1; },
       Reason::kNoHandler},
      {"before the end", signal_before(SIGWINCH), [](Case& c) { c.call.row = Row::exit_group; },
       Reason::kWrongCall},
      {"before the end", delay_before(Row::read), [](Case& c) { c.call.row = Row::exit; },
       Reason::kWrongCall},
  };
}

std::vector<Departure> all_cases() {
  std::vector<Departure> all;
  for (const auto& part : {short_cases(), eagain_cases(), other_cases()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

TEST(Reasons, EveryCaseDepartsFromALegalOne) {
  for (const Departure& row : all_cases()) {
    SCOPED_TRACE(std::string(name_of(row.base.kind)) + ": " + row.name);
    EXPECT_EQ(row.base.judge().reason, Reason::kLegal) << text_of(row.base.judge().reason);
    Case departed = row.base;
    row.depart(departed);
    const Judgement judgement = departed.judge();
    EXPECT_EQ(judgement.reason, row.reason) << text_of(judgement.reason);
    EXPECT_FALSE(judgement.fault);
  }
}

TEST(Reasons, EachIsGivenBySomeCase) {
  std::set<Reason> given{Reason::kLegal};
  for (const Departure& row : all_cases()) given.insert(row.reason);
  for (int i = 0; i < static_cast<int>(Reason::kCount); ++i)
    EXPECT_EQ(given.count(static_cast<Reason>(i)), 1U) << text_of(static_cast<Reason>(i));
}

TEST(Reasons, EachHasWordsOfItsOwn) {
  std::set<std::string> texts{text_of(Reason::kCount)};
  for (int i = 0; i < static_cast<int>(Reason::kCount); ++i)
    EXPECT_TRUE(texts.insert(text_of(static_cast<Reason>(i))).second) << text_of(static_cast<Reason>(i));
}

}  // namespace
}  // namespace flinch
