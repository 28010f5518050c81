// Making, opening and joining pipes and FIFOs.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>

#include "core/mechanisms/answer.h"
#include "core/mechanisms/calls/call_list.h"

namespace flinch::mechanisms {
namespace call {

struct Pipe2 {
  static constexpr const char* kName = "pipe2";
  int flags;
};
/// mknod(2), of nothing but FIFOs: the mode is what they are made with, or none that mknod(2) makes. Names are
/// those of one empty folder; there is no umask(2).
struct MakeFifo {
  static constexpr const char* kName = "mknod";
  std::string name;
  int mode = S_IFIFO | S_IRUSR | S_IWUSR;
};
struct Unlink {
  static constexpr const char* kName = "unlink";
  std::string name;
};
struct Open {
  static constexpr const char* kName = "openat";
  std::string name;
  int flags;
};
struct Splice {
  static constexpr const char* kName = "splice";
  int in;
  int out;
  std::size_t size;
  unsigned flags;
  std::optional<std::int64_t> in_offset = {};
  std::optional<std::int64_t> out_offset = {};
};
struct Tee {
  static constexpr const char* kName = "tee";
  int in;
  int out;
  std::size_t size;
  unsigned flags;
};
/// To the writing end; `offset` is where the caller's bytes begin in their first page of memory. What the
/// reading end would write over them is not told.
struct Vmsplice {
  static constexpr const char* kName = "vmsplice";
  int fd;
  Bytes bytes;
  std::size_t offset;
  unsigned flags;
};
/// vmsplice(2) from the reading end, into memory that is all zeros; told is what that memory holds then.
struct TakePages {
  static constexpr const char* kName = "vmsplice";
  int fd;
  std::size_t size;
  unsigned flags;
};

}  // namespace call

using PipeCalls = CallList<call::Pipe2, call::MakeFifo, call::Unlink, call::Open, call::Splice, call::Tee,
                           call::Vmsplice, call::TakePages>;

}  // namespace flinch::mechanisms
