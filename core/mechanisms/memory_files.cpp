// Shared memory as files: memfd_create(2), shm_open(3), ftruncate(2), fallocate(2), fstat(2), seals, read and write.
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/memfd.h>
#include <sys/stat.h>

#include "core/mechanisms/calls_impl.h"
#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {
namespace {

constexpr int kLargeFile = 0100000;
constexpr int kNotKept = O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC;
constexpr unsigned kNoExecSeal = 8;  // MFD_NOEXEC_SEAL and MFD_EXEC, which older headers lack
constexpr unsigned kExec = 16;
constexpr unsigned kMemfdFlags = MFD_CLOEXEC | MFD_ALLOW_SEALING | kNoExecSeal | kExec;
constexpr std::size_t kMemfdNameMax = 249;  // memfd_create(2)
constexpr std::size_t kNameMax = 255;       // NAME_MAX

}  // namespace

SharedMemory* Calls::memory_of(const Description* description) {
  return description == nullptr ? nullptr : std::get_if<SharedMemory>(&world.state_of(*description));
}

Calls::Start Calls::operator()(const call::MemfdCreate& call) {
  if ((call.flags & ~kMemfdFlags) != 0) return failed(EINVAL);
  if ((call.flags & kExec) != 0 && (call.flags & kNoExecSeal) != 0) return failed(EINVAL);
  if (call.name_size > kMemfdNameMax) return failed(EINVAL);
  if (free_descriptor() < 0) return failed(EMFILE);
  const bool is_executable = (call.flags & kNoExecSeal) == 0;
  unsigned seals = (call.flags & (MFD_ALLOW_SEALING | kNoExecSeal)) != 0 ? 0 : F_SEAL_SEAL;
  if (!is_executable) seals |= kSealExec;
  using enum SharedMemory::Executable;
  const int mode = S_IFREG | (is_executable ? 0777 : 0666);
  const ObjectId object = world.objects_.add({SharedMemory{seals, is_executable ? kYes : kNo}, 0, mode});
  Start opened = open_memory(object, O_RDWR, (call.flags & MFD_CLOEXEC) != 0);
  world.find(thread, static_cast<int>(std::get<Reply>(opened).value))->can_be_direct = false;
  return opened;
}

Calls::Start Calls::operator()(const call::ShmOpen& call) {
  if (free_descriptor() < 0) return failed(EMFILE);
  if (call.name.size() > kNameMax) return failed(ENAMETOOLONG);
  auto found = world.memories_.find(call.name);
  if (found == world.memories_.end()) {
    if ((call.flags & O_CREAT) == 0) return failed(ENOENT);
    const SharedMemory memory{F_SEAL_SEAL, SharedMemory::Executable::kNo};
    const ObjectId made = world.objects_.add({memory, 1, S_IFREG | (call.mode & 07777)});
    found = world.memories_.emplace(call.name, made).first;
    return open_memory(made, call.flags | O_NOFOLLOW, true);
  }
  if ((call.flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL) && !MUTANT(shm_excl_is_ignored))
    return failed(EEXIST);
  if (!may_open(world.objects_.at(found->second).mode, call.flags) && !MUTANT(shm_modes_are_ignored))
    return failed(EACCES);
  return open_memory(found->second, call.flags | O_NOFOLLOW, true);
}

/// Preconditions: there is a number left, and the caller may.
Calls::Start Calls::open_memory(ObjectId object, int flags, bool closes_on_exec) {
  if ((flags & O_TRUNC) != 0 && !MUTANT(shm_trunc_is_ignored)) {
    const auto size = resize_memory(object, 0);
    if (!size.is_value()) return failed(size.error().value);
  }
  const int access = flags & O_ACCMODE;
  const Ends ends{access == O_RDONLY || access == O_RDWR, access == O_WRONLY || access == O_RDWR};
  const DescriptionId description = world.describe(object, (flags & ~kNotKept) | kLargeFile, ends);
  world.hold(description);
  world.descriptions_.at(description).can_be_direct = true;
  const int fd = free_descriptor();
  world.install(world.process_of(thread), fd, description, closes_on_exec);
  return done(fd);
}

Calls::Start Calls::operator()(const call::ShmUnlink& call) {
  if (call.name.size() > kNameMax) return failed(ENAMETOOLONG);
  const auto found = world.memories_.find(call.name);
  if (found == world.memories_.end()) return failed(ENOENT);
  const ObjectId object = found->second;
  world.memories_.erase(found);
  world.drop_object(object);
  return done(0);
}

