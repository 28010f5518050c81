// Everything in one script: what is left out there.
#include <fcntl.h>

#include <algorithm>

#include "conformance/scripts/makers.h"

namespace flinch::conformance {
namespace {

namespace call = mechanisms::call;
using Kind = mechanisms::World::Kind;

bool is(const Situation& s, int fd, Kind kind) { return s.world.kind(s.thread, fd) == kind; }

/// The text that a queue reads as tells the number of a process; its size is no promise either.
bool left_out(const Situation& s, const call::Read& call) { return is(s, call.fd, Kind::kQueue); }
bool left_out(const Situation& s, const call::Readv& call) { return is(s, call.fd, Kind::kQueue); }
bool left_out(const Situation& s, const call::Ftruncate& call) { return is(s, call.fd, Kind::kQueue); }
bool left_out(const Situation& s, const call::Fstat& call) {
  return !is(s, call.fd, Kind::kMemory) && !is(s, call.fd, Kind::kPipe);
}
bool left_out(const Situation& s, const call::Pread& call) {
  return is(s, call.fd, Kind::kQueue) || is(s, call.fd, Kind::kOther);
}
/// Kernels do not agree about files without a name of any kind, and truncate a queue's status.
bool left_out(const Situation& s, const call::Lseek& call) { return is(s, call.fd, Kind::kOther); }
bool left_out(const Situation& s, const call::Pwrite& call) { return is(s, call.fd, Kind::kOther); }
bool left_out(const Situation& s, const call::Fallocate& call) { return is(s, call.fd, Kind::kOther); }
bool left_out(const Situation& s, const call::Reopen& call) {
  return is(s, call.fd, Kind::kOther) || (is(s, call.fd, Kind::kQueue) && (call.flags & O_TRUNC) != 0);
}
bool left_out(const Situation& s, const call::MqStatus& call) { return !is(s, call.fd, Kind::kQueue); }
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
  return std::visit([&](const auto& made) { return left_out(situation, made); }, call);
}

}  // namespace flinch::conformance
