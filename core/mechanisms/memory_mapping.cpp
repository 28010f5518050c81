// Shared memory in processes: memfd_create(2), shm_open(3), ftruncate(2), mmap(2), munmap(2).
#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/mman.h>

#include <algorithm>

#include "core/mechanisms/calls_impl.h"
#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {
namespace {

constexpr int kLargeFile = 0100000;
constexpr int kNotKept = O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC;
constexpr unsigned kNoExecSeal = 8;  // MFD_NOEXEC_SEAL and MFD_EXEC, which older headers lack
constexpr unsigned kExec = 16;
constexpr unsigned kMemfdFlags = MFD_CLOEXEC | MFD_ALLOW_SEALING | kNoExecSeal | kExec;
constexpr auto kPage = static_cast<std::int64_t>(kPageSize);

std::int64_t round_up(std::size_t size) { return (static_cast<std::int64_t>(size) + kPage - 1) / kPage; }

}  // namespace

SharedMemory* Calls::memory_of(const Description* description) {
  return description == nullptr ? nullptr : std::get_if<SharedMemory>(&world.state_of(*description));
}

Calls::Start Calls::operator()(const call::MemfdCreate& call) {
  if ((call.flags & ~kMemfdFlags) != 0) return failed(EINVAL);
  if ((call.flags & kExec) != 0 && (call.flags & kNoExecSeal) != 0) return failed(EINVAL);
  const int fd = free_descriptor();
  if (fd < 0) return failed(EMFILE);
  const bool is_executable = (call.flags & kNoExecSeal) == 0;
  unsigned seals = (call.flags & (MFD_ALLOW_SEALING | kNoExecSeal)) != 0 ? 0 : F_SEAL_SEAL;
  if (!is_executable) seals |= kSealExec;
  using enum SharedMemory::Executable;
  const ObjectId object = world.objects_.add({SharedMemory{seals, is_executable ? kYes : kNo}, 0});
  const DescriptionId description = world.describe(object, O_RDWR | kLargeFile, {true, true});
  world.hold(description);
  world.install(world.process_of(thread), fd, description, (call.flags & MFD_CLOEXEC) != 0);
  return done(fd);
}

Calls::Start Calls::operator()(const call::ShmOpen& call) {
  const int fd = free_descriptor();
  if (fd < 0) return failed(EMFILE);
  auto found = world.memories_.find(call.name);
  if (found == world.memories_.end()) {
    if ((call.flags & O_CREAT) == 0) return failed(ENOENT);
    const SharedMemory memory{F_SEAL_SEAL, SharedMemory::Executable::kNo};
    found = world.memories_.emplace(call.name, world.objects_.add({memory, 1})).first;
  } else if ((call.flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL) && !MUTANT(shm_excl_is_ignored)) {
    return failed(EEXIST);
  }
  auto& memory = std::get<SharedMemory>(world.objects_.at(found->second).state);
  if ((call.flags & O_TRUNC) != 0 && !MUTANT(shm_trunc_is_ignored)) std::ignore = memory.resize(0);
  const int access = call.flags & O_ACCMODE;
  const Ends ends{access != O_WRONLY, access != O_RDONLY};
  const int kept = (call.flags & ~kNotKept) | O_NOFOLLOW | kLargeFile;
  const DescriptionId description = world.describe(found->second, kept, ends);
  world.hold(description);
  world.install(world.process_of(thread), fd, description, true);
  return done(fd);
}

Calls::Start Calls::operator()(const call::ShmUnlink& call) {
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
  SharedMemory* memory = memory_of(description);
  if (memory == nullptr || !description->ends.writes) return failed(EINVAL);
  const auto size = memory->resize(static_cast<std::size_t>(call.size));
  return size.is_value() ? done(0) : failed(size.error().value);
}

