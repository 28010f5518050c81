// Everything in one script: what is left out there.
#include <fcntl.h>

#include <algorithm>

#include "conformance/scripts/makers.h"

namespace flinch::conformance {
namespace {

namespace call = mechanisms::call;
using Kind = mechanisms::World::Kind;

bool is(const Situation& s, int fd, Kind kind) { return s.world.kind(s.thread, fd) == kind; }

/// Instances of epoll and counters: files without a name of any kind.
bool is_nameless(const Situation& s, int fd) { return is(s, fd, Kind::kOther) || is(s, fd, Kind::kEpoll); }

/// The text that a queue reads as tells the number of a process; its size is no promise either.
bool left_out(const Situation& s, const call::Read& call) { return is(s, call.fd, Kind::kQueue); }
bool left_out(const Situation& s, const call::Readv& call) { return is(s, call.fd, Kind::kQueue); }
bool left_out(const Situation& s, const call::Ftruncate& call) { return is(s, call.fd, Kind::kQueue); }
bool left_out(const Situation& s, const call::Fstat& call) {
  return !is(s, call.fd, Kind::kMemory) && !is(s, call.fd, Kind::kPipe);
}
bool left_out(const Situation& s, const call::Pread& call) {
  return is(s, call.fd, Kind::kQueue) || is_nameless(s, call.fd);
}
/// Kernels do not agree about files without a name of any kind, and truncate a queue's status.
bool left_out(const Situation& s, const call::Lseek& call) { return is_nameless(s, call.fd); }
bool left_out(const Situation& s, const call::Pwrite& call) { return is_nameless(s, call.fd); }
bool left_out(const Situation& s, const call::Fallocate& call) { return is_nameless(s, call.fd); }
bool left_out(const Situation& s, const call::Reopen& call) {
  return is_nameless(s, call.fd) || (is(s, call.fd, Kind::kQueue) && (call.flags & O_TRUNC) != 0);
}
bool left_out(const Situation& s, const call::MqStatus& call) { return !is(s, call.fd, Kind::kQueue); }
/// Linux has changed its mind about what an instance of epoll answers to an unknown request.
bool left_out(const Situation& s, const call::Ioctl& call) { return is(s, call.fd, Kind::kEpoll); }
/// Between a pipe and a file of memory or a socket.
bool left_out(const Situation& s, const call::Splice& call) {
  return is(s, call.in, Kind::kMemory) || is(s, call.out, Kind::kMemory) || is(s, call.in, Kind::kSocket) ||
         is(s, call.out, Kind::kSocket);
}
template <typename Call>
bool left_out(const Situation&, const Call&) {
  return false;
}

}  // namespace

bool is_left_out_of_mixture(const Situation& situation, const SystemCall& call) {
  return is_left_out_of_epoll(situation, call) ||
         std::visit([&](const auto& made) { return left_out(situation, made); }, call);
}

}  // namespace flinch::conformance
