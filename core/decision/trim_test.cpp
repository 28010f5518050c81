// Goal: a trimmed iovec names exactly the first bytes of the original, however it is cut up.
#include "core/decision/trim.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <vector>

#include "core/decision/fake_world.h"

namespace flinch {
namespace {

char memory[1 << 16];

std::vector<struct iovec> iovec_of(const std::vector<std::size_t>& sizes) {
  std::vector<struct iovec> parts;
  std::size_t at = 0;
  for (const std::size_t size : sizes) {
    parts.push_back({memory + at, size});
    at += size + 3;  // they do not touch
  }
  return parts;
}

/// The addresses of an iovec's bytes, one by one: what it means.
std::vector<const char*> bytes_of(const struct iovec* parts, std::size_t count) {
  std::vector<const char*> bytes;
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t j = 0; j < parts[i].iov_len; ++j)
      bytes.push_back(static_cast<const char*>(parts[i].iov_base) + j);
  return bytes;
}

std::size_t trim(const std::vector<struct iovec>& parts, std::uint64_t amount, struct iovec* into) {
  const FakeWorld world;
  return trim_iovec(world, reinterpret_cast<std::uint64_t>(parts.data()), parts.size(), amount, into);
}

std::size_t skip(const std::vector<struct iovec>& parts, std::uint64_t done, struct iovec* into) {
  const FakeWorld world;
  return skip_iovec(world, reinterpret_cast<std::uint64_t>(parts.data()), parts.size(), done, into);
}

RC_GTEST_PROP(Skip, NamesTheBytesBehind, ()) {
  const auto sizes = *rc::gen::resize(
      40, rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, 300)));
  const auto done = *rc::gen::inRange<std::size_t>(0, 4000);
  const std::vector<struct iovec> parts = iovec_of(sizes);
  struct iovec rest[kTrimmedMax];
  const std::size_t count = skip(parts, done, rest);
  std::vector<const char*> wanted = bytes_of(parts.data(), parts.size());
  wanted.erase(wanted.begin(), wanted.begin() + static_cast<long>(std::min(done, wanted.size())));
  RC_CLASSIFY(!wanted.empty() && done != 0, "cut");
  RC_ASSERT(bytes_of(rest, count) == wanted);
}

TEST(Skip, IsAllOrNothing) {
  struct iovec rest[kTrimmedMax];
  EXPECT_EQ(skip(iovec_of(std::vector<std::size_t>(kTrimmedMax + 1, 5)), 4, rest), 0U);
  EXPECT_EQ(skip(iovec_of(std::vector<std::size_t>(kTrimmedMax + 1, 5)), 5, rest), kTrimmedMax);
  EXPECT_EQ(skip(iovec_of({5, 5}), 10, rest), 0U);
}

RC_GTEST_PROP(Trim, NamesTheFirstBytes, ()) {
  const auto sizes = *rc::gen::resize(
      40, rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, 300)));
  const auto amount = *rc::gen::inRange<std::size_t>(1, 9000);
  const std::vector<struct iovec> parts = iovec_of(sizes);
  struct iovec trimmed[kTrimmedMax];
  const std::size_t count = trim(parts, amount, trimmed);
  std::vector<const char*> wanted = bytes_of(parts.data(), parts.size());
  if (wanted.size() > amount) wanted.resize(amount);
  RC_CLASSIFY(wanted.size() == amount, "cut");
  RC_ASSERT(count <= kTrimmedMax);
  RC_ASSERT(bytes_of(trimmed, count) == wanted);
}

TEST(Trim, TakesNoMorePartsThanItHasRoomFor) {
  const std::vector<struct iovec> parts = iovec_of(std::vector<std::size_t>(kTrimmedMax + 10, 5));
  struct iovec trimmed[kTrimmedMax];
  EXPECT_EQ(trim(parts, 5 * kTrimmedMax + 20, trimmed), kTrimmedMax);
  EXPECT_EQ(bytes_of(trimmed, kTrimmedMax), bytes_of(parts.data(), kTrimmedMax));
}

TEST(Trim, LeavesTheOriginalAlone) {
  const std::vector<struct iovec> parts = iovec_of({10, 10});
  struct iovec trimmed[kTrimmedMax];
  EXPECT_EQ(trim(parts, 15, trimmed), 2U);
  EXPECT_EQ(trimmed[1].iov_len, 5U);
  EXPECT_EQ(parts[1].iov_len, 10U);
}

TEST(Trim, SaysSoWhenMemoryCannotBeRead) {
  FakeWorld world;
  world.memory_is_readable = false;
  struct iovec trimmed[kTrimmedMax];
  EXPECT_EQ(trim_iovec(world, 4096, 2, 10, trimmed), 0U);
}

}  // namespace
}  // namespace flinch
