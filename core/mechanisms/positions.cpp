// Where in a file is read and written: lseek(2), pread(2), pwrite(2). Pipes and sockets have no such place.
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "core/mechanisms/calls_impl.h"
#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {
namespace {

/// SEEK_DATA and SEEK_HOLE depend on pages that nobody has touched yet, and are left out.
constexpr int kWhenceMax = SEEK_HOLE;

}  // namespace

bool Calls::has_position(const Description& description) {
  const auto& state = world.state_of(description);
  return !std::holds_alternative<Pipe>(state) && !std::holds_alternative<UnixSocketPlace>(state);
}

Calls::Start Calls::operator()(const call::Lseek& call) {
  Description* description = world.find(thread, call.fd);
  if (description == nullptr) return failed(EBADF);
  if (call.whence < 0 || call.whence > kWhenceMax) return failed(EINVAL);
  if (!has_position(*description)) return failed(ESPIPE);
  if (std::holds_alternative<EventCounter>(world.state_of(*description))) return done(0);  // noop_llseek
  const auto position = static_cast<std::int64_t>(description->position);
  const auto size = static_cast<std::int64_t>(world.bytes_queued(*description).value_or(0));
  const std::int64_t base = call.whence == SEEK_SET ? 0 : call.whence == SEEK_CUR ? position : size;
  if (base + call.offset < 0) return failed(EINVAL);
  if (!MUTANT(shm_seeks_nowhere)) description->position = static_cast<std::size_t>(base + call.offset);
  return done(base + call.offset);
}

Calls::Start Calls::operator()(const call::Pread& call) {
  if (call.offset < 0) return failed(EINVAL);
  const Description* description = world.find(thread, call.fd);
  if (description == nullptr) return failed(EBADF);
  if (!has_position(*description) && !MUTANT(pipe_has_a_position)) return failed(ESPIPE);
  if (!description->ends.reads) return failed(EBADF);
  const SharedMemory* memory = memory_of(description);
  if (memory == nullptr) return read(call.fd, call.size);
  Reply reply = done(0);
  reply.bytes = memory->read(static_cast<std::size_t>(call.offset), call.size);
  reply.value = static_cast<std::int64_t>(reply.bytes.size());
  return reply;
}

Calls::Start Calls::operator()(const call::Pwrite& call) {
  if (call.offset < 0) return failed(EINVAL);
  const Description* description = world.find(thread, call.fd);
  if (description == nullptr) return failed(EBADF);
  if (!has_position(*description) && !MUTANT(pipe_has_a_position)) return failed(ESPIPE);
  if (!description->ends.writes) return failed(EBADF);
  if (memory_of(description) == nullptr) return write(call.fd, call.bytes);
  return write_at(world.number_of(thread, call.fd), static_cast<std::size_t>(call.offset), call.bytes,
                  MUTANT(shm_pwrite_moves) ? Moves::kYes : Moves::kNo);
}

}  // namespace flinch::mechanisms
