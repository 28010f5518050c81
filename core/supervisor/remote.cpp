#include "core/supervisor/remote.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <cinttypes>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>

namespace flinch {

bool RemoteMemory::read(std::uint64_t address, void* into, std::size_t size) const {
  iovec local{into, size};
  iovec remote{reinterpret_cast<void*>(address), size};  // NOLINT: never dereferenced here
  return process_vm_readv(pid_, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(size);
}

bool RemoteMemory::write(std::uint64_t address, const void* from, std::size_t size) const {
  iovec local{const_cast<void*>(from), size};
  iovec remote{reinterpret_cast<void*>(address), size};  // NOLINT
  return process_vm_writev(pid_, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(size);
}

long LocalSyscall::operator()(long number, unsigned long a, unsigned long b, unsigned long c, unsigned long d,
                              unsigned long e, unsigned long f) const {
  const long result = ::syscall(number, a, b, c, d, e, f);
  return result < 0 ? -errno : result;
}

int RemoteWorld::local(int fd) {
  for (const Duplicate& duplicate : duplicates_)
    if (duplicate.theirs == fd) return duplicate.ours.get();
  const long ours = ::syscall(SYS_pidfd_getfd, pidfd_, fd, 0);
  if (ours < 0) return -1;
  duplicates_.push_back({fd, Fd{static_cast<int>(ours)}});
  return duplicates_.back().ours.get();
}

ObjectIdentity RemoteWorld::identify(int fd) {
  const int ours = fd < 0 ? -1 : local(fd);
  return ours < 0 ? ObjectIdentity{} : Probe{LocalSyscall{}}.identify(ours);
}

void RemoteWorld::look(int fd, Direction direction, ObjectView& object) {
  const int ours = local(fd);
  if (ours >= 0) Probe{LocalSyscall{}}.look(ours, direction, object);
}

/// As the program would find it: from its root, its working directory or its descriptor.
ObjectIdentity RemoteWorld::identify_path(int directory, std::uint64_t path) {
  std::string name;
  for (char letter = 0; name.size() < PATH_MAX; name.push_back(letter))
    if (!memory_.read(path + name.size(), &letter, 1) || letter == '\0') break;
  if (name.empty()) return {};
  if (name.starts_with("/dev/shm/")) return {Mechanism::kPosixShm, 0};  // shm_open(3), maybe about to make it
  const std::string task = "/proc/" + std::to_string(tid_);
  const std::string base = name.front() == '/'     ? task + "/root"
                           : directory == AT_FDCWD ? task + "/cwd/"
                                                   : task + "/fd/" + std::to_string(directory) + "/";
  struct stat status {};
  if (stat((base + name).c_str(), &status) != 0 || !S_ISFIFO(status.st_mode)) return {};
  return {Mechanism::kFifo,
          (static_cast<std::uint64_t>(status.st_dev) << 32) | (status.st_ino & 0xffffffffU)};
}

SignalView RemoteWorld::signals() {
  SignalView view;
  std::ifstream status("/proc/" + std::to_string(tid_) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("SigBlk:")) view.blocked = std::stoull(line.substr(7), nullptr, 16);
    if (line.starts_with("SigCgt:")) view.handled = std::stoull(line.substr(7), nullptr, 16);
  }
  view.restarting = view.handled & restarting_;
  return view;
}

namespace {

struct Registration {
  int epoll_fd;
  epoll_event event;
};

/// Interests of one epoll instance in `fd`, as /proc/PID/fdinfo shows them.
void add_registrations(pid_t tgid, int epoll_fd, int fd, std::vector<Registration>& found) {
  // EPOLLEXCLUSIVE registrations can't be modified; one-shot ones that fired have no events left.
  constexpr std::uint32_t kFlags = EPOLLET | EPOLLONESHOT | EPOLLWAKEUP | EPOLLEXCLUSIVE;
  std::ifstream info("/proc/" + std::to_string(tgid) + "/fdinfo/" + std::to_string(epoll_fd));
  for (std::string line; std::getline(info, line);) {
    int watched = -1;
    std::uint32_t events = 0;
    std::uint64_t data = 0;
    if (sscanf(line.c_str(), "tfd: %d events: %x data: %" SCNx64, &watched, &events, &data) != 3) continue;
    if (watched != fd || (events & EPOLLET) == 0 || (events & ~kFlags) == 0 || (events & EPOLLEXCLUSIVE) != 0)
      continue;
    Registration registration{epoll_fd, {}};
    registration.event.events = events;
    registration.event.data.u64 = data;
    found.push_back(registration);
  }
}

bool is_epoll(const std::string& link) {
  char target[64] = {};
  return readlink(link.c_str(), target, sizeof target - 1) > 0 &&
         std::strcmp(target, "anon_inode:[eventpoll]") == 0;
}

/// By the numbers that the tree was seen to use. False if one of them is no epoll instance here: this
/// process has its own under another number then, maybe.
bool find_edges_by_number(pid_t tgid, int fd, std::uint64_t watchers, std::vector<Registration>& found) {
  if ((watchers & edge_watcher_bit(kEdgeWatcherLast)) != 0) return false;
  const std::string folder = "/proc/" + std::to_string(tgid) + "/fd/";
  for (int number = 0; watchers != 0; ++number, watchers >>= 1) {
    if ((watchers & 1) == 0) continue;
    if (!is_epoll(folder + std::to_string(number))) return false;
    add_registrations(tgid, number, fd, found);
  }
  return true;
}

std::vector<Registration> edges_of(pid_t tgid, int fd, std::uint64_t watchers) {
  std::vector<Registration> found;
  if (find_edges_by_number(tgid, fd, watchers, found)) return found;
  found.clear();
  const std::string folder = "/proc/" + std::to_string(tgid) + "/fd";
  const std::unique_ptr<DIR, int (*)(DIR*)> entries{opendir(folder.c_str()), &closedir};
  if (!entries) return found;
  while (const dirent* entry = readdir(entries.get()))
    if (is_epoll(folder + "/" + entry->d_name)) add_registrations(tgid, std::stoi(entry->d_name), fd, found);
  return found;
}

}  // namespace

void owe_edge(RemoteWorld& world, pid_t tgid, int fd, std::uint64_t watchers) {
  const std::vector<Registration> edges = edges_of(tgid, fd, watchers);
  if (edges.empty() || world.local(fd) < 0) return;
  // An interest is found by file and number: a duplicate of ours has to stand under the program's number,
  // and what we have there ourselves is put aside meanwhile.
  const Fd target{fcntl(world.local(fd), F_DUPFD_CLOEXEC, 200)};
  std::vector<std::pair<Fd, epoll_event>> instances;
  instances.reserve(edges.size());
  for (const Registration& edge : edges)
    instances.emplace_back(fcntl(world.local(edge.epoll_fd), F_DUPFD_CLOEXEC, 200), edge.event);
  const Fd saved{target.get() == fd ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 200)};
  const int saved_flags = saved ? fcntl(fd, F_GETFD) : 0;
  if (!target || (target.get() != fd && dup3(target.get(), fd, O_CLOEXEC) < 0)) return;
  for (auto& [epoll, event] : instances)
    if (epoll) epoll_ctl(epoll.get(), EPOLL_CTL_MOD, fd, &event);
  if (target.get() == fd) return;
  if (saved)
    dup3(saved.get(), fd, (saved_flags & FD_CLOEXEC) != 0 ? O_CLOEXEC : 0);
  else
    close(fd);
}

}  // namespace flinch
