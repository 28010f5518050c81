#include "core/log/line_file.h"

#include <errno.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

namespace flinch {
namespace {

constexpr std::size_t kBatchSize = std::size_t{64} << 10;

/// Keeps the signals that a failed write sends to its thread from doing anything. They are taken back
/// before they are let through again, unless they were there already.
class WriteSignalsHeld {
 public:
  WriteSignalsHeld() {
    sigemptyset(&held_);
    sigset_t pending;
    sigemptyset(&pending);
    sigpending(&pending);
    for (const int signal : {SIGPIPE, SIGXFSZ})
      if (sigismember(&pending, signal) == 0) sigaddset(&held_, signal);
    pthread_sigmask(SIG_BLOCK, &held_, &before_);
  }
  WriteSignalsHeld(const WriteSignalsHeld&) = delete;
  WriteSignalsHeld& operator=(const WriteSignalsHeld&) = delete;
  ~WriteSignalsHeld() {
    const timespec now{};
    while (sigtimedwait(&held_, nullptr, &now) > 0) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t held_;
  sigset_t before_;
};

/// Standard output may have been made non-blocking by someone who shares it.
void wait_until_writable(int fd) {
  pollfd entry{fd, POLLOUT, 0};
  poll(&entry, 1, -1);
}

}  // namespace

void LineFile::end_line() {
  if (!error_.empty()) {
    buffer_.clear();
  } else if (buffer_.size() >= kBatchSize) {
    flush();
  }
}

void LineFile::flush() {
  if (error_.empty() && !buffer_.empty()) write_all(buffer_);
  buffer_.clear();
}

void LineFile::write_all(std::string_view lines) {
  const WriteSignalsHeld held;
  std::size_t written = 0;
  while (written < lines.size()) {
    const ssize_t count = ::write(fd_, lines.data() + written, lines.size() - written);
    if (count > 0) {
      written += static_cast<std::size_t>(count);
    } else if (count < 0 && errno == EAGAIN) {
      wait_until_writable(fd_);
    } else if (count < 0 && errno != EINTR) {
      return fail(errno, lines, written);
    }
  }
}

void LineFile::fail(int code, std::string_view lines, std::size_t written) {
  error_ = fmt::format("cannot write {}: {}", name_, strerrordesc_np(code));
  if (on_partial_line_ == OnPartialLine::kLeave) return;
  const std::size_t newline = lines.substr(0, written).rfind('\n');
  const std::size_t whole = newline == std::string_view::npos ? 0 : newline + 1;
  struct stat status;
  if (whole == written || fstat(fd_, &status) != 0 || !S_ISREG(status.st_mode)) return;
  const auto partial = static_cast<off_t>(written - whole);
  // Should this fail too, the log ends with half a line, which is what a reader has to cope with anyway.
  if (status.st_size >= partial && ftruncate(fd_, status.st_size - partial) != 0) return;
}

}  // namespace flinch