/// Linux lets queues be truncated too, which changes nothing about them but st_size; not here.
Calls::Start Calls::operator()(const call::Ftruncate& call) {
  if (call.size < 0) return failed(EINVAL);
  const Description* description = world.find(thread, call.fd);
  if (description == nullptr) return failed(EBADF);
  if (memory_of(description) == nullptr || !description->ends.writes) return failed(EINVAL);
  const auto size = resize_memory(description->object, static_cast<std::size_t>(call.size));
  return size.is_value() ? done(0) : failed(size.error().value);
}

/// Private copies of pages that end up beyond the new end go with those that they were made of.
Answer<std::size_t> Calls::resize_memory(ObjectId object, std::size_t size) {
  auto& memory = std::get<SharedMemory>(world.objects_.at(object).state);
  const std::size_t before = memory.size();
  auto resized = memory.resize(size);
  if (!resized.is_value() || size >= before || MUTANT(shm_private_outlives_truncation)) return resized;
  for (ProcessId number = 0; number < world.processes_.size(); ++number) {
    if (!world.processes_.contains(number)) continue;
    for (auto& [place, page] : world.processes_.at(number).pages)
      if (page.object == object && page.offset >= size) page.own.reset();
  }
  return resized;
}

Calls::Start Calls::operator()(const call::Fallocate& call) {
  const Description* description = world.find(thread, call.fd);
  if (description == nullptr) return failed(EBADF);
  if (call.offset < 0 || call.size <= 0) return failed(EINVAL);
  const bool punches = (call.mode & FALLOC_FL_PUNCH_HOLE) != 0;
  const bool keeps_size = (call.mode & FALLOC_FL_KEEP_SIZE) != 0;
  if (punches && !keeps_size) return failed(EOPNOTSUPP);
  if (!description->ends.writes) return failed(EBADF);
  if (world.pipe_of(*description) != nullptr) return failed(ESPIPE);
  if (std::holds_alternative<UnixSocketPlace>(world.state_of(*description))) return failed(ENODEV);
  SharedMemory* memory = memory_of(description);
  if (memory == nullptr || (call.mode & ~(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)) != 0)
    return failed(EOPNOTSUPP);
  const auto offset = static_cast<std::size_t>(call.offset);
  const auto size = static_cast<std::size_t>(call.size);
  const auto answer =
      punches ? memory->punch_hole(offset, size) : memory->allocate(offset + size, keeps_size);
  return answer.is_value() ? done(0) : failed(answer.error().value);
}

Calls::Start Calls::operator()(const call::Fstat& call) {
  const Description* description = world.find(thread, call.fd);
  if (description == nullptr) return failed(EBADF);
  Reply reply = done(0);
  const Pipe* pipe = world.pipe_of(*description);
  const std::size_t size = world.bytes_queued(*description).value_or(0);
  reply.numbers = {pipe != nullptr ? 0 : static_cast<std::int64_t>(size),
                   world.objects_.at(description->object).mode};
  return reply;
}

/// Pipes and queues have no seals to be asked about.
Calls::Start Calls::seal(const call::Fcntl& call) {
  const Description* description = world.find(thread, call.fd);
  SharedMemory* memory = memory_of(description);
  if (call.command == F_GET_SEALS) return memory != nullptr ? done(memory->seals()) : failed(EINVAL);
  if (!description->ends.writes) return failed(EPERM);
  if (memory == nullptr) return failed(EINVAL);
  const auto added = memory->add_seals(static_cast<unsigned>(call.argument));
  return added.is_value() ? done(0) : failed(added.error().value);
}

// ---- the file, where somebody treats it as one ----

Calls::Start Calls::read_from(SharedMemory& memory, DescriptionId number, std::size_t size) {
  Description& description = world.descriptions_.at(number);
  Reply reply = done(0);
  reply.bytes = memory.read(description.position, size);
  description.position += reply.bytes.size();
  reply.value = static_cast<std::int64_t>(reply.bytes.size());
  return reply;
}

Calls::Start Calls::write_to(SharedMemory&, DescriptionId number, const Bytes& bytes) {
  return write_at(number, world.descriptions_.at(number).position, bytes, Moves::kYes);
}

/// O_APPEND wins over any place that is asked for: pwrite(2), BUGS.
Calls::Start Calls::write_at(DescriptionId number, std::size_t offset, const Bytes& bytes, Moves moves) {
  Description& description = world.descriptions_.at(number);
  auto& memory = *memory_of(&description);
  const bool appends = (description.flags & O_APPEND) != 0 && !bytes.empty();
  const std::size_t at = appends ? memory.size() : offset;
  const auto written = memory.write(at, bytes);
  if (!written.is_value()) return failed(written.error().value);
  if (moves == Moves::kYes) description.position = at + written.value();
  return done(static_cast<std::int64_t>(written.value()));
}

}  // namespace flinch::mechanisms
