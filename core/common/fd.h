// A descriptor with one owner.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace flinch {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_{fd} {}
  Fd(Fd&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  [[nodiscard]] int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void reset() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

  /// The same description under a high number, so that the low ones stay free.
  static Fd moved_up(int fd) {
    constexpr int kFirst = 200;
    const int high = fd < 0 ? -1 : ::fcntl(fd, F_DUPFD_CLOEXEC, kFirst);
    if (high < 0) return Fd{fd};
    ::close(fd);
    return Fd{high};
  }

 private:
  int fd_ = -1;
};

}  // namespace flinch
