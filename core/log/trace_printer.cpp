#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "core/log/decode.h"
#include "core/log/fault_text.h"
#include "core/log/line_file.h"
#include "core/log/log.h"

namespace flinch {
namespace {

constexpr const char* kRed = "\x1b[31m";
constexpr const char* kPlain = "\x1b[0m";

/// "0.1", and "0.1/2" for a thread that is not the first.
std::string caller_text(const Caller& caller) {
  std::string out;
  Writer{out, Style::kText}.symbol(caller.process);
  if (caller.thread != 0) fmt::format_to(std::back_inserter(out), "/{}", caller.thread);
  return out;
}

void append_call(std::string& out, const Event& event, Colour colour) {
  out += call_name(event);
  out += '(';
  Writer arguments{out, Style::kText};
  write_arguments(event, arguments);
  out += ") = ";
  out += result_text(event);
  if (fault_of(event) == FaultKind::kNone) return;
  const bool is_red = colour == Colour::kAlways;
  fmt::format_to(std::back_inserter(out), "  {}<- {}{}", is_red ? kRed : "", fault_text(event),
                 is_red ? kPlain : "");
}

class TracePrinter final : public EventSink {
 public:
  TracePrinter(int fd, Colour colour) : file_(fd, "the trace", OnPartialLine::kLeave), colour_(colour) {}
  ~TracePrinter() override { file_.flush(); }

  void add(const Event& event, const Caller& caller) override {
    const std::string who = caller_text(caller);
    // As wide as the widest so far: a program of one process needs no column.
    width_ = std::max(width_, std::min(who.size(), kWidthMax));
    fmt::format_to(std::back_inserter(file_.buffer()), "{:<{}} ", who, width_);
    append_call(file_.buffer(), event, colour_);
    file_.buffer() += '\n';
    file_.end_line();
  }
  void flush() override { file_.flush(); }
  const std::string& error() const override { return file_.error(); }
  std::size_t pending() const override { return file_.pending(); }

 private:
  static constexpr std::size_t kWidthMax = 20;

  LineFile file_;
  Colour colour_;
  std::size_t width_ = 0;
};

}  // namespace

std::unique_ptr<EventSink> make_trace_printer(int fd, Colour colour) {
  return std::make_unique<TracePrinter>(fd, colour);
}

std::string to_text(const Event& event, const Caller& caller, Colour colour) {
  std::string out = caller_text(caller) + " ";
  append_call(out, event, colour);
  return out;
}

}  // namespace flinch
