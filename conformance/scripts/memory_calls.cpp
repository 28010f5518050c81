// What scripts about shared memory are made of.
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/memfd.h>
#include <poll.h>
#include <sys/mman.h>

#include "conformance/scripts/makers.h"

namespace flinch::conformance {
namespace {

namespace call = mechanisms::call;
using mechanisms::Address;
using enum Maker::Needs;

std::string name(const Situation& s, std::size_t n) {
  if (s.numbers[n] % 64 == 63) return std::string(256, 'x');
  return s.one_of<const char*>(n, {"one", "one", "two", "three"});
}

/// The start of a mapped page, often; and else anything.
Address address(const Situation& s, std::size_t n) {
  const std::vector<std::int64_t> pages = s.world.pages(s.thread);
  const std::uint16_t number = s.numbers[n];
  if (pages.empty() || number % 8 == 7) return Address{number / 8 % 9} * 0x1000;
  return pages[number / 8 % pages.size()] * 0x1000;
}

std::size_t size(const Situation& s, std::size_t n) {
  return s.one_of<std::size_t>(n, {4096, 8192, 4096, 100, 5000, 4096, 12288, 0});
}

SystemCall memfd_call(const Situation& s) {
  return call::MemfdCreate{
      s.one_of<unsigned>(0, {MFD_ALLOW_SEALING, 0, MFD_ALLOW_SEALING | MFD_CLOEXEC, 8, 16, 8 | 16, 0x40}),
      s.one_of<std::size_t>(1, {6, 6, 0, 6, 249, 6, 6, 250})};
}

SystemCall open_call(const Situation& s) {
  const int access = s.one_of(1, {O_RDWR, O_RDWR, O_RDONLY});
  return call::ShmOpen{name(s, 0),
                       access | s.one_of(2, {O_CREAT, O_CREAT, O_CREAT | O_EXCL, 0, O_TRUNC,
                                             O_CREAT | O_TRUNC, O_NONBLOCK, O_APPEND}),
                       s.one_of(3, {0600, 0600, 0400, 0600, 0200, 0})};
}

SystemCall truncate_call(const Situation& s) {
  return call::Ftruncate{s.descriptor(0),
                         s.one_of<std::int64_t>(1, {4096, 8192, 100, 0, 5000, 12288, 8192, -1})};
}

SystemCall map_call(const Situation& s) {
  const int protection = s.one_of(1, {PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE, PROT_READ, PROT_NONE,
                                      PROT_READ | PROT_WRITE, PROT_WRITE});
  const Address at = s.numbers[2] % 32 == 31 ? 0x1800 : s.numbers[2] % 9 * 0x1000;
  return call::Mmap{at,
                    size(s, 3),
                    protection,
                    s.descriptor(0),
                    s.one_of<std::int64_t>(1, {0, 0, 0, 0, 4096, 0, 0, 8192, 0, 100, 0}),
                    s.numbers[3] / 8 % 4 == 3};
}

SystemCall protect_call(const Situation& s) {
  return call::Mprotect{
      s.numbers[2] % 32 == 31 ? 0x100 : address(s, 0), size(s, 1),
      s.one_of(3, {PROT_READ | PROT_WRITE, PROT_READ, PROT_NONE, PROT_WRITE, PROT_READ | PROT_WRITE})};
}

SystemCall allocate_call(const Situation& s) {
  constexpr int kPunch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
  return call::Fallocate{s.descriptor(0),
                         s.one_of<int>(1, {0, kPunch, FALLOC_FL_KEEP_SIZE, kPunch, FALLOC_FL_PUNCH_HOLE,
                                           FALLOC_FL_ZERO_RANGE, 0}),
                         s.one_of<std::int64_t>(2, {0, 100, 4096, 8192, -1}),
                         s.one_of<std::int64_t>(3, {4096, 100, 5000, 12288, 0})};
}

SystemCall reopen_call(const Situation& s) {
  return call::Reopen{s.descriptor(0),
                      s.one_of(1, {O_RDONLY, O_RDWR, O_WRONLY, O_RDWR | O_TRUNC, O_RDWR | O_APPEND,
                                   O_RDONLY | O_TRUNC, O_RDWR | O_CLOEXEC, O_RDWR | O_DIRECTORY})};
}

SystemCall fcntl_call(const Situation& s) {
  const int command = s.one_of(1, {F_ADD_SEALS, F_GET_SEALS, F_ADD_SEALS, F_GETFL, F_GETFD, F_ADD_SEALS});
  std::int64_t argument = 0;
  if (command == F_ADD_SEALS)
    argument = s.one_of<int>(2, {F_SEAL_GROW, F_SEAL_SHRINK, F_SEAL_WRITE, F_SEAL_FUTURE_WRITE, F_SEAL_WRITE,
                                 F_SEAL_GROW | F_SEAL_SHRINK, 0x20, 0x40, F_SEAL_SEAL, 0,
                                 F_SEAL_WRITE | F_SEAL_GROW, F_SEAL_SEAL | F_SEAL_SHRINK});
  return call::Fcntl{s.descriptor(0), command, argument};
}

SystemCall peek_call(const Situation& s) {
  const Address inside = s.one_of<Address>(1, {0, 100, 4090, 0});
  return call::Load{address(s, 0) + inside, s.one_of<std::size_t>(2, {4096, 10, 5000, 4, 12000})};
}

SystemCall poke_call(const Situation& s) {
  const Address inside = s.one_of<Address>(1, {0, 100, 4090, 0});
  return call::Store{address(s, 0) + inside, s.payload(s.one_of<std::size_t>(2, {10, 4, 4096, 5000}))};
}

SystemCall poll_call(const Situation& s) { return call::Poll{{{s.descriptor(0), poll_events(s, 1)}}, 0}; }

}  // namespace

std::vector<Maker> memory_makers() {
  return {
      {6, kNothing, memfd_call},
      {6, kNothing, open_call},
      {1, kNothing, [](const Situation& s) -> SystemCall { return call::ShmUnlink{name(s, 0)}; }},
      {10, kDescriptor, truncate_call},
      {3, kDescriptor, [](const Situation& s) -> SystemCall { return call::Fstat{s.descriptor(0)}; }},
      {16, kDescriptor, map_call},
      {3, kDescriptor, protect_call},
      {4, kDescriptor, allocate_call},
      {3, kDescriptor, reopen_call},
      {1, kNothing, capset_call},
      {3, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::Munmap{s.numbers[2] % 32 == 31 ? 0x100 : address(s, 0), size(s, 1)};
       }},
      {14, kDescriptor, peek_call},
      {12, kDescriptor, poke_call},
      {8, kDescriptor, fcntl_call},
      {2, kDescriptor, poll_call},
      {1, kNothing, limit_descriptors_call},
      {3, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::Write{s.descriptor(0), s.payload(s.one_of<std::size_t>(1, {10, 100, 4096, 5000, 0}))};
       }},
      {1, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::Writev{s.descriptor(0),
                             {s.payload(s.numbers[1] % 100U), s.payload(s.numbers[2] % 5000U)}};
       }},
      {1, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::Readv{s.descriptor(0), {s.numbers[1] % 100U, s.numbers[2] % 5000U}};
       }},
      {3, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::Read{s.descriptor(0), s.one_of<std::size_t>(1, {10, 4096, 100, 9000, 0})};
       }},
      {2, kDescriptor, [](const Situation& s) -> SystemCall { return call::Close{s.descriptor(0)}; }},
      {1, kDescriptor, [](const Situation& s) -> SystemCall { return call::Dup{s.descriptor(0)}; }},
      {1, kDescriptor, [](const Situation& s) -> SystemCall { return call::Pipe2{s.numbers[0] % 2}; }},
      {4, kNothing, [](const Situation&) -> SystemCall { return call::Fork{}; }},
      {1, kNothing, [](const Situation& s) -> SystemCall { return call::Exit{s.numbers[0] % 256}; }},
  };
}

}  // namespace flinch::conformance
