// Shared memory as system calls. Addresses count from the start of a part of the address space, the same in
// all processes, that holds nothing but what these calls put there.
#pragma once

#include <cstdint>
#include <string>

#include "core/mechanisms/answer.h"
#include "core/mechanisms/calls/call_list.h"

namespace flinch::mechanisms {

using Address = std::int64_t;

namespace call {

struct MemfdCreate {
  static constexpr const char* kName = "memfd_create";
  unsigned flags;
  std::size_t name_size = 6;
};
/// shm_open(3): openat(2) with O_CLOEXEC and O_NOFOLLOW in the folder of shared memory.
struct ShmOpen {
  static constexpr const char* kName = "shm_open";
  std::string name;
  int flags;
  int mode = 0600;  // if it is made
};
struct ShmUnlink {
  static constexpr const char* kName = "shm_unlink";
  std::string name;
};
struct Ftruncate {
  static constexpr const char* kName = "ftruncate";
  int fd;
  std::int64_t size;
};
struct Fallocate {
  static constexpr const char* kName = "fallocate";
  int fd;
  int mode;
  std::int64_t offset;
  std::int64_t size;
};
/// Told are st_size and st_mode.
struct Fstat {
  static constexpr const char* kName = "fstat";
  int fd;
};
/// MAP_FIXED_NOREPLACE, and MAP_SHARED or MAP_PRIVATE; answers with the address.
struct Mmap {
  static constexpr const char* kName = "mmap";
  Address address;
  std::size_t size;
  int protection;
  int fd;
  std::int64_t offset;
  bool is_private = false;
};
struct Mprotect {
  static constexpr const char* kName = "mprotect";
  Address address;
  std::size_t size;
  int protection;
};
struct Munmap {
  static constexpr const char* kName = "munmap";
  Address address;
  std::size_t size;
};
/// What the caller reads in its own memory, asked so that no signal comes of it: process_vm_readv(2).
struct Load {
  static constexpr const char* kName = "process_vm_readv";
  Address address;
  std::size_t size;
};
struct Store {
  static constexpr const char* kName = "process_vm_writev";
  Address address;
  Bytes bytes;
};

}  // namespace call

using MemoryCalls =
    CallList<call::MemfdCreate, call::ShmOpen, call::ShmUnlink, call::Ftruncate, call::Fallocate, call::Fstat,
             call::Mmap, call::Mprotect, call::Munmap, call::Load, call::Store>;

}  // namespace flinch::mechanisms
