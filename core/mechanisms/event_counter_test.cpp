// Goal: the promises of eventfd(2), one a test, without a kernel.
#include "core/mechanisms/event_counter.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <cstring>

#include "core/mechanisms/world.h"

namespace flinch::mechanisms {
namespace {

constexpr std::uint64_t kHighest = ~std::uint64_t{0};

Bytes bytes_of(std::uint64_t value) {
  Bytes bytes(sizeof value, 0);
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

TEST(EventCounter, ReadTakesAllOfIt) {
  EventCounter counter{2, EventCounter::Reads::kAll};
  EXPECT_EQ(counter.write(bytes_of(40)), Answer<std::size_t>{8U});
  EXPECT_EQ(counter.read(8), Answer<std::uint64_t>{42U});
  EXPECT_TRUE(counter.read(8).is_blocked());
}

TEST(EventCounter, SemaphoreIsTakenOneByOne) {
  EventCounter counter{2, EventCounter::Reads::kOne};
  EXPECT_EQ(counter.read(8), Answer<std::uint64_t>{1U});
  EXPECT_EQ(counter.read(8), Answer<std::uint64_t>{1U});
  EXPECT_TRUE(counter.read(8).is_blocked());
}

TEST(EventCounter, WhatWouldReachTheHighestWaits) {
  EventCounter counter{1, EventCounter::Reads::kAll};
  EXPECT_EQ(counter.write(bytes_of(kHighest)), Answer<std::size_t>{Errno{EINVAL}});
  EXPECT_TRUE(counter.write(bytes_of(kHighest - 1)).is_blocked());
  EXPECT_EQ(counter.events({true, true}, 0), POLLIN | POLLOUT);
  EXPECT_EQ(counter.write(bytes_of(kHighest - 2)), Answer<std::size_t>{8U});
  EXPECT_EQ(counter.events({true, true}, 0), POLLIN);
}

TEST(EventCounter, OnlyEightBytesAreANumber) {
  EventCounter counter{1, EventCounter::Reads::kAll};
  EXPECT_EQ(counter.write("1234567"), Answer<std::size_t>{Errno{EINVAL}});
  EXPECT_EQ(counter.write("123456789"), Answer<std::size_t>{Errno{EINVAL}});
  EXPECT_EQ(counter.read(7), Answer<std::uint64_t>{Errno{EINVAL}});
  EXPECT_EQ(counter.read(9), Answer<std::uint64_t>{1U});
}

TEST(EventCounter, EveryReaderIsWoken) {
  World world{Limits{}};
  world.make(0, call::Eventfd2{0, EFD_SEMAPHORE});
  for (const ThreadId reader : {1, 2}) {
    world.make(0, call::Fork{});
    world.make(reader, call::Read{0, 8});
    EXPECT_TRUE(world.is_asleep(reader));
  }
  world.make(0, call::Write{0, bytes_of(2)});
  EXPECT_EQ(world.runnable(), (std::vector<ThreadId>{1, 2}));
  world.run(2);
  world.run(1);
  EXPECT_FALSE(world.is_asleep(1));
  EXPECT_FALSE(world.is_asleep(2));
}

TEST(EventCounter, ClosedDescriptorIsSeenByWhoeverPolls) {
  World world{Limits{}};
  world.make(0, call::Eventfd2{0, 0});
  world.make(0, call::Poll{{{0, POLLIN}, {7, POLLIN}}, 0});
  const auto replies = world.take_replies();
  EXPECT_EQ(replies.back().second.numbers, (std::vector<std::int64_t>{0, POLLNVAL}));
}

}  // namespace
}  // namespace flinch::mechanisms
