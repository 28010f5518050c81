#include "conformance/kernel/process_state.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace flinch::conformance {
namespace {

Fd open_of(pid_t pid, const char* name) {
  return Fd{open(("/proc/" + std::to_string(pid) + name).c_str(), O_RDONLY | O_CLOEXEC)};
}

/// `R`, `S` and so on of proc(5), or nothing.
char state_in(const Fd& stat_file) {
  char text[256];
  const ssize_t size = pread(stat_file.get(), text, sizeof text, 0);
  const std::string_view line{text, static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
  const std::size_t name_end = line.rfind(')');
  return name_end != std::string_view::npos && name_end + 2 < line.size() ? line[name_end + 2] : 0;
}

}  // namespace

ProcessState::ProcessState(pid_t pid)
    : syscall_file_{open_of(pid, "/syscall")}, stat_file_{open_of(pid, "/stat")} {}

ProcessState::Seen ProcessState::look() const {
  char text[128];
  const ssize_t size = pread(syscall_file_.get(), text, sizeof text - 1, 0);
  text[std::max<ssize_t>(size, 0)] = 0;
  if (strncmp(text, "running", 7) == 0) return {Kind::kMoving};
  switch (state_in(stat_file_)) {
    case 'S': return size > 0 ? Seen{Kind::kAsleep, std::strtol(text, nullptr, 10)} : Seen{Kind::kMoving};
    case 'T': return {Kind::kStopped};
    case 'Z':
    case 'X':
    case 0: return {Kind::kDead};
    default: return {Kind::kMoving};
  }
}

long switches_so_far() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_nvcsw + usage.ru_nivcsw;
}

}  // namespace flinch::conformance
