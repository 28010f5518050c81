#include <poll.h>
#include <unistd.h>

#include "conformance/scripts/makers.h"
#include "conformance/scripts/payload.h"
#include "conformance/scripts/script.h"

namespace flinch::conformance {

int Situation::descriptor(std::size_t n) const {
  const std::vector<int> open = world.descriptors(thread);
  const std::uint16_t number = numbers[n];
  // One in thirty-two is a number of its own.
  if (open.empty() || number % 32 == 31) return number / 32 % 48 - 2;
  return open[number % open.size()];
}

std::size_t Situation::size(std::size_t n) const {
  // Around the sizes that pipes and pages know; the small ones first, since a script shrinks towards 0.
  static constexpr std::size_t kSizes[] = {1,    0,    2,     100,   4095,  4096,  4097,  5000,
                                           8192, 8200, 12289, 65535, 65536, 65537, 70000, 150000};
  const std::size_t number = numbers[n];
  return number % 3 != 2 ? kSizes[number / 3 % std::size(kSizes)] : number / 3 % 9000;
}

short poll_events(const Situation& s, std::size_t n) {
  return s.one_of<short>(n, {POLLIN, POLLOUT, POLLIN | POLLOUT, 0, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM,
                             POLLIN | POLLRDNORM, POLLPRI | POLLRDHUP, POLLIN | POLLWRNORM | POLLRDBAND});
}

SystemCall capset_call(const Situation& s) { return mechanisms::call::Capset{s.numbers[0] % 2 == 0}; }

std::vector<Maker> position_makers() {
  namespace call = mechanisms::call;
  using enum Maker::Needs;
  return {
      {2, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::Lseek{s.descriptor(0), s.one_of<std::int64_t>(1, {0, 100, 4096, -1, 10000, -100, 5}),
                            s.one_of(2, {SEEK_SET, SEEK_CUR, SEEK_END, SEEK_SET, SEEK_CUR, 9, -1})};
       }},
      {2, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::Pread{s.descriptor(0), s.one_of<std::size_t>(1, {10, 4096, 100, 9000, 0}),
                            s.one_of<std::int64_t>(2, {0, 1, 4090, 100, -1, 4096, 20000})};
       }},
      {2, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::Pwrite{s.descriptor(0), s.payload(s.one_of<std::size_t>(1, {10, 100, 4096, 0, 5000})),
                             s.one_of<std::int64_t>(2, {0, 1, 4090, 100, -1, 4096, 10000})};
       }},
  };
}

SystemCall limit_descriptors_call(const Situation& s) {
  const int usual = s.world.limits().descriptors_max;
  return mechanisms::call::LimitDescriptors{s.one_of(0, {usual, 3, usual, 1, usual, 6, usual, 0})};
}

mechanisms::Bytes Situation::payload(std::size_t size) const { return conformance::payload(step, size); }

}  // namespace flinch::conformance
