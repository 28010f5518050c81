// Descriptors and what they share: close(2), dup(2), fcntl(2), ioctl(2).
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>

#include "core/mechanisms/calls_impl.h"
#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {
namespace {

constexpr int kSettable = O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME;  // fcntl(2), F_SETFL

}  // namespace

Calls::Start Calls::operator()(const call::Close& call) {
  if (world.find(thread, call.fd) == nullptr) return failed(EBADF);
  world.close(world.process_of(thread), call.fd);
  return done(0);
}

Calls::Start Calls::duplicate(int fd, int from, bool closes_on_exec) {
  const int to = free_descriptor(from);
  if (to < 0) return failed(EMFILE);
  const DescriptionId description = world.number_of(thread, fd);
  world.hold(description);
  world.install(world.process_of(thread), to, description, closes_on_exec);
  return done(to);
}

Calls::Start Calls::operator()(const call::Dup& call) {
  if (world.find(thread, call.fd) == nullptr) return failed(EBADF);
  return duplicate(call.fd, 0, false);
}

Calls::Start Calls::operator()(const call::Dup3& call) {
  if ((call.flags & ~O_CLOEXEC) != 0 || call.from == call.to) return failed(EINVAL);
  if (call.to < 0 || call.to >= world.process_of(thread).descriptors_max) return failed(EBADF);
  if (world.find(thread, call.from) == nullptr) return failed(EBADF);
  auto& process = world.process_of(thread);
  const auto target = process.descriptors.find(call.to);
  if (target != process.descriptors.end() && target->second.description == World::kReserved)
    return failed(EBUSY);
  const DescriptionId description = world.number_of(thread, call.from);
  world.hold(description);
  if (target != process.descriptors.end()) world.close(process, call.to);
  world.install(process, call.to, description, (call.flags & O_CLOEXEC) != 0);
  return done(call.to);
}

Calls::Start Calls::operator()(const call::Fcntl& call) {
  Description* description = world.find(thread, call.fd);
  if (description == nullptr) return failed(EBADF);
  auto& descriptor = world.process_of(thread).descriptors.at(call.fd);
  Pipe* pipe = world.pipe_of(*description);
  switch (call.command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
      if (call.argument < 0 || call.argument >= world.process_of(thread).descriptors_max)
        return failed(EINVAL);
      return duplicate(call.fd, static_cast<int>(call.argument),
                       call.command == F_DUPFD_CLOEXEC && !MUTANT(dup_keeps_cloexec));
    case F_GETFD: return done(descriptor.closes_on_exec ? FD_CLOEXEC : 0);
    case F_SETFD: descriptor.closes_on_exec = (call.argument & FD_CLOEXEC) != 0; return done(0);
    case F_GETFL: return done(description->flags);
    case F_SETFL:
      if ((call.argument & O_DIRECT) != 0 && pipe == nullptr && !description->can_be_direct)
        return failed(EINVAL);
      if (MUTANT(flags_are_the_descriptors) && description->references > 1) return done(0);
      description->flags = static_cast<int>((description->flags & ~kSettable) | (call.argument & kSettable));
      return done(0);
    case F_GETPIPE_SZ:
      return pipe != nullptr ? done(static_cast<std::int64_t>(pipe->capacity())) : failed(EBADF);
    case F_SETPIPE_SZ: {
      if (pipe == nullptr) return failed(EBADF);
      const auto size = pipe->resize(static_cast<std::uint32_t>(call.argument), world.limits_.pipe_size_max,
                                     is_privileged());
      if (!size.is_value()) return failed(size.error().value);
      world.spread_wakes(description->object);
      return done(static_cast<std::int64_t>(size.value()));
    }
    case F_ADD_SEALS:
    case F_GET_SEALS: return seal(call);
    default: return failed(EINVAL);
  }
}

Calls::Start Calls::operator()(const call::LimitDescriptors& call) {
  if (!MUTANT(rlimit_is_ignored)) world.process_of(thread).descriptors_max = call.max;
  return done(0);
}

Calls::Start Calls::operator()(const call::Ioctl& call) {
  Description* description = world.find(thread, call.fd);
  if (description == nullptr) return failed(EBADF);
  if (call.request == FIONBIO) {
    description->flags =
        call.argument != 0 ? description->flags | O_NONBLOCK : description->flags & ~O_NONBLOCK;
    return done(0);
  }
  if (std::holds_alternative<UnixSocketPlace>(world.state_of(*description)))
    return socket_ioctl(*description, call);
  if (call.request != FIONREAD) return failed(ENOTTY);
  const auto queued = world.bytes_queued(*description);
  if (!queued) return failed(ENOTTY);
  Reply reply = done(0);
  reply.numbers = {static_cast<std::int64_t>(*queued - description->position)};
  return reply;
}

}  // namespace flinch::mechanisms
