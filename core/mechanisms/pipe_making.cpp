// Making and opening pipes and FIFOs: pipe(2), mknod(2), open(2), unlink(2).
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

int Calls::free_descriptor(int from) const {
  return world.free_descriptor(world.processes_.at(world.threads_.at(thread).process), from);
}

Calls::Start Calls::operator()(const call::Pipe2& call) {
  if ((call.flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT)) != 0) return failed(EINVAL);
  const int reader = free_descriptor();
  const int writer = reader < 0 ? -1 : free_descriptor(reader + 1);
  if (writer < 0) return failed(EMFILE);
  const ObjectId object = world.objects_.add({Pipe{world.limits_.pipe_wakes_writer}, 0});
  auto& pipe = std::get<Pipe>(world.objects_.at(object).state);
  pipe.add({true, true});
  std::ignore = pipe.take_wakes();
  auto& process = world.process_of(thread);
  const bool closes = (call.flags & O_CLOEXEC) != 0;
  for (const auto& [fd, access, kept] :
       {std::tuple{reader, O_RDONLY, O_NONBLOCK}, std::tuple{writer, O_WRONLY, O_NONBLOCK | O_DIRECT}}) {
    const DescriptionId description = world.describe(object, access | (call.flags & kept), ends_of(access));
    world.hold(description);
    world.install(process, fd, description, closes);
  }
  Reply reply = done(0);
  reply.numbers = {reader, writer};
  return reply;
}

Calls::Start Calls::operator()(const call::MakeFifo& call) {
  if (world.unix_sockets_.has_file(call.name)) return failed(EEXIST);
  return world.fifos_.emplace(call.name, std::nullopt).second ? done(0) : failed(EEXIST);
}

Calls::Start Calls::operator()(const call::Unlink& call) {
  if (world.unix_sockets_.remove_file(call.name)) return done(0);
  return world.fifos_.erase(call.name) > 0 ? done(0) : failed(ENOENT);
}

/// The number is taken before the file is looked at, and stays taken while the opener waits for its partner.
Calls::Start Calls::operator()(const call::Open& call) {
  const int fd = free_descriptor();
  if (fd < 0) return failed(EMFILE);
  const auto found = world.fifos_.find(call.name);
  const bool is_socket = world.unix_sockets_.has_file(call.name);
  if (found == world.fifos_.end() && !is_socket) return failed(ENOENT);
  if ((call.flags & O_DIRECTORY) != 0) return failed(ENOTDIR);
  if (is_socket) return failed(ENXIO);
  const Ends ends = ends_of(call.flags);
  if (!ends.reads && !ends.writes) return failed(EINVAL);
  const bool is_nonblocking = (call.flags & O_NONBLOCK) != 0;
  if (!found->second) found->second = world.objects_.add({Pipe{world.limits_.pipe_wakes_writer}, 0});
  const ObjectId object = *found->second;
  auto& pipe = std::get<Pipe>(world.objects_.at(object).state);
  ++world.objects_.at(object).references;
  if (ends.writes && !ends.reads && is_nonblocking && !pipe.has_readers() && !MUTANT(fifo_no_enxio)) {
    world.drop_object(object);
    return failed(ENXIO);
  }
  pipe.add(ends);
  const std::uint64_t partners_before = ends.reads ? pipe.writers_seen() : pipe.readers_seen();
  bool waits = ends.reads != ends.writes && !(ends.reads ? pipe.has_writers() : pipe.has_readers());
  std::uint64_t writers_seen = ~std::uint64_t{0};
  if (waits && ends.reads && is_nonblocking) writers_seen = partners_before, waits = false;
  if (MUTANT(fifo_open_never_waits) && ends.reads) waits = false;
  world.install(world.process_of(thread), fd, World::kReserved, false);
  world.spread_wakes(object);
  return World::Attempt{[=, me = thread, flags = call.flags](World& now, Occasion) -> Outcome {
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
