#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <unistd.h>

#include <iterator>
#include <utility>

#include "core/common/fd.h"
#include "core/log/decode.h"
#include "core/log/fault_text.h"
#include "core/log/line_file.h"
#include "core/log/log.h"
#include "core/log/symbols.h"

namespace flinch {
namespace {

void append_json(std::string& out, const Event& event, const Caller& caller) {
  const auto into = std::back_inserter(out);
  fmt::format_to(into, "{{\"t_ns\":{}, \"process\":", event.t_ns);
  append_json_string(out, caller.process);
  fmt::format_to(into, ", \"pid\":{}, \"thread\":{}, \"call\":\"{}\", \"nth\":{}", caller.pid, caller.thread,
                 call_name(event), event.nth);
  if (const auto fd = fd_of(event)) fmt::format_to(into, ", \"fd\":{}", *fd);
  fmt::format_to(into, ", \"mechanism\":\"{}\", \"args\":", mechanism_name(event));
  Writer arguments{out, Style::kJson};
  arguments.open_object();
  write_arguments(event, arguments);
  arguments.close_object();
  if (event.ret_known != 0) {
    const int error = error_of(event);
    fmt::format_to(into, ", \"ret\":{}", error == 0 ? event.ret : -1);
    if (error != 0) fmt::format_to(into, ", \"errno\":\"{}\"", errno_name(error));
  }
  if (fault_of(event) != FaultKind::kNone) {
    out += ", \"fault\":";
    Writer fault{out, Style::kJson};
    write_fault(event, fault);
  }
  fmt::format_to(into, ", \"tier\":\"{}\"}}", tier_name(event));
}

/// What was not flushed is when it goes.
class JsonLog final : public EventSink {
 public:
  JsonLog(Fd fd, std::string name, OnPartialLine on_partial_line)
      : fd_(std::move(fd)), file_(fd_.get(), std::move(name), on_partial_line) {}
  ~JsonLog() override { file_.flush(); }

  void add(const Event& event, const Caller& caller) override {
    append_json(file_.buffer(), event, caller);
    file_.buffer() += '\n';
    file_.end_line();
  }
  void flush() override { file_.flush(); }
  const std::string& error() const override { return file_.error(); }
  std::size_t pending() const override { return file_.pending(); }

 private:
  Fd fd_;
  LineFile file_;
};

tl::unexpected<Error> cannot_open(const std::string& path, int code) {
  return fail(fmt::format("cannot open the log {}: {}", path, strerrordesc_np(code)));
}

}  // namespace

std::string to_json(const Event& event, const Caller& caller) {
  std::string out;
  append_json(out, event, caller);
  return out;
}

Result<std::unique_ptr<EventSink>> open_json_log(const std::string& path) {
  if (path == "-") {
    // The program under test may write to the same file, so no line is ever taken back.
    const int copy = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    if (copy < 0) return cannot_open("on standard output", errno);
    return std::make_unique<JsonLog>(Fd::moved_up(copy), "the log on standard output", OnPartialLine::kLeave);
  }
  // A new run starts a new log.
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
  if (fd < 0) return cannot_open(path, errno);
  return std::make_unique<JsonLog>(Fd::moved_up(fd), fmt::format("the log {}", path),
                                   OnPartialLine::kCutBack);
}

}  // namespace flinch
