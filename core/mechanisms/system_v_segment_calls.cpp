// shmget(2), shmat(2), shmdt(2), shmctl(2), and what fork(2) and exit(2) do to attachments.
#include <errno.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/stat.h>

#include <algorithm>
#include <limits>

#include "core/mechanisms/calls_impl.h"
#include "core/mechanisms/mutants.h"
#include "core/mechanisms/system_v_get.h"

namespace flinch::mechanisms {
namespace {

constexpr int kReads = S_IRUSR | S_IRGRP | S_IROTH;
constexpr int kWrites = S_IWUSR | S_IWGRP | S_IWOTH;
constexpr int kExecutes = S_IXUSR | S_IXGRP | S_IXOTH;

}  // namespace

Calls::Start Calls::operator()(const call::Shmget& call) {
  const SystemVLimits& limits = world.limits_.system_v;
  auto& segments = world.system_v_.segments;
  const auto fits = [&](const SystemVSegment& segment) {
    return segment.size() < call.size && !MUTANT(memory_may_be_too_small) ? EINVAL : 0;
  };
  const auto make = [&]() -> Reply {
    if (call.size == 0 || call.size > limits.segment_size) return failed(EINVAL);
    SystemVSegment made{{call.key, call.flags & 0777}, call.size, process()};
    auto pages = static_cast<std::uint64_t>(made.extent() / kMemoryPage);
    for (int number = 0; number < segments.size(); ++number)
      if (segments.contains(number))
        pages += static_cast<std::uint64_t>(segments.at(number).extent() / kMemoryPage);
    if (pages > limits.pages || segments.count() >= limits.segments) return failed(ENOSPC);
    return done(segments.add(std::move(made)));
  };
  return find_or_make(
      segments, call.key, call.flags, fits, make,
      [this](const SystemVPermission& permission, int mode) { return may(permission, mode); });
}

Calls::Start Calls::operator()(const call::Shmat& call) {
  if (call.id < 0) return failed(EINVAL);
  Address begin = call.address;
  if (begin % kMemoryPage != 0) {
    if ((call.flags & SHM_RND) == 0) return failed(EINVAL);
    begin -= begin % kMemoryPage;
    if (MUTANT(memory_rounds_up)) begin += kMemoryPage;
  }
  const bool replaces = (call.flags & SHM_REMAP) != 0;
  if (begin == 0 && replaces) return failed(EINVAL);
  auto& segments = world.system_v_.segments;
  if (!segments.contains(call.id)) return failed(EINVAL);
  SystemVSegment& segment = segments.at(call.id);
  const bool is_writable = (call.flags & SHM_RDONLY) == 0;
  int mode = is_writable ? kReads | kWrites : kReads;
  if ((call.flags & SHM_EXEC) != 0) mode |= kExecutes;
  if (!may(segment.permission, mode)) return failed(EACCES);
  if (begin == 0) begin = world.system_v_.choose_address();
  const Address end = begin + segment.extent();
  auto& attachments = world.process_of(thread).attachments;
  const bool is_taken =
      std::any_of(attachments.begin(), attachments.end(),
                  [&](const SystemVAttachment& one) { return one.begin < end && begin < one.end; });
  if (is_taken && (!replaces || MUTANT(memory_never_replaces))) return failed(EINVAL);
  // The new one counts before the old ones are gone: a segment can take its own place.
  segment.attach(process());
  detach(begin, end);
  const SystemVAttachment made{begin,
                               end,
                               call.id,
                               0,
                               is_writable || MUTANT(memory_is_always_writable),
                               world.system_v_.attachments_made++};
  attachments.insert(std::find_if(attachments.begin(), attachments.end(),
                                  [&](const SystemVAttachment& one) { return one.begin > begin; }),
                     made);
  return done(begin);
}

/// Lets go of a range, and keeps what sticks out on either side: each piece counts as an attachment.
void Calls::detach(Address begin, Address end) {
  SystemVAttachments kept;
  SystemVAttachments gone;
  for (const SystemVAttachment& one : world.process_of(thread).attachments) {
    if (one.end <= begin || end <= one.begin) {
      kept.push_back(one);
      continue;
    }
    gone.push_back(one);
    for (const auto& [from, to] : {std::pair{one.begin, begin}, std::pair{end, one.end}}) {
      if (from >= to) continue;
      kept.push_back(one);
      kept.back().begin = from;
      kept.back().end = to;
      kept.back().offset = one.offset + from - one.begin;
      world.system_v_.segments.at(one.segment).attach(process());
    }
  }
  world.process_of(thread).attachments = std::move(kept);
  for (const SystemVAttachment& one : gone) let_go_of_segment(one.segment);
}

void Calls::let_go_of_segment(int number) {
  auto& segments = world.system_v_.segments;
  segments.at(number).detach(process());
  if (segments.at(number).is_gone()) segments.remove(number);
}

/// Whatever is left of the attachment that began there, even if another has taken its first pages.
Calls::Start Calls::operator()(const call::Shmdt& call) {
  if (call.address % kMemoryPage != 0) return failed(EINVAL);
  auto& attachments = world.process_of(thread).attachments;
  const auto found = std::find_if(attachments.begin(), attachments.end(), [&](const SystemVAttachment& one) {
    return one.begin >= call.address &&
           (MUTANT(memory_detaches_whole_only) ? one.begin : one.base()) == call.address;
  });
  if (found == attachments.end()) return failed(EINVAL);
  const int origin = found->origin;
  const Address end = call.address + world.system_v_.segments.at(found->segment).extent();
  SystemVAttachments pieces{*found};
  std::copy_if(found + 1, attachments.end(), std::back_inserter(pieces), [&](const SystemVAttachment& one) {
    return one.origin == origin && one.base() == call.address && one.end <= end;
  });
  for (const SystemVAttachment& piece : pieces) detach(piece.begin, piece.end);
  return done(0);
}

/// Pieces that are left stay attached.
Calls::Start Calls::operator()(const call::ShmUnmap& call) {
  if (call.address % kMemoryPage != 0 || call.size == 0) return failed(EINVAL);
  const auto size = static_cast<Address>(call.size);
  Address end = call.address + (size + kMemoryPage - 1) / kMemoryPage * kMemoryPage;
  if (MUTANT(memory_unmaps_all)) end = call.address + 16 * kMemoryPage;
  detach(call.address, end);
  return done(0);
}

Calls::Start Calls::operator()(const call::Shmctl& call) {
  if (call.id < 0 || call.command < 0) return failed(EINVAL);
  const SystemVLimits& limits = world.limits_.system_v;
  Reply reply = done(0);
  if (call.command == IPC_INFO) {
    reply.numbers = {static_cast<std::int64_t>(limits.segment_size), static_cast<std::int64_t>(limits.pages),
                     limits.segments};
    return reply;
  }
  auto& segments = world.system_v_.segments;
  if (!segments.contains(call.id)) return failed(EINVAL);
  SystemVSegment& segment = segments.at(call.id);
  switch (call.command) {
    case IPC_STAT:
    case SHM_STAT:
    case SHM_STAT_ANY:
      if (call.command != SHM_STAT_ANY && !may(segment.permission, kReads)) return failed(EACCES);
      reply.numbers = {segment.permission.key,
                       segment.permission.mode,
                       static_cast<std::int64_t>(segment.size()),
                       segment.attached(),
                       shown(segment.creator()),
                       segment.last() ? shown(*segment.last()) : 0,
                       segment.has_been_attached() ? 1 : 0,
                       segment.has_been_detached() ? 1 : 0};
      if (call.command != IPC_STAT) reply.value = call.id;
      return reply;
    case IPC_SET: segment.permission.set_mode(call.mode); return reply;
    case IPC_RMID:
      segment.remove();
      if (segment.is_gone()) segments.remove(call.id);
      return reply;
    case SHM_LOCK: segment.permission.mode |= SHM_LOCKED; return reply;
    case SHM_UNLOCK: segment.permission.mode &= ~SHM_LOCKED; return reply;
    default: return failed(EINVAL);
  }
}

/// A child has what its parent has; the parent is who attached it.
void Calls::inherit_attachments() {
  for (const SystemVAttachment& one : world.process_of(thread).attachments)
    world.system_v_.segments.at(one.segment).attach(process());
}

void Calls::end_attachments() {
  if (MUTANT(memory_outlives_its_process)) return;
  detach(0, std::numeric_limits<Address>::max());
}

}  // namespace flinch::mechanisms
