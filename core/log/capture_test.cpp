// Goal: capture_arguments() never reads where it must not, never writes beyond its area, and says how
// much it left out.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "core/log/captures.h"
#include "core/log/test_calls.h"

namespace flinch {
namespace {

/// Two pages of which only the first can be read.
class EdgeOfMemory {
 public:
  EdgeOfMemory() {
    constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS;
    page_ = static_cast<char*>(mmap(nullptr, 2 * kPage, PROT_READ | PROT_WRITE, kFlags, -1, 0));
    mprotect(page_ + kPage, kPage, PROT_NONE);
  }
  EdgeOfMemory(const EdgeOfMemory&) = delete;
  EdgeOfMemory& operator=(const EdgeOfMemory&) = delete;
  ~EdgeOfMemory() { munmap(page_, 2 * kPage); }

  /// `data` so that its last byte is the last that can be read.
  const char* put(const std::string& data) {
    return static_cast<const char*>(std::memcpy(page_ + kPage - data.size(), data.data(), data.size()));
  }

 private:
  static constexpr std::size_t kPage = 4096;
  char* page_;
};

TEST(Capture, PathMayEndAtTheEdgeOfMemory) {
  EdgeOfMemory edge;
  const Event event = begin_call(Row::mq_unlink, {edge.put(std::string("/q\0", 3))});
  const Captures captures{event};
  ASSERT_NE(captures.first(0), nullptr);
  EXPECT_EQ(captures.first(0)->bytes, "/q");
  EXPECT_FALSE(captures.first(0)->is_cut());
}

TEST(Capture, PathThatRunsOverTheEdgeHasNone) {
  EdgeOfMemory edge;
  const Event event = begin_call(Row::mq_unlink, {edge.put("/q")});
  EXPECT_EQ(Captures{event}.first(0), nullptr);
}

TEST(Capture, BufferThatRunsOverTheEdgeHasNone) {
  EdgeOfMemory edge;
  const char* const data = edge.put("abcd");
  EXPECT_EQ(Captures{begin_call(Row::write, {1, data, 5})}.first(1), nullptr);
  const Event event = begin_call(Row::write, {1, data, 4});
  ASSERT_NE(Captures{event}.first(1), nullptr);
}

TEST(Capture, NothingIsTakenFromAFailedCall) {
  char buffer[8] = "secret";
  EXPECT_EQ(call(Row::read, {0, buffer, 8}, -EIO).capture_length, 0);
}

TEST(Capture, TruncatedDatagramsDoNotReadBeyondTheBuffer) {
  char buffer[8] = "abcdefg";
  const Event event = call(Row::recvfrom, {0, buffer, 3, MSG_TRUNC, nullptr, nullptr}, 1000);
  ASSERT_NE(Captures{event}.first(1), nullptr);
  EXPECT_EQ(Captures{event}.first(1)->bytes, "abc");
}

TEST(Capture, OnlySixteenVectorsAreLookedAt) {
  char byte = 'x';
  const std::vector<iovec> parts(1000, iovec{&byte, 1});
  const Event event = begin_call(Row::writev, {1, parts.data(), parts.size()});
  ASSERT_NE(Captures{event}.first(1), nullptr);
  EXPECT_EQ(Captures{event}.first(1)->full_length, kCaptureIovecsMax);
}

TEST(Capture, EverythingOfARecvfromFits) {
  char buffer[100] = {};
  sockaddr_storage address{};
  socklen_t length = 110;
  const Event event = call(Row::recvfrom, {0, buffer, 100, 0, &address, &length}, 100);
  const Captures captures{event};
  ASSERT_NE(captures.first(1), nullptr);
  ASSERT_NE(captures.first(4), nullptr);
  EXPECT_EQ(captures.first(1)->bytes.size(), kCaptureBytesMax);
  EXPECT_EQ(captures.first(4)->bytes.size(), kCaptureSockAddrMax);
  EXPECT_EQ(captures.first(4)->full_length, 110u);
}

/// Memory that is readable everywhere, or here and there.
struct AnyMemory {
  bool read(std::uint64_t address, void* into, std::size_t size) {
    ++reads;
    bytes_max = std::max(bytes_max, size);
    std::memset(into, static_cast<int>(address >> 3), size);
    return address % 5 != failing;
  }
  std::uint64_t failing = 0;
  std::size_t reads = 0;
  std::size_t bytes_max = 0;
};

RC_GTEST_PROP(Capture, AnyCallStaysInItsArea, ()) {
  struct {
    Event event;
    unsigned char guard[256];
  } area{};
  std::memset(area.guard, 0xa5, sizeof area.guard);
  area.event.row = *rc::gen::inRange<std::uint16_t>(0, kRowCount);
  for (auto& argument : area.event.args)
    argument = *rc::gen::oneOf(rc::gen::inRange<std::uint64_t>(0, 200), rc::gen::arbitrary<std::uint64_t>());
  const auto ret =
      *rc::gen::oneOf(rc::gen::inRange<std::int64_t>(-200, 200), rc::gen::arbitrary<std::int64_t>());
  AnyMemory memory{*rc::gen::inRange<std::uint64_t>(0, 7)};
  const SyscallDescriptor& row = descriptor(static_cast<Row>(area.event.row));
  capture_arguments(area.event, row, 0, Phase::kEntry, memory);
  capture_arguments(area.event, row, ret, Phase::kExit, memory);
  RC_ASSERT(area.event.capture_length <= kEventCaptureMax);
  RC_ASSERT(memory.reads <= 12 * (kCaptureIovecsMax * 2 + 2));
  RC_ASSERT(memory.bytes_max <= std::size_t{64});
  for (const unsigned char byte : area.guard) RC_ASSERT(byte == 0xa5);
  std::size_t at = 0;  // the heads lead exactly to the end
  while (at < area.event.capture_length)
    at += sizeof(CaptureHead) + static_cast<unsigned char>(area.event.capture[at + 1]);
  RC_ASSERT(at == area.event.capture_length);
}

}  // namespace
}  // namespace flinch
