// What can be asked of any descriptor.
#pragma once

#include <cstdint>
#include <vector>

#include "core/mechanisms/answer.h"
#include "core/mechanisms/calls/call_list.h"

namespace flinch::mechanisms {
namespace call {

struct Read {
  static constexpr const char* kName = "read";
  int fd;
  std::size_t size;
};
struct Write {
  static constexpr const char* kName = "write";
  int fd;
  Bytes bytes;
};
struct Readv {
  static constexpr const char* kName = "readv";
  int fd;
  std::vector<std::size_t> sizes;
};
struct Writev {
  static constexpr const char* kName = "writev";
  int fd;
  std::vector<Bytes> parts;
};
struct Close {
  static constexpr const char* kName = "close";
  int fd;
};
struct Dup {
  static constexpr const char* kName = "dup";
  int fd;
};
struct Dup3 {
  static constexpr const char* kName = "dup3";
  int from;
  int to;
  int flags;
};
/// Only commands whose argument is a number.
struct Fcntl {
  static constexpr const char* kName = "fcntl";
  int fd;
  int command;
  std::int64_t argument;
};
/// FIONREAD or FIONBIO; the argument of the latter, the answer to the former.
struct Ioctl {
  static constexpr const char* kName = "ioctl";
  int fd;
  std::uint64_t request;
  int argument;
};
/// One of those that poll(2) watches.
struct PollEntry {
  int fd;
  short events;
};
struct Poll {
  static constexpr const char* kName = "poll";
  std::vector<PollEntry> entries;
  int timeout_ms;
};

struct Lseek {
  static constexpr const char* kName = "lseek";
  int fd;
  std::int64_t offset;
  int whence;
};
struct Pread {
  static constexpr const char* kName = "pread64";
  int fd;
  std::size_t size;
  std::int64_t offset;
};
struct Pwrite {
  static constexpr const char* kName = "pwrite64";
  int fd;
  Bytes bytes;
  std::int64_t offset;
};
/// open(2) of /proc/self/fd/N: a description of its own for what a descriptor stands for.
struct Reopen {
  static constexpr const char* kName = "openat";
  int fd;
  int flags;
};
/// prlimit(2) of the caller's RLIMIT_NOFILE, no higher than it began. What is open above it stays open.
struct LimitDescriptors {
  static constexpr const char* kName = "prlimit64";
  int max;
};

}  // namespace call

using DescriptorCalls = CallList<call::Read, call::Write, call::Readv, call::Writev, call::Close, call::Dup,
                                 call::Dup3, call::Fcntl, call::Ioctl, call::Poll, call::Lseek, call::Pread,
                                 call::Pwrite, call::Reopen, call::LimitDescriptors>;

}  // namespace flinch::mechanisms
