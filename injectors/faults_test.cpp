// Goal: where a fault is legal, it is carried out as Linux would bring it about: the right bytes, the right
// signal, the right way.
#include <errno.h>
#include <gtest/gtest.h>

#include "injectors/cases.h"

namespace flinch {
namespace {

constexpr Mechanism kUnix = Mechanism::kUnixStream;

Fault fault_of(const Case& each) { return each.judge().fault; }

void expect(const Fault& fault, Carrier carrier, std::uint64_t amount) {
  EXPECT_EQ(fault.carrier, carrier);
  EXPECT_EQ(fault.amount, amount);
}

TEST(Faults, ReadsAreTrimmedWhereTheLedgerSays) {
  expect(fault_of(short_read()), Carrier::kTrim, 100);
  expect(fault_of(short_read(kUnix)), Carrier::kTrim, 100);
  Case tcp = short_read(Mechanism::kTcp);
  tcp.rule.amount = 7;
  expect(fault_of(tcp), Carrier::kTrim, 7);
  tcp.history = {};  // nothing has to be known, nor has anything to be there yet
  tcp.object.queued = 0;
  expect(fault_of(tcp), Carrier::kTrim, 7);
}

// 8192 bytes are the room of two empty pages; one of them is free while there is something in the other.
TEST(Faults, NonblockingPipeWritesAreTrimmedAtPages) {
  Case each = short_write();
  for (const std::uint64_t amount : {1U, 4095U, 4096U, 8191U}) {
    each.rule.amount = amount;
    each.object.queued = 0;
    expect(fault_of(each), Carrier::kTrim, 8192);
    each.object.queued = 6000;
    expect(fault_of(each), Carrier::kTrim, 4096);
  }
  each.rule.amount = 12288;
  expect(fault_of(each), Carrier::kTrim, 12288);
}

TEST(Faults, NonblockingUnixWritesAreTrimmedAtWholeBuffers) {
  Case each = short_write(kUnix);
  expect(fault_of(each), Carrier::kTrim, kUnixChunk);
  each.rule.amount = kUnixChunk + 1;
  expect(fault_of(each), Carrier::kTrim, 2 * kUnixChunk);
}

// Only the kernel can cut a write that waits; a buffer that the program does not know is made small for it.
TEST(Faults, BlockingWritesAreCutForReal) {
  for (const Mechanism mechanism : {Mechanism::kPipe, Mechanism::kFifo, kUnix, Mechanism::kTcp}) {
    Case each = short_write(mechanism);
    each.object.is_nonblocking = false;
    EXPECT_EQ(fault_of(each).carrier, Carrier::kCut);
    EXPECT_GT(fault_of(each).amount, 0U);
    each.history.is_capacity_known = true;
    expect(fault_of(each), Carrier::kCut, 0);
  }
}

TEST(Faults, EagainIsRefused) {
  for (const Mechanism mechanism : {Mechanism::kPipe, Mechanism::kFifo, kUnix, Mechanism::kTcp}) {
    expect(fault_of(eagain_read(mechanism)), Carrier::kRefuse, 0);
    expect(fault_of(eagain_write(mechanism)), Carrier::kRefuse, 0);
  }
  Case connection = eagain_read(Mechanism::kTcp);
  connection.call.row = Row::accept;
  connection.object.queued = 0;
  expect(fault_of(connection), Carrier::kRefuse, 0);
}

TEST(Faults, EintrPrefersASignalThatDoesNotRestart) {
  Case each = eintr_read();
  EXPECT_EQ(fault_of(each).carrier, Carrier::kInterrupt);
  EXPECT_EQ(fault_of(each).signal, SIGWINCH);
  each.signals.handled |= bit_of_signal(SIGCHLD);
  each.signals.restarting = bit_of_signal(SIGWINCH);
  EXPECT_EQ(fault_of(each).signal, SIGCHLD);
  each.signals.blocked = bit_of_signal(SIGCHLD);
  EXPECT_EQ(fault_of(each).signal, SIGWINCH) << "rather one that restarts than one that is blocked";
  each.signals.handled |= bit_of_signal(SIGUSR1);
  each.rule.signal = SIGUSR1;
  EXPECT_EQ(fault_of(each).signal, SIGUSR1);
}

TEST(Faults, EintrNeedsNoHandlerWhereAStopInterrupts) {
  Case each = eintr_read();
  each.signals.handled = 0;
  for (const Row row : {Row::epoll_wait, Row::semop, Row::rt_sigtimedwait}) {
    each.call.row = row;
    EXPECT_EQ(fault_of(each).carrier, Carrier::kInterrupt) << descriptor(row).name;
    EXPECT_EQ(fault_of(each).signal, 0);
  }
  each.call.row = Row::recvfrom;
  EXPECT_FALSE(fault_of(each));
  each.object.has_timeout = true;
  EXPECT_TRUE(fault_of(each));
}

TEST(Faults, EintrOfAWriteThatIsLargerThanItsBuffer) {
  Case each = eintr_read();
  each.call.row = Row::write;
  each.call.size = each.object.capacity + 1;
  EXPECT_EQ(fault_of(each).carrier, Carrier::kInterrupt);
}

TEST(Faults, EintrNeverHappensToSharedMemory) {
  Case each = eintr_read();
  each.object.mechanism = Mechanism::kPosixShm;
  EXPECT_FALSE(fault_of(each));
  each.call.row = Row::write;
  each.call.size = each.object.capacity + 1;
  EXPECT_FALSE(fault_of(each));
}

TEST(Faults, FullShrinksToWhatTheKernelItselfMakes) {
  expect(fault_of(full_write()), Carrier::kShrink, 8192);
  expect(fault_of(full_write(Mechanism::kTcp)), Carrier::kShrink, 4608);
}

TEST(Faults, StraySignalsAreSent) {
  for (const int signal : {SIGCHLD, SIGURG, SIGWINCH, SIGCONT}) {
    EXPECT_EQ(fault_of(signal_before(signal)).carrier, Carrier::kSend);
    EXPECT_EQ(fault_of(signal_before(signal)).signal, signal);
  }
  Case handled = signal_before(SIGUSR1);
  EXPECT_FALSE(fault_of(handled));
  handled.signals.handled = bit_of_signal(SIGUSR1);
  EXPECT_EQ(fault_of(handled).signal, SIGUSR1);
}

TEST(Faults, DelaysTakeWhatTheRuleSays) {
  Case each = delay_before(Row::nanosleep);
  each.rule.amount = 12345;
  expect(fault_of(each), Carrier::kWait, 12345);
}

TEST(Faults, HostileRulesAskNobody) {
  Case datagram = short_read(Mechanism::kUdp);
  datagram.rule.is_hostile = 1;
  expect(fault_of(datagram), Carrier::kTrim, 1);
  Case blocking = eagain_read();
  blocking.object.is_nonblocking = false;
  blocking.rule.is_hostile = 1;
  expect(fault_of(blocking), Carrier::kRefuse, 0);
  Case deadly = signal_before(SIGUSR1);
  deadly.rule.is_hostile = 1;
  EXPECT_EQ(fault_of(deadly).carrier, Carrier::kSend);
}

}  // namespace
}  // namespace flinch