Calls::Start Calls::operator()(const call::Fstat& call) {
  const Description* description = world.find(thread, call.fd);
  if (description == nullptr) return failed(EBADF);
  Reply reply = done(0);
  const Pipe* pipe = world.pipe_of(*description);
  const std::size_t size = world.bytes_queued(*description).value_or(0);
  reply.numbers = {pipe != nullptr ? 0 : static_cast<std::int64_t>(size)};
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

Calls::Start Calls::operator()(const call::Mmap& call) {
  if (call.offset % kPage != 0) return failed(EINVAL);
  const Description* description = world.find(thread, call.fd);
  if (description == nullptr) return failed(EBADF);
  if (call.size == 0 || call.address % kPage != 0) return failed(EINVAL);
  auto& pages = world.process_of(thread).pages;
  const std::int64_t first = call.address / kPage;
  const std::int64_t end = first + round_up(call.size);
  const auto next = pages.lower_bound(first);
  if (next != pages.end() && next->first < end) return failed(EEXIST);
  const bool writes = (call.protection & PROT_WRITE) != 0;
  if (writes && !description->ends.writes && !MUTANT(shm_maps_unwritable)) return failed(EACCES);
  if (!description->ends.reads) return failed(EACCES);
  SharedMemory* memory = memory_of(description);
  if (memory == nullptr) return failed(ENODEV);
  if (writes && memory->is_write_sealed()) return failed(EPERM);
  // It counts as writable if mprotect(2) could make it so, whatever it is now.
  const bool may_write = description->ends.writes && !memory->is_write_sealed();
  for (std::int64_t page = first; page < end; ++page) {
    const auto offset = static_cast<std::size_t>((page - first) * kPage + call.offset);
    pages[page] = {description->object, offset, (call.protection & PROT_READ) != 0, writes, may_write};
    world.map(pages[page]);
  }
  return done(call.address);
}

Calls::Start Calls::operator()(const call::Munmap& call) {
  if (call.address % kPage != 0 || call.size == 0) return failed(EINVAL);
  auto& pages = world.process_of(thread).pages;
  const std::int64_t first = call.address / kPage;
  const std::int64_t count = MUTANT(shm_unmaps_one_page) ? 1 : round_up(call.size);
  const auto end = pages.lower_bound(first + count);
  for (auto it = pages.lower_bound(first); it != end; it = pages.erase(it)) world.unmap(it->second);
  return done(0);
}

void World::map(const Page& page) {
  Object& object = objects_.at(page.object);
  ++object.references;
  if (page.may_write) std::get<SharedMemory>(object.state).count_writable_pages(1);
}

void World::unmap(const Page& page) {
  if (page.may_write) std::get<SharedMemory>(objects_.at(page.object).state).count_writable_pages(-1);
  drop_object(page.object);
}

std::vector<std::int64_t> World::pages(ThreadId thread) const {
  std::vector<std::int64_t> numbers;
  for (const auto& [number, page] : processes_.at(threads_.at(thread).process).pages)
    numbers.push_back(number);
  return numbers;
}

/// The page of memory at an address that can be read (or written) there, or null (EFAULT).
const World::Page* Calls::page_at(Address address, Touch touch) const {
  const auto& pages = world.process_of(thread).pages;
  const auto found = pages.find(address >= 0 ? address / kPage : -1);
  if (found == pages.end()) return nullptr;
  const World::Page& page = found->second;
  if (!(touch == Touch::kWrite ? page.writes : page.reads)) return nullptr;
  return std::get<SharedMemory>(world.objects_.at(page.object).state).has_page(page.offset) ? &page : nullptr;
}

/// Page by page, up to the first that cannot be touched.
Calls::Start Calls::operator()(const call::Load& call) {
  Reply reply = done(0);
  while (reply.bytes.size() < call.size) {
    const Address at = call.address + static_cast<Address>(reply.bytes.size());
    const World::Page* page = page_at(at, Touch::kRead);
    if (page == nullptr) break;
    const auto inside = static_cast<std::size_t>(at % kPage);
    reply.bytes +=
        std::get<SharedMemory>(world.objects_.at(page->object).state)
            .load(page->offset + inside, std::min(call.size - reply.bytes.size(), kPageSize - inside));
  }
  reply.value = static_cast<std::int64_t>(reply.bytes.size());
  return reply.bytes.empty() && call.size > 0 ? failed(EFAULT) : reply;
}

Calls::Start Calls::operator()(const call::Store& call) {
  std::size_t written = 0;
  while (written < call.bytes.size()) {
    const Address at = call.address + static_cast<Address>(written);
    const World::Page* page = page_at(at, Touch::kWrite);
    if (page == nullptr) break;
    const auto inside = static_cast<std::size_t>(at % kPage);
    const std::size_t count = std::min(call.bytes.size() - written, kPageSize - inside);
    std::get<SharedMemory>(world.objects_.at(page->object).state)
        .store(page->offset + inside, std::string_view{call.bytes}.substr(written, count));
    written += count;
  }
  return written == 0 && !call.bytes.empty() ? failed(EFAULT) : done(static_cast<std::int64_t>(written));
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

Calls::Start Calls::write_to(SharedMemory& memory, DescriptionId number, const Bytes& bytes) {
  Description& description = world.descriptions_.at(number);
  const bool appends = (description.flags & O_APPEND) != 0 && !bytes.empty();
  const std::size_t at = appends ? memory.size() : description.position;
  const auto written = memory.write(at, bytes);
  if (!written.is_value()) return failed(written.error().value);
  description.position = at + written.value();
  return done(static_cast<std::int64_t>(written.value()));
}

}  // namespace flinch::mechanisms
