// Shared memory in processes: mmap(2), mprotect(2), munmap(2), and what they read and write there.
#include <errno.h>
#include <sys/mman.h>

#include <algorithm>

#include "core/mechanisms/calls_impl.h"
#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {
namespace {

constexpr auto kPage = static_cast<std::int64_t>(kPageSize);

/// F_SEAL_WRITE waits for those who could write to the memory itself.
bool counts_as_writer(bool may_write, bool is_private) {
  return may_write && (!is_private || MUTANT(shm_private_counts_as_writer));
}

std::int64_t round_up(std::size_t size) { return (static_cast<std::int64_t>(size) + kPage - 1) / kPage; }

}  // namespace

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
  // Whoever writes to a page of his own needs no leave to.
  const bool is_shared = !call.is_private;
  if (is_shared && writes && !description->ends.writes && !MUTANT(shm_maps_unwritable)) return failed(EACCES);
  if (!description->ends.reads) return failed(EACCES);
  SharedMemory* memory = memory_of(description);
  if (memory == nullptr) return failed(ENODEV);
  if (is_shared && writes && memory->is_write_sealed()) return failed(EPERM);
  // It counts as writable if mprotect(2) could make it so, whatever it is now.
  const bool may_write = call.is_private || (description->ends.writes && !memory->is_write_sealed());
  for (std::int64_t page = first; page < end; ++page) {
    const auto offset = static_cast<std::size_t>((page - first) * kPage + call.offset);
    pages[page] = {description->object,
                   offset,
                   (call.protection & PROT_READ) != 0,
                   writes,
                   may_write,
                   call.is_private && !MUTANT(shm_private_is_shared)};
    world.map(pages[page]);
  }
  return done(call.address);
}

/// Page by page, up to the first that may not be so or is not there.
Calls::Start Calls::operator()(const call::Mprotect& call) {
  if (call.address % kPage != 0) return failed(EINVAL);
  auto& pages = world.process_of(thread).pages;
  const std::int64_t first = call.address / kPage;
  const bool writes = (call.protection & PROT_WRITE) != 0;
  for (std::int64_t number = first; number < first + round_up(call.size); ++number) {
    const auto found = pages.find(number);
    if (found == pages.end()) return failed(ENOMEM);
    World::Page& page = found->second;
    if (writes && !page.may_write && !MUTANT(shm_protects_against_seals)) return failed(EACCES);
    page.reads = (call.protection & PROT_READ) != 0;
    page.writes = writes;
  }
  return done(0);
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
  if (counts_as_writer(page.may_write, page.is_private))
    std::get<SharedMemory>(object.state).count_writable_pages(1);
}

void World::unmap(const Page& page) {
  if (counts_as_writer(page.may_write, page.is_private))
    std::get<SharedMemory>(objects_.at(page.object).state).count_writable_pages(-1);
  drop_object(page.object);
}

std::vector<std::int64_t> World::pages(ThreadId thread) const {
  std::vector<std::int64_t> numbers;
  for (const auto& [number, page] : processes_.at(threads_.at(thread).process).pages)
    numbers.push_back(number);
  return numbers;
}

/// The page of memory at an address that can be read (or written) there, or null (EFAULT).
World::Page* Calls::page_at(Address address, Touch touch) const {
  auto& pages = world.process_of(thread).pages;
  const auto found = pages.find(address >= 0 ? address / kPage : -1);
  if (found == pages.end()) return nullptr;
  World::Page& page = found->second;
  if (!(touch == Touch::kWrite ? page.writes : page.reads)) return nullptr;
  const auto& memory = std::get<SharedMemory>(world.objects_.at(page.object).state);
  return page.own || memory.has_page(page.offset) ? &page : nullptr;
}

Bytes Calls::load(const World::Page& page, std::size_t inside, std::size_t size) const {
  if (page.own) return page.own->substr(inside, size);
  return std::get<SharedMemory>(world.objects_.at(page.object).state).load(page.offset + inside, size);
}

/// The first write to a private page makes a copy of it.
void Calls::store(World::Page& page, std::size_t inside, std::string_view bytes) const {
  if (page.is_private && !page.own) page.own = load(page, 0, kPageSize);
  if (page.own)
    page.own->replace(inside, bytes.size(), bytes);
  else
    std::get<SharedMemory>(world.objects_.at(page.object).state).store(page.offset + inside, bytes);
}

/// Page by page, up to the first that cannot be touched.
Calls::Start Calls::operator()(const call::Load& call) {
  Reply reply = done(0);
  while (reply.bytes.size() < call.size) {
    const Address at = call.address + static_cast<Address>(reply.bytes.size());
    const World::Page* page = page_at(at, Touch::kRead);
    if (page == nullptr) break;
    const auto inside = static_cast<std::size_t>(at % kPage);
    reply.bytes += load(*page, inside, std::min(call.size - reply.bytes.size(), kPageSize - inside));
  }
  reply.value = static_cast<std::int64_t>(reply.bytes.size());
  return reply.bytes.empty() && call.size > 0 ? failed(EFAULT) : reply;
}

/// The kernel takes hold of all the pages first, and copies private ones then.
Calls::Start Calls::operator()(const call::Store& call) {
  const Address end = call.address + static_cast<Address>(call.bytes.size());
  for (Address at = call.address; at < end; at += kPage - at % kPage) {
    World::Page* page = page_at(at, Touch::kWrite);
    if (page == nullptr) break;
    store(*page, 0, {});
  }
  std::size_t written = 0;
  while (written < call.bytes.size()) {
    const Address at = call.address + static_cast<Address>(written);
    World::Page* page = page_at(at, Touch::kWrite);
    if (page == nullptr) break;
    const auto inside = static_cast<std::size_t>(at % kPage);
    const std::size_t count = std::min(call.bytes.size() - written, kPageSize - inside);
    store(*page, inside, std::string_view{call.bytes}.substr(written, count));
    written += count;
  }
  return written == 0 && !call.bytes.empty() ? failed(EFAULT) : done(static_cast<std::int64_t>(written));
}

}  // namespace flinch::mechanisms
