// Goal: lines reach their file whole, in order and in batches, and a file that takes no more is an
// error and never a crash or half a line.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/common/fd.h"
#include "core/log/test_calls.h"

namespace flinch {
namespace {

/// A path that is gone after the test.
class TemporaryFile {
 public:
  TemporaryFile() { Fd{mkstemp(path_.data())}; }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { unlink(path_.c_str()); }

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::vector<std::string> lines() const {
    std::ifstream file{path_};
    std::vector<std::string> out;
    for (std::string line; std::getline(file, line);) out.push_back(line);
    return out;
  }

 private:
  std::string path_ = testing::TempDir() + "flinch-log-XXXXXX";
};

Event numbered(std::uint64_t number) {
  Event event = call(Row::close, {3}, 0);
  event.t_ns = number;
  return event;
}

TEST(JsonLog, HoldsLinesBackUntilTheFlush) {
  TemporaryFile file;
  auto log = open_json_log(file.path());
  ASSERT_TRUE(log.has_value());
  (*log)->add(numbered(1), kSomeone);
  EXPECT_GT((*log)->pending(), 0u);
  EXPECT_TRUE(file.lines().empty());
  (*log)->flush();
  EXPECT_EQ((*log)->pending(), 0u);
  EXPECT_EQ(file.lines(), std::vector<std::string>{to_json(numbered(1), kSomeone)});
}

TEST(JsonLog, WritesByItselfInWholeLinesWhenABatchIsFull) {
  TemporaryFile file;
  auto log = open_json_log(file.path());
  ASSERT_TRUE(log.has_value());
  for (std::uint64_t i = 0; i < 1000; ++i) {
    (*log)->add(numbered(i), kSomeone);
    ASSERT_LT((*log)->pending(), std::size_t{64} << 10);
  }
  const auto written = file.lines();
  ASSERT_GT(written.size(), 400u);
  ASSERT_LT(written.size(), 1000u);
  (*log)->flush();
  const auto lines = file.lines();
  ASSERT_EQ(lines.size(), 1000u);
  for (std::size_t i = 0; i < lines.size(); ++i) EXPECT_EQ(nlohmann::json::parse(lines[i])["t_ns"], i);
}

TEST(JsonLog, StartsAnewForANewRun) {
  TemporaryFile file;
  for (std::uint64_t run = 0; run < 2; ++run) {
    auto log = open_json_log(file.path());
    ASSERT_TRUE(log.has_value());
    (*log)->add(numbered(run), kSomeone);
  }
  ASSERT_EQ(file.lines().size(), 1u);
  EXPECT_EQ(nlohmann::json::parse(file.lines()[0])["t_ns"], 1);
}

TEST(JsonLog, StaysOutOfTheWayOfLowDescriptors) {
  TemporaryFile file;
  const Fd before{open("/dev/null", O_RDONLY)};
  auto log = open_json_log(file.path());
  const Fd after{open("/dev/null", O_RDONLY)};
  EXPECT_EQ(after.get(), before.get() + 1);
}

TEST(JsonLog, CannotBeOpenedWhereThereIsNoDirectory) {
  const auto log = open_json_log("/nonexistent/log");
  ASSERT_FALSE(log.has_value());
  EXPECT_EQ(log.error().text, "cannot open the log /nonexistent/log: No such file or directory");
}

TEST(JsonLog, KeepsTheFirstErrorOfAFullDisk) {
  auto log = open_json_log("/dev/full");
  ASSERT_TRUE(log.has_value());
  (*log)->add(numbered(1), kSomeone);
  EXPECT_TRUE((*log)->error().empty());
  (*log)->flush();
  EXPECT_EQ((*log)->error(), "cannot write the log /dev/full: No space left on device");
  (*log)->add(numbered(2), kSomeone);
  EXPECT_EQ((*log)->pending(), 0u);
  (*log)->flush();
  EXPECT_EQ((*log)->error(), "cannot write the log /dev/full: No space left on device");
}

TEST(JsonLog, TakesBackTheLineThatTheDiskHadNoRoomFor) {
  TemporaryFile file;
  auto log = open_json_log(file.path());
  ASSERT_TRUE(log.has_value());
  for (std::uint64_t i = 0; i < 10; ++i) (*log)->add(numbered(i), kSomeone);
  const std::size_t line = (*log)->pending() / 10;
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit small = before;
  small.rlim_cur = 3 * line + line / 2;  // room for three lines and a half
  setrlimit(RLIMIT_FSIZE, &small);
  (*log)->flush();
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ((*log)->error(), "cannot write the log " + file.path() + ": File too large");
  const auto lines = file.lines();
  ASSERT_EQ(lines.size(), 3u);
  for (std::uint64_t i = 0; i < 3; ++i) EXPECT_EQ(lines[i], to_json(numbered(i), kSomeone));
}

TEST(TracePrinter, SurvivesAReaderThatWentAway) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const Fd writer{ends[1]};
  close(ends[0]);
  const auto printer = make_trace_printer(writer.get(), Colour::kNever);
  printer->add(numbered(1), kSomeone);
  printer->flush();  // SIGPIPE would end the test here
  EXPECT_EQ(printer->error(), "cannot write the trace: Broken pipe");
  sigset_t pending;
  sigpending(&pending);
  EXPECT_EQ(sigismember(&pending, SIGPIPE), 0);
}

TEST(TracePrinter, WaitsWhereSomebodyMadeTheDescriptorNonBlocking) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_NONBLOCK), 0);
  const Fd reader{ends[0]};
  const Fd writer{ends[1]};
  std::string filler(1 << 16, 'x');
  ASSERT_EQ(write(writer.get(), filler.data(), filler.size()), 1 << 16);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {  // the pipe is full: this blocks until the parent reads
    const auto printer = make_trace_printer(writer.get(), Colour::kNever);
    printer->add(numbered(1), kSomeone);
    printer->flush();
    _exit(printer->error().empty() ? 0 : 1);
  }
  ASSERT_EQ(read(reader.get(), filler.data(), filler.size()), 1 << 16);
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  const ssize_t size = read(reader.get(), filler.data(), filler.size());
  EXPECT_EQ(filler.substr(0, static_cast<std::size_t>(size)), "0.1 close(3) = 0\n");
}

TEST(TracePrinter, PadsTheProcessColumnToTheWidestSoFar) {
  TemporaryFile file;
  const Fd fd{open(file.path().c_str(), O_WRONLY | O_APPEND)};
  const auto printer = make_trace_printer(fd.get(), Colour::kNever);
  printer->add(numbered(1), Caller{"0", 1, 0});
  printer->add(numbered(2), Caller{"0.1", 2, 4});
  printer->add(numbered(3), Caller{"0", 1, 0});
  printer->flush();
  const std::vector<std::string> expected{"0 close(3) = 0", "0.1/4 close(3) = 0", "0     close(3) = 0"};
  EXPECT_EQ(file.lines(), expected);
}

}  // namespace
}  // namespace flinch
