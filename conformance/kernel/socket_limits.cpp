#include "conformance/kernel/socket_limits.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <fstream>
#include <string>

#include "core/common/fd.h"

namespace flinch::conformance {
namespace {

void read(const char* name, int& value) { std::ifstream{std::string{"/proc/sys/net/"} + name} >> value; }

/// What a datagram of this size is charged with, or 0.
std::size_t charge_of(std::size_t size) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) return 0;
  const Fd one{ends[0]};
  const Fd other{ends[1]};
  int charge = 0;
  if (send(one.get(), std::string(size, 'x').data(), size, 0) < 0 || ioctl(one.get(), TIOCOUTQ, &charge) != 0)
    return 0;
  return static_cast<std::size_t>(charge);
}

}  // namespace

mechanisms::SocketLimits socket_limits() {
  mechanisms::SocketLimits limits;
  read("core/wmem_default", limits.send_buffer);
  read("core/wmem_max", limits.send_buffer_max);
  read("core/rmem_default", limits.receive_buffer);
  read("core/rmem_max", limits.receive_buffer_max);
  int packets = 0;
  read("unix/max_dgram_qlen", packets);
  limits.packets_max = static_cast<std::size_t>(packets);
  read("core/somaxconn", limits.backlog_max);
  limits.charges.small = charge_of(1);
  while (limits.charges.small_max < 4096 && charge_of(limits.charges.small_max + 1) == limits.charges.small)
    ++limits.charges.small_max;
  while (limits.charges.small_max > 1 && charge_of(limits.charges.small_max) != limits.charges.small)
    --limits.charges.small_max;
  return limits;
}

}  // namespace flinch::conformance
