// Whole lines to a descriptor, in batches.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace flinch {

enum class OnPartialLine { kLeave, kCutBack };

/// Not thread-safe. Never raises SIGPIPE or SIGXFSZ in its process: a reader that went away and a full
/// disk are errors, of which the first is kept and after which everything is dropped.
class LineFile {
 public:
  /// `fd` stays the caller's. `name` is for error texts. With kCutBack a line that the disk had no room
  /// for is taken back, which needs a regular file that nobody else writes.
  LineFile(int fd, std::string name, OnPartialLine on_partial_line)
      : fd_(fd), name_(std::move(name)), on_partial_line_(on_partial_line) {}

  /// Where the next line is to be appended, its newline included; then call end_line().
  [[nodiscard]] std::string& buffer() { return buffer_; }
  /// Writes the batch once it is large enough.
  void end_line();
  void flush();

  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] std::size_t pending() const { return buffer_.size(); }

 private:
  void write_all(std::string_view lines);
  void fail(int code, std::string_view lines, std::size_t written);

  int fd_;
  std::string name_;
  OnPartialLine on_partial_line_;
  std::string buffer_;
  std::string error_;
};

}  // namespace flinch
