// Goal: a log line is what the contract says, for every call, and names each argument.
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "core/log/decode.h"
#include "core/log/test_calls.h"

namespace flinch {
namespace {

using nlohmann::json;

TEST(Json, LineIsTheContracts) {
  char buffer[4096] = "abc\n";
  Event event = call(Row::read, {4, buffer, sizeof buffer}, 4, Mechanism::kPipe);
  event.t_ns = 12345;
  event.nth = 3;
  event.fault_kind = FaultKind::kShort;
  event.fault_amount = 4;
  event.tier = Tier::kShim;
  EXPECT_EQ(to_json(event, kSomeone),
            R"({"t_ns":12345, "process":"0.1", "pid":4242, "thread":0, "call":"read", "nth":3, "fd":4, )"
            R"("mechanism":"pipe", "args":{"fd":4,"buffer":"abc\n","count":4096}, "ret":4, )"
            R"("fault":{"kind":"short","bytes":4}, "tier":"shim"})");
}

TEST(Json, ErrorsAreMinusOneAndAName) {
  const json line =
      json::parse(to_json(call(Row::read, {4, nullptr, 1}, -EINTR, Mechanism::kPipe), kSomeone));
  EXPECT_EQ(line["ret"], -1);
  EXPECT_EQ(line["errno"], "EINTR");
  EXPECT_TRUE(line["args"]["buffer"].is_null());
  EXPECT_FALSE(line.contains("fault"));
  EXPECT_EQ(line["tier"], "notify");
}

TEST(Json, CallsThatNeverEndedHaveNoResult) {
  const json line = json::parse(to_json(begin_call(Row::exit_group, {1}), kSomeone));
  EXPECT_FALSE(line.contains("ret"));
  EXPECT_FALSE(line.contains("errno"));
  EXPECT_FALSE(line.contains("fd"));
}

TEST(Json, FaultsHaveThePlansKeys) {
  Event event = call(Row::pause, {}, -EINTR);
  const auto fault = [&event](FaultKind kind) {
    event.fault_kind = kind;
    return json::parse(to_json(event, kSomeone))["fault"];
  };
  event.fault_signal = SIGUSR1;
  EXPECT_EQ(fault(FaultKind::kEintr), (json{{"kind", "eintr"}, {"signal", "SIGUSR1"}}));
  EXPECT_EQ(fault(FaultKind::kSignal), (json{{"kind", "signal"}, {"signal", "SIGUSR1"}}));
  EXPECT_EQ(fault(FaultKind::kEagain), (json{{"kind", "eagain"}}));
  event.fault_signal = 0;
  EXPECT_EQ(fault(FaultKind::kEintr), (json{{"kind", "eintr"}}));
  event.fault_amount = 4096;
  EXPECT_EQ(fault(FaultKind::kFull), (json{{"kind", "full"}, {"size", 4096}}));
  event.fault_amount = 1'500'000;
  EXPECT_EQ(fault(FaultKind::kDelay), (json{{"kind", "delay"}, {"delay", "1500us"}}));
}

TEST(Json, CutDataSaysHowLongItWas) {
  const std::string data(100, 'x');
  const json args = json::parse(to_json(call(Row::write, {1, data.data(), 100}, 7), kSomeone))["args"];
  EXPECT_EQ(args["buffer"], std::string(kCaptureBytesMax, 'x'));
  EXPECT_EQ(args["buffer_length"], 100);
  EXPECT_EQ(args["count"], 100);
  const json path = json::parse(to_json(call(Row::mq_unlink, {data.c_str()}, -ENOENT), kSomeone))["args"];
  EXPECT_EQ(path["path"], std::string(kCapturePathMax, 'x'));
  EXPECT_EQ(path["path_is_cut"], true);
}

TEST(Json, StructuresAreObjects) {
  const pollfd entry{3, POLLIN, POLLHUP};
  const json args = json::parse(to_json(call(Row::poll, {&entry, 1, 5}, 1), kSomeone))["args"];
  const char* const expected =
      R"({"fds":[{"fd":3,"events":"POLLIN","revents":"POLLHUP"}],"count":1,"timeout_ms":5})";
  EXPECT_EQ(args, json::parse(expected));
  const timespec time{1, 5};
  EXPECT_EQ(json::parse(to_json(call(Row::nanosleep, {&time, nullptr}, 0), kSomeone))["args"],
            json::parse(R"({"time":{"tv_sec":1,"tv_nsec":5},"remaining":null})"));
}

TEST(Json, HostileBytesStayInTheirString) {
  const std::string data("\x1b[2J\0\xff\xc3(\"\\\n\x7f", 12);
  const std::string line = to_json(call(Row::write, {1, data.data(), data.size()}, 12), kSomeone);
  for (const char c : line) EXPECT_TRUE(c >= ' ' && c <= '~');
  // One code point a byte: 0xff comes back as U+00FF, which is UTF-8 c3 bf.
  EXPECT_EQ(json::parse(line)["args"]["buffer"], std::string("\x1b[2J\0\xc3\xbf\xc3\x83(\"\\\n\x7f", 14));
}

TEST(Json, EveryRowNamesItsArgumentsOnce) {
  for (const SyscallDescriptor& row : kSyscalls) {
    std::set<std::string> seen;
    for (unsigned i = 0; i < 6 && row.args[i] != Arg::kNone; ++i)
      EXPECT_TRUE(seen.insert(argument_name(row, i)).second) << row.name << ": " << argument_name(row, i);
  }
}

TEST(Json, DescriptorIsTheOneThatTheCallWorksOn) {
  const auto fd = [](const Event& event) { return json::parse(to_json(event, kSomeone)).value("fd", -100); };
  EXPECT_EQ(fd(call(Row::read, {-1, nullptr, 1}, -EBADF)), -1);
  EXPECT_EQ(fd(call(Row::mmap, {nullptr, 4096, 3, 2, -1, 0}, 0x1000)), -100);
  EXPECT_EQ(fd(call(Row::kill, {7, SIGUSR1}, 0)), -100);
  EXPECT_EQ(fd(call(Row::sendfile, {4, 5, nullptr, 1}, 1)), 4);
}

}  // namespace
}  // namespace flinch
