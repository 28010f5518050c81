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
};
/// shm_open(3): openat(2) with O_CLOEXEC and O_NOFOLLOW in the folder of shared memory.
struct ShmOpen {
  static constexpr const char* kName = "shm_open";
  std::string name;
  int flags;
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
/// Told is st_size.
struct Fstat {
  static constexpr const char* kName = "fstat";
  int fd;
};
/// MAP_SHARED | MAP_FIXED_NOREPLACE; answers with the address.
struct Mmap {
  static constexpr const char* kName = "mmap";
  Address address;
  std::size_t size;
  int protection;
  int fd;
  std::int64_t offset;
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

using MemoryCalls = CallList<call::MemfdCreate, call::ShmOpen, call::ShmUnlink, call::Ftruncate, call::Fstat,
                             call::Mmap, call::Munmap, call::Load, call::Store>;

}  // namespace flinch::mechanisms
