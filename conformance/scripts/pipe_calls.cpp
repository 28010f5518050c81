// What scripts about pipes and FIFOs are made of.
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>

#include "conformance/scripts/company.h"
#include "conformance/scripts/makers.h"

namespace flinch::conformance {
namespace {

namespace call = mechanisms::call;
using enum Maker::Needs;

std::string name(const Situation& s, std::size_t n) {
  if (s.numbers[n] % 32 == 31)
    return s.one_of<std::string>(n + 1, {"", std::string(256, 'x'), "one/x", std::string(255, 'x'),
                                         "two/" + std::string(256, 'x'), std::string(256, 'x') + "/x"});
  return s.one_of<const char*>(n, {"one", "two", "three"});
}

SystemCall reopen_call(const Situation& s) {
  return call::Reopen{s.descriptor(0), s.one_of(1, {O_RDONLY, O_WRONLY, O_RDWR, O_RDONLY | O_NONBLOCK,
                                                    O_WRONLY | O_NONBLOCK, O_WRONLY, O_ACCMODE,
                                                    O_RDWR | O_DIRECT, O_RDONLY | O_CLOEXEC, O_DIRECTORY})};
}

/// Mostly none, for a pipe has no offsets.
std::optional<std::int64_t> offset(const Situation& s, std::size_t n) {
  if (s.numbers[n] % 32 != 30) return std::nullopt;
  return s.numbers[n] / 32 % 2;
}

unsigned splice_flags(const Situation& s, std::size_t n) {
  return s.one_of<unsigned>(n,
                            {0, SPLICE_F_NONBLOCK, SPLICE_F_NONBLOCK, SPLICE_F_MOVE, SPLICE_F_GIFT, 0x100});
}

/// Often a part of a page: that is where pages come to be shared.
std::size_t splice_size(const Situation& s, std::size_t n) {
  return s.numbers[n] % 2 == 0 ? 1 + s.numbers[n] / 2 % 300 : s.size(n);
}

SystemCall write_call(const Situation& s) { return call::Write{s.descriptor(0), s.payload(s.size(1))}; }

SystemCall read_call(const Situation& s) { return call::Read{s.descriptor(0), s.size(1)}; }

SystemCall fcntl_call(const Situation& s) {
  const int command =
      s.one_of(1, {F_GETFL, F_SETFL, F_SETFL, F_SETFL, F_SETPIPE_SZ, F_SETPIPE_SZ, F_SETPIPE_SZ, F_GETPIPE_SZ,
                   F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, 9999});
  std::int64_t argument = 0;
  if (command == F_SETFL) argument = s.one_of(2, {O_NONBLOCK, 0, O_DIRECT, O_NONBLOCK | O_DIRECT, O_APPEND});
  if (command == F_SETFD) argument = s.numbers[2] % 2;
  if (command == F_DUPFD || command == F_DUPFD_CLOEXEC) argument = s.one_of(2, {0, 3, 13, 9, 12, 14, -1});
  if (command == F_SETPIPE_SZ)
    argument = s.one_of<std::int64_t>(
        2, {4096, 1, 8192, 8193, 65536, 131072, 0, 20000, 1048576, 2097152, 0x80000001, INT64_MAX});
  return call::Fcntl{s.descriptor(0), command, argument};
}

SystemCall poll_call(const Situation& s) {
  call::Poll poll{{}, s.numbers[0] % 4 == 1 ? -1 : 0};
  for (std::size_t i = 0; i < 1U + s.numbers[1] % 3; ++i)
    poll.entries.push_back({s.descriptor(i + 1), poll_events(s, 3)});
  if (s.numbers[0] % 32 == 31) poll.entries.resize(s.one_of<std::size_t>(1, {0, 14, 15}), {0, POLLIN});
  return poll;
}

}  // namespace

std::vector<Maker> pipe_makers() {
  return {
      {6, kNothing,
       [](const Situation& s) -> SystemCall {
         return call::Pipe2{
             s.one_of(0, {0, O_NONBLOCK, O_DIRECT, O_CLOEXEC, O_DIRECT | O_NONBLOCK, O_APPEND})};
       }},
      {4, kNothing,
       [](const Situation& s) -> SystemCall {
         return call::MakeFifo{
             name(s, 0), s.one_of(2, {S_IFIFO | 0600, S_IFIFO | 0600, S_IFIFO | 0666, S_IFIFO | 0400,
                                      S_IFIFO | 0600, S_IFIFO | 0200, S_IFIFO, S_IFMT, S_IFDIR | 0700})};
       }},
      {1, kNothing, capset_call},
      {1, kNothing, [](const Situation& s) -> SystemCall { return call::Unlink{name(s, 0)}; }},
      {6, kNothing,
       [](const Situation& s) -> SystemCall {
         return call::Open{
             name(s, 0),
             s.one_of(1, {O_RDONLY, O_WRONLY, O_RDWR, O_RDONLY | O_NONBLOCK, O_WRONLY | O_NONBLOCK,
                          O_RDWR | O_NONBLOCK, O_RDONLY | O_CLOEXEC, O_WRONLY | O_APPEND, O_ACCMODE,
                          O_RDONLY | O_DIRECTORY, O_RDWR | O_DIRECT, O_WRONLY | O_TRUNC})};
       }},
  };
}

std::vector<Maker> descriptor_makers() {
  return {
      {16, kDescriptor, in_company<write_call>},
      {14, kDescriptor, in_company<read_call>},
      {3, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::Readv{s.descriptor(0), {s.size(1), s.size(2)}};
       }},
      {3, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::Writev{s.descriptor(0),
                             {s.payload(s.size(1)), s.payload(s.size(2)), s.payload(s.size(3))}};
       }},
      {5, kDescriptor, [](const Situation& s) -> SystemCall { return call::Close{s.descriptor(0)}; }},
      {2, kDescriptor, [](const Situation& s) -> SystemCall { return call::Dup{s.descriptor(0)}; }},
      {2, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::Dup3{s.descriptor(0), s.numbers[1] % 50 - 2, s.one_of(2, {0, O_CLOEXEC, O_NONBLOCK})};
       }},
      {10, kDescriptor, fcntl_call},
      {4, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::Ioctl{s.descriptor(0), s.one_of<std::uint64_t>(1, {FIONREAD, FIONBIO, 0x1234}),
                            s.numbers[2] % 2};
       }},
      {8, kDescriptor, poll_call},
      {2, kDescriptor, reopen_call},
      {1, kDescriptor,
       [](const Situation& s) -> SystemCall {
         const std::vector<std::size_t> sizes(s.one_of<std::size_t>(1, {1025, 1024}), 0);
         return call::Readv{s.descriptor(0), sizes};
       }},
      {1, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::Ftruncate{s.descriptor(0), s.one_of(1, {0, 1, -1})};
       }},
      {1, kDescriptor, [](const Situation& s) -> SystemCall { return call::Fstat{s.descriptor(0)}; }},
      {1, kNothing, limit_descriptors_call},
      {2, kNothing, [](const Situation&) -> SystemCall { return call::Fork{}; }},
      {1, kNothing, [](const Situation& s) -> SystemCall { return call::Exit{s.numbers[0] % 256}; }},
  };
}

std::vector<Maker> splice_makers() {
  return {
      {6, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::Splice{s.descriptor(0),    s.descriptor(1), splice_size(s, 2),
                             splice_flags(s, 3), offset(s, 0),    offset(s, 1)};
       }},
      {4, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::Tee{s.descriptor(0), s.descriptor(1), splice_size(s, 2), splice_flags(s, 3)};
       }},
      {4, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::Vmsplice{s.descriptor(0), s.payload(s.size(1)), std::size_t{s.numbers[2]} * 7 % 4096,
                               splice_flags(s, 3)};
       }},
      {2, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::TakePages{s.descriptor(0), s.size(1), splice_flags(s, 3)};
       }},
  };
}

}  // namespace flinch::conformance
