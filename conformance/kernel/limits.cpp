#include "conformance/kernel/limits.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>

#include "conformance/kernel/epoll_limits.h"
#include "conformance/kernel/kernel.h"
#include "conformance/kernel/socket_limits.h"
#include "conformance/kernel/system_v_limits.h"
#include "core/common/fd.h"

namespace flinch::conformance {
namespace {

mechanisms::QueueLimits queue_limits_here() {
  mechanisms::QueueLimits limits;
  const auto read = [](const char* name, std::int64_t& value) {
    std::ifstream{std::string{"/proc/sys/fs/mqueue/"} + name} >> value;
  };
  read("msg_default", limits.defaults.messages_max);
  read("msgsize_default", limits.defaults.size_max);
  read("msg_max", limits.ceiling.messages_max);
  read("msgsize_max", limits.ceiling.size_max);
  rlimit bytes{};
  if (getrlimit(RLIMIT_MSGQUEUE, &bytes) == 0) limits.bytes_max = bytes.rlim_cur;
  return limits;
}

}  // namespace

/// By trying: what a capability is worth depends on the user namespace as well.
mechanisms::Limits limits_here() {
  mechanisms::Limits limits;
  limits.descriptors_max = kDescriptors;
  limits.system_v = system_v_limits();
  std::ifstream{"/proc/sys/fs/pipe-max-size"} >> limits.pipe_size_max;
  limits.queues = queue_limits_here();
  limits.sockets = socket_limits();
  utsname kernel{};
  int major = 0;
  int minor = 0;
  if (uname(&kernel) == 0 && sscanf(kernel.release, "%d.%d", &major, &minor) == 2 &&
      std::pair{major, minor} < std::pair{6, 14})
    limits.pipe_wakes_writer = mechanisms::Pipe::WakesWriter::kForAnyRead;
  find_epoll_rules(limits);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) std::abort();
  const Fd reader{ends[0]};
  const Fd writer{ends[1]};
  limits.is_privileged = fcntl(ends[0], F_SETPIPE_SZ, 2 * limits.pipe_size_max) > 0;
  const Fd closed{memfd_create("flinch", MFD_CLOEXEC)};
  fchmod(closed.get(), 0);
  const std::string path = "/proc/self/fd/" + std::to_string(closed.get());
  limits.ignores_file_modes = Fd{open(path.c_str(), O_RDONLY | O_CLOEXEC)}.get() >= 0;
  return limits;
}

}  // namespace flinch::conformance
