#include <poll.h>

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

SystemCall limit_descriptors_call(const Situation& s) {
  const int usual = s.world.limits().descriptors_max;
  return mechanisms::call::LimitDescriptors{s.one_of(0, {usual, 3, usual, 1, usual, 6, usual, 0})};
}

mechanisms::Bytes Situation::payload(std::size_t size) const { return conformance::payload(step, size); }

}  // namespace flinch::conformance
