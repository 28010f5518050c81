// Goal: whatever the program under test writes into a ring, a log line is valid JSON on one line, and
// a trace line is printable.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/log/test_calls.h"

namespace flinch {
namespace {

Event arbitrary_event() {
  const auto bytes =
      *rc::gen::container<std::vector<unsigned char>>(sizeof(Event), rc::gen::arbitrary<unsigned char>());
  Event event;
  std::memcpy(&event, bytes.data(), sizeof event);
  return event;
}

bool is_printable(const std::string& line) {
  return std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

void expect_readable(const Event& event) {
  const std::string line = to_json(event, kSomeone);
  RC_ASSERT(is_printable(line));
  const auto parsed = nlohmann::json::parse(line, nullptr, false);
  RC_ASSERT(!parsed.is_discarded());
  for (const char* key : {"t_ns", "process", "pid", "thread", "call", "nth", "mechanism", "args", "tier"})
    RC_ASSERT(parsed.contains(key));
  RC_ASSERT(is_printable(to_text(event, kSomeone, Colour::kNever)));
}

RC_GTEST_PROP(Hostile, RandomBytesMakeAReadableLine, ()) {
  for (int i = 0; i < 10; ++i) expect_readable(arbitrary_event());
}

// Random rows are mostly unknown and random heads mostly broken, so that the decoders would hardly be
// reached: here the row exists and the captures fit, or nearly.
Event event_with_captures() {
  Event event = arbitrary_event();
  event.row = *rc::gen::inRange<std::uint16_t>(0, kRowCount);
  event.mechanism = static_cast<Mechanism>(*rc::gen::inRange(0, static_cast<int>(Mechanism::kCount)));
  event.capture_length = *rc::gen::inRange<std::uint8_t>(kEventCaptureMax - 8, 255);
  const bool is_address = *rc::gen::arbitrary<bool>();
  std::size_t at = 0;
  for (std::uint8_t argument = 0; argument < 6 && at + sizeof(CaptureHead) <= kEventCaptureMax; ++argument) {
    CaptureHead head{};
    head.argument = argument;
    head.length = *rc::gen::inRange<std::uint8_t>(0, 49);
    head.full_length = *rc::gen::inRange<std::uint32_t>(0, 60);
    std::memcpy(event.capture + at, &head, sizeof head);
    at += sizeof head;
    if (is_address && at + 2 <= kEventCaptureMax) {  // of a family that is decoded
      event.capture[at] = *rc::gen::element<char>(AF_UNIX, AF_INET, AF_INET6);
      event.capture[at + 1] = 0;
    }
    at += head.length;
  }
  return event;
}

RC_GTEST_PROP(Hostile, RandomCapturesOfARealCallMakeAReadableLine, ()) {
  for (int i = 0; i < 10; ++i) expect_readable(event_with_captures());
}

TEST(Hostile, ProcessNamesAreEscaped) {
  const Event event = call(Row::close, {1}, 0);
  const Caller caller{"0\"\n\x1b", 1, 0};
  EXPECT_EQ(nlohmann::json::parse(to_json(event, caller))["process"], "0\"\n\x1b");
  EXPECT_TRUE(is_printable(to_text(event, caller, Colour::kNever)));
}

TEST(Hostile, TerminalSequencesDoNotReachATerminal) {
  const std::string data(
      "\x1b]0;gotcha\a\0"
      "7\0x\xfe",
      16);
  const std::string line = to_text(call(Row::write, {1, data.data(), 16}, 16), kSomeone, Colour::kNever);
  EXPECT_EQ(line, R"(0.1 write(1, "\33]0;gotcha\7\0007\0x\376", 16) = 16)");
}

TEST(Hostile, NumbersBeyondTheTablesAreNotUsedAsIndices) {
  Event event{};
  event.row = 0xffff;
  event.mechanism = static_cast<Mechanism>(0xff);
  event.tier = static_cast<Tier>(0xff);
  event.fault_kind = static_cast<FaultKind>(0xff);
  EXPECT_EQ(to_text(event, kSomeone, Colour::kNever), "0.1 ?() = ?");
  const auto line = nlohmann::json::parse(to_json(event, kSomeone));
  EXPECT_EQ(line["call"], "?");
  EXPECT_EQ(line["mechanism"], "none");
  EXPECT_FALSE(line.contains("fault"));
}

}  // namespace
}  // namespace flinch
