#include "conformance/kernel/epoll_limits.h"

#include <errno.h>
#include <sys/epoll.h>

#include <array>

#include "core/common/fd.h"

namespace flinch::conformance {

using mechanisms::Epoll;

void find_epoll_rules(mechanisms::Limits& limits) {
  epoll_event event{};
  if (epoll_wait(-1, &event, 0, 0) < 0 && errno == EINVAL) limits.epoll_checks = Epoll::Checks::kCountFirst;
  // From the outermost on, so that only what lies above the last link makes it one too many.
  std::array<Fd, 6> chain;
  for (Fd& instance : chain) instance = Fd{epoll_create1(EPOLL_CLOEXEC)};
  bool may_all = true;
  for (std::size_t i = 0; i + 1 < chain.size(); ++i)
    may_all = epoll_ctl(chain[i].get(), EPOLL_CTL_ADD, chain[i + 1].get(), &event) == 0 && may_all;
  if (may_all) limits.epoll_levels = Epoll::Levels::kBelow;
}

}  // namespace flinch::conformance
