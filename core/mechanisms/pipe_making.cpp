// Making pipes and FIFOs, and the names of the latter: pipe(2), mknod(2), unlink(2).
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "core/mechanisms/calls_impl.h"
#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {
namespace {

constexpr std::size_t kNameMax = 255;  // NAME_MAX

}  // namespace

int Calls::free_descriptor(int from) const {
  return world.free_descriptor(world.processes_.at(world.threads_.at(thread).process), from);
}

Calls::Start Calls::operator()(const call::Pipe2& call) {
  if ((call.flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT)) != 0) return failed(EINVAL);
  const int reader = free_descriptor();
  const int writer = reader < 0 ? -1 : free_descriptor(reader + 1);
  if (writer < 0) return failed(EMFILE);
  const ObjectId object =
      world.objects_.add({Pipe{world.limits_.pipe_wakes_writer}, 0, S_IFIFO | 0600, true});
  auto& pipe = std::get<Pipe>(world.objects_.at(object).state);
  pipe.add({true, true});
  std::ignore = pipe.take_wakes();
  auto& process = world.process_of(thread);
  const bool closes = (call.flags & O_CLOEXEC) != 0;
  for (const auto& [fd, access, kept] :
       {std::tuple{reader, O_RDONLY, O_NONBLOCK}, std::tuple{writer, O_WRONLY, O_NONBLOCK | O_DIRECT}}) {
    const DescriptionId description =
        world.describe(object, access | (call.flags & kept), {fd == reader, fd == writer});
    world.hold(description);
    world.install(process, fd, description, closes);
  }
  Reply reply = done(0);
  reply.numbers = {reader, writer};
  return reply;
}

/// What is wrong with a path in the folder, or 0: path_resolution(7).
int Calls::error_of_path(const std::string& path) const {
  if (path.empty()) return ENOENT;
  const std::size_t slash = path.find('/');
  if (std::min(slash, path.size()) > kNameMax) return ENAMETOOLONG;
  if (slash == std::string::npos) return 0;
  return world.fifos_.contains(path.substr(0, slash)) ? ENOTDIR : ENOENT;
}

Calls::Start Calls::operator()(const call::MakeFifo& call) {
  if (S_ISDIR(call.mode)) return failed(EPERM);
  if (!S_ISFIFO(call.mode)) return failed(EINVAL);
  if (const int error = error_of_path(call.name); error != 0) return failed(error);
  if (world.unix_sockets_.has_file(call.name)) return failed(EEXIST);
  return world.fifos_.emplace(call.name, World::Fifo{call.mode, std::nullopt}).second ? done(0)
                                                                                      : failed(EEXIST);
}

Calls::Start Calls::operator()(const call::Unlink& call) {
  if (const int error = error_of_path(call.name); error != 0) return failed(error);
  if (world.unix_sockets_.remove_file(call.name)) return done(0);
  return world.fifos_.erase(call.name) > 0 ? done(0) : failed(ENOENT);
}

}  // namespace flinch::mechanisms
