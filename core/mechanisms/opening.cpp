// Opening what has a name: open(2) of FIFOs (fifo(7)), and of what is open already, under /proc/self/fd (proc(5)).
#include <errno.h>
#include <fcntl.h>

#include "core/mechanisms/calls_impl.h"
#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {
namespace {

constexpr int kLargeFile = 0100000;  // O_LARGEFILE: open(2) sets it on 64-bit machines
constexpr int kNotKept = O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC;

Ends ends_of(int flags) {
  switch (flags & O_ACCMODE) {
    case O_RDONLY: return {true, false};
    case O_WRONLY: return {false, true};
    case O_RDWR: return {true, true};
    default: return {false, false};
  }
}

}  // namespace

/// The number is taken before the file is looked at, and after there has to be a path at all.
Calls::Start Calls::operator()(const call::Open& call) {
  if (call.name.empty()) return failed(ENOENT);
  if (free_descriptor() < 0) return failed(EMFILE);
  if (const int error = error_of_path(call.name); error != 0) return failed(error);
  const auto found = world.fifos_.find(call.name);
  const bool is_socket = world.unix_sockets_.has_file(call.name);
  if (found == world.fifos_.end() && !is_socket) return failed(ENOENT);
  if ((call.flags & O_DIRECTORY) != 0) return failed(ENOTDIR);
  if (is_socket) return failed(ENXIO);
  auto& [mode, object] = found->second;
  if (!may_open(mode, call.flags)) return failed(EACCES);
  if ((call.flags & O_ACCMODE) == O_ACCMODE) return failed(EINVAL);
  if (!object) object = world.objects_.add({Pipe{world.limits_.pipe_wakes_writer}, 0, mode});
  return open_fifo(*object, call.flags, false);
}

/// Whatever end or access it was first opened with.
Calls::Start Calls::operator()(const call::Reopen& call) {
  if (free_descriptor() < 0) return failed(EMFILE);
  const Description* description = world.find(thread, call.fd);
  if (description == nullptr) return failed(ENOENT);
  if ((call.flags & O_DIRECTORY) != 0) return failed(ENOTDIR);
  const ObjectId object = description->object;
  const auto& state = world.state_of(*description);
  if (std::holds_alternative<UnixSocketPlace>(state) || std::holds_alternative<EventCounter>(state))
    return failed(ENXIO);
  if (!may_open(world.objects_.at(object).mode, call.flags)) return failed(EACCES);
  if (std::holds_alternative<SharedMemory>(state))
    return open_memory(object, call.flags, (call.flags & O_CLOEXEC) != 0);
  const Ends ends = ends_of(call.flags);
  if (queue_of(description) != nullptr) {
    if ((call.flags & O_DIRECT) != 0) return failed(EINVAL);
    const int fd = free_descriptor();
    const DescriptionId opened = world.describe(object, (call.flags & ~kNotKept) | kLargeFile, ends);
    world.hold(opened);
    world.install(world.process_of(thread), fd, opened, (call.flags & O_CLOEXEC) != 0);
    return done(fd);
  }
  if ((call.flags & O_ACCMODE) == O_ACCMODE) return failed(EINVAL);
  const Ends was = description->ends;
  if (MUTANT(pipe_reopens_as_it_was) && (was.reads != ends.reads || was.writes != ends.writes))
    return failed(EACCES);
  return open_fifo(object, call.flags, world.objects_.at(object).is_anonymous);
}

/// A FIFO's opener waits for his partner, and his number stays taken meanwhile. A pipe's never waits.
Calls::Start Calls::open_fifo(ObjectId object, int flags, bool is_anonymous) {
  const int fd = free_descriptor();
  const Ends ends = ends_of(flags);
  const bool is_nonblocking = (flags & O_NONBLOCK) != 0;
  auto& pipe = std::get<Pipe>(world.objects_.at(object).state);
  ++world.objects_.at(object).references;
  if (ends.writes && !ends.reads && is_nonblocking && !pipe.has_readers() && !is_anonymous &&
      !MUTANT(fifo_no_enxio)) {
    world.drop_object(object);
    return failed(ENXIO);
  }
  pipe.add(ends);
  const std::uint64_t partners_before = ends.reads ? pipe.writers_seen() : pipe.readers_seen();
  bool waits = ends.reads != ends.writes && !(ends.reads ? pipe.has_writers() : pipe.has_readers());
  std::uint64_t writers_seen = ~std::uint64_t{0};
  if (is_anonymous) waits = false;
  if (waits && ends.reads && is_nonblocking) writers_seen = partners_before, waits = false;
  if (MUTANT(fifo_open_never_waits) && ends.reads) waits = false;
  world.install(world.process_of(thread), fd, World::kReserved, false);
  world.spread_wakes(object);
  return World::Attempt{[=, me = thread](World& now, Occasion) -> Outcome {
    auto& fifo = std::get<Pipe>(now.objects_.at(object).state);
    const std::uint64_t partners = ends.reads ? fifo.writers_seen() : fifo.readers_seen();
    auto& process = now.process_of(me);
    if (waits && partners == partners_before) {
      if (!now.is_interrupted(me)) return Sleep{{{object, Queue::kReaders, Wait::kShared}}};
      fifo.give_up(ends);
      now.spread_wakes(object);
      now.drop_object(object);
      process.descriptors.erase(fd);
      return World::Restart::kWithFlag;
    }
    const DescriptionId description = now.describe(object, (flags & ~kNotKept) | kLargeFile, ends);
    now.drop_object(object);  // the description counts now
    now.descriptions_.at(description).writers_seen = writers_seen;
    now.hold(description);
    if ((flags & O_DIRECT) != 0) {  // no file system of FIFOs can do that, and open(2) looks last
      now.install(process, fd, description, false);
      now.close(process, fd);
      return failed(EINVAL);
    }
    now.install(process, fd, description, (flags & O_CLOEXEC) != 0);
    return done(fd);
  }};
}

}  // namespace flinch::mechanisms
