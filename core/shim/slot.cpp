// Finding the calling thread's slot without thread-local storage.
#include <sys/syscall.h>

#include "core/shim/shim.h"
#include "core/shim/standalone.h"
#include "core/shim/x86_64/call.h"

namespace flinch {
namespace {

/// A private page that fork empties: which thread (by its control block) has which slot.
struct Entry {
  std::atomic<unsigned long> key;
  std::atomic<std::uint32_t> slot;
  std::atomic<std::uint32_t> generation;
};
constexpr std::size_t kEntries = (kPrivateSize - sizeof(OwnProcess)) / sizeof(Entry);
constexpr std::size_t kProbes = 8;

Entry* entries() { return reinterpret_cast<Entry*>(kPrivateAddress); }

std::size_t place_of(unsigned long key, std::size_t probe) {
  return ((key >> 6) * 0x9e3779b97f4a7c15UL >> 40) % (kEntries - kProbes) + probe;
}

ThreadSlot* ask(unsigned long key) {
  const long index = is_standalone()
                         ? claim_slot()
                         : visible_call(kHelloNumber, static_cast<unsigned long>(Hello::kWhoAmI), key);
  if (index < 0 || index >= static_cast<long>(kSlotCount)) return nullptr;
  ThreadSlot& slot = shared_control().slots[index];
  Entry* chosen = &entries()[place_of(key, 0)];
  for (std::size_t probe = 0; probe < kProbes; ++probe) {
    Entry& entry = entries()[place_of(key, probe)];
    const unsigned long found = entry.key.load(std::memory_order_relaxed);
    if (found == key || found == 0) {
      chosen = &entry;
      break;
    }
  }
  // Another thread may read in between: it would find its own key nowhere, and ask again.
  chosen->key.store(0);
  chosen->slot.store(static_cast<std::uint32_t>(index));
  chosen->generation.store(slot.generation.load());
  chosen->key.store(key);
  return &slot;
}

ThreadSlot* known(unsigned long key) {
  for (std::size_t probe = 0; probe < kProbes; ++probe) {
    const Entry& entry = entries()[place_of(key, probe)];
    if (entry.key.load(std::memory_order_acquire) != key) continue;
    const std::uint32_t index = entry.slot.load(std::memory_order_relaxed);
    if (index >= kSlotCount) return nullptr;
    ThreadSlot& slot = shared_control().slots[index];
    return entry.generation.load(std::memory_order_relaxed) == slot.generation.load(std::memory_order_relaxed)
               ? &slot
               : nullptr;
  }
  return nullptr;
}

/// A vfork child runs with its parent's memory and control block, but it is somebody else.
ThreadSlot* told_apart(ThreadSlot* slot) {
  const std::uint32_t child = slot->vfork_tid.load(std::memory_order_relaxed);
  if (child == 0) return slot;
  if (static_cast<std::uint32_t>(exempt_call(SYS_gettid)) != slot->tid.load()) {
    if (child == kAlwaysTellApart) return ask(thread_key());
    const std::uint32_t index = slot->vfork_slot.load();
    return index < kSlotCount ? told_apart(&shared_control().slots[index]) : nullptr;
  }
  if (child != kAlwaysTellApart)
    slot->vfork_tid.store(0);  // the parent runs again, so the child is gone or has its own memory
  return slot;
}

}  // namespace

ThreadSlot* own_slot() {
  const unsigned long key = thread_key();
  ThreadSlot* slot = known(key);
  if (slot == nullptr) slot = ask(key);
  return slot == nullptr ? nullptr : told_apart(slot);
}

}  // namespace flinch
