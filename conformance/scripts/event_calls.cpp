// What scripts about eventfd(2) are made of.
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>

#include <cstring>

#include "conformance/scripts/company.h"
#include "conformance/scripts/makers.h"

namespace flinch::conformance {
namespace {

namespace call = mechanisms::call;
using mechanisms::Bytes;
using enum Maker::Needs;

/// What is added: often so much that the next one has to wait, and now and then no number at all.
Bytes addend(const Situation& s, std::size_t n) {
  static constexpr std::uint64_t kNumbers[] = {1, 2, 0, ~1ULL, 1, 1ULL << 63, 3, ~2ULL, ~0ULL};
  const std::uint16_t number = s.numbers[n];
  if (number % 32 == 31) return s.payload(s.one_of<std::size_t>(n, {0, 7, 9, 16, 4}));
  const std::uint64_t value = kNumbers[number / 32 % std::size(kNumbers)];
  Bytes bytes(sizeof value, 0);
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

SystemCall make_call(const Situation& s) {
  static constexpr unsigned kInitial[] = {0, 1, 3, 0, 0xffffffff};
  return call::Eventfd2{kInitial[s.numbers[0] % std::size(kInitial)],
                        s.one_of<int>(1, {0, EFD_SEMAPHORE, 0, EFD_NONBLOCK, EFD_SEMAPHORE | EFD_NONBLOCK,
                                          EFD_CLOEXEC, EFD_SEMAPHORE, 0, O_APPEND})};
}

SystemCall write_call(const Situation& s) { return call::Write{s.descriptor(0), addend(s, 1)}; }

SystemCall read_call(const Situation& s) {
  return call::Read{s.descriptor(0), s.one_of<std::size_t>(1, {8, 8, 8, 9, 8, 100, 7, 0})};
}

SystemCall writev_call(const Situation& s) {
  call::Writev call{s.descriptor(0), {}};
  for (std::size_t i = 0; i < s.numbers[1] % 4U; ++i) call.parts.push_back(addend(s, i + 1));
  if (!call.parts.empty() && s.numbers[2] % 8 == 7) call.parts[s.numbers[3] % call.parts.size()].clear();
  return call;
}

SystemCall poll_call(const Situation& s) {
  call::Poll poll{{}, s.numbers[0] % 4 == 1 ? -1 : 0};
  for (std::size_t i = 0; i < 1U + s.numbers[1] % 2; ++i)
    poll.entries.push_back({s.descriptor(i + 1), s.one_of<short>(3, {POLLIN, POLLOUT, POLLIN | POLLOUT, 0,
                                                                     POLLRDNORM, POLLIN | POLLRDNORM})});
  return poll;
}

SystemCall fcntl_call(const Situation& s) {
  const int command = s.one_of(1, {F_GETFL, F_SETFL, F_SETFL, F_DUPFD, F_GETFD, F_SETFD, F_GETPIPE_SZ});
  std::int64_t argument = 0;
  if (command == F_SETFL) argument = s.one_of(2, {O_NONBLOCK, 0, 0, O_DIRECT, O_APPEND});
  if (command == F_SETFD) argument = s.numbers[2] % 2;
  if (command == F_DUPFD) argument = s.numbers[2] % 50 - 2;
  return call::Fcntl{s.descriptor(0), command, argument};
}

}  // namespace

std::vector<Maker> event_makers() {
  return {
      {6, kNothing, make_call},
      {20, kDescriptor, in_company<write_call>},
      {20, kDescriptor, in_company<read_call>},
      {4, kDescriptor, in_company<writev_call>},
      {2, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::Readv{s.descriptor(0), {s.numbers[1] % 9U, s.numbers[2] % 9U}};
       }},
      {8, kDescriptor, in_company<poll_call>},
      {3, kDescriptor, fcntl_call},
      {2, kDescriptor, [](const Situation& s) -> SystemCall { return call::Close{s.descriptor(0)}; }},
      {2, kDescriptor, [](const Situation& s) -> SystemCall { return call::Dup{s.descriptor(0)}; }},
      {1, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::Dup3{s.descriptor(0), s.numbers[1] % 50 - 2, s.one_of(2, {0, O_CLOEXEC, O_NONBLOCK})};
       }},
      {1, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::Ioctl{s.descriptor(0), s.one_of<std::uint64_t>(1, {FIONREAD, FIONBIO, 0x1234}),
                            s.numbers[2] % 2};
       }},
      {2, kNothing, [](const Situation&) -> SystemCall { return call::Fork{}; }},
      {1, kNothing, [](const Situation& s) -> SystemCall { return call::Exit{s.numbers[0] % 256}; }},
  };
}

}  // namespace flinch::conformance
