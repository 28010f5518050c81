// Who is who in a tree without a supervisor. Nobody announces births and deaths, so a process gets its
// name and a thread its number when it first calls a wrapper: children that run at the same time may be
// named in either order, and a process that never calls one is left out of its children's names.
#include <sys/syscall.h>

#include "core/shim/shim.h"
#include "core/shim/standalone.h"
#include "core/shim/x86_64/call.h"

namespace flinch {
namespace {

enum State : std::uint32_t { kUnknown, kBeingNamed, kNamed };

// Of the process, and after a fork of its parent, until the child is named.
std::uint64_t path_hash = 0;
std::uint32_t number = 0;  // in the family
std::atomic<std::uint32_t> threads_born;

OwnProcess& own_process() {
  return *reinterpret_cast<OwnProcess*>(kPrivateAddress + kPrivateSize - sizeof(OwnProcess));
}

std::uint32_t own_pid() { return static_cast<std::uint32_t>(exempt_call(SYS_getpid)); }

/// hash_of_path() of the parent's path, a dot and the child's number.
std::uint64_t hash_of_child(std::uint64_t parent, std::uint32_t child) {
  char digits[12];
  int count = 0;
  for (std::uint32_t rest = child; count == 0 || rest > 0; rest /= 10)
    digits[count++] = static_cast<char>('0' + rest % 10);
  digits[count++] = '.';
  std::uint64_t hash = parent;
  while (count > 0) hash = (hash ^ static_cast<unsigned char>(digits[--count])) * 0x100000001b3ULL;
  return hash;
}

/// False for whom there is no name: a vfork child, that uses up its parent's memory and is gone soon, and
/// the one who comes while another gives the process its name.
bool name_process(std::uint32_t tgid, bool& is_new) {
  OwnProcess& own = own_process();
  std::uint32_t state = kUnknown;
  is_new = own.state.compare_exchange_strong(state, kBeingNamed);
  if (!is_new) return state == kNamed && own.tgid == tgid;
  const std::uint32_t nth = family().children[number % kFamilyMax].fetch_add(1) + 1;
  path_hash = hash_of_child(path_hash, nth);
  number = family().processes.fetch_add(1);
  family().children[number % kFamilyMax].store(0);
  threads_born.store(0);
  own.tgid = tgid;
  own.state.store(kNamed);
  return true;
}

/// All but the owner's number, which is set already, and the generation, which only grows.
void clear(ThreadSlot& slot) {
  auto* at = reinterpret_cast<char*>(&slot.vfork_tid);
  for (auto* end = reinterpret_cast<char*>(&slot + 1); at != end; ++at) *at = 0;
  for (auto& direction : slot.last_transfer)
    for (auto& transfer : direction) transfer.fd = -1;
}

void fill_in(ThreadSlot& slot, std::uint32_t tid, std::uint32_t tgid) {
  clear(slot);
  slot.vfork_tid.store(kAlwaysTellApart);
  slot.process = path_hash;
  slot.tgid = tgid;
  slot.ordinal = tid == tgid ? 0 : threads_born.fetch_add(1) + 1;
  slot.active = active_rows(shared_plan(), slot);
  slot.escalated_row = -1;
  // Not all that tells of readiness is wrapped (select is not), and threads that call no wrapper are not
  // seen: so nobody is known to be alone.
  slot.has_threads.store(1);
  slot.generation.fetch_add(1);
}

bool is_gone(const ThreadSlot& slot, std::uint32_t tid) {
  constexpr long kNoSuchProcess = -3;  // ESRCH
  return exempt_call(SYS_tgkill, slot.tgid, tid, 0) == kNoSuchProcess;
}

}  // namespace

void found_family() {
  path_hash = hash_of_path("0");
  number = family().processes.fetch_add(1);
  own_process().tgid = own_pid();
  own_process().state.store(kNamed);
}

long claim_slot() {
  const std::uint32_t tgid = own_pid();
  const auto tid = static_cast<std::uint32_t>(exempt_call(SYS_gettid));
  bool is_new = false;
  if (!name_process(tgid, is_new)) return -1;
  ThreadSlot* slots = shared_control().slots;
  const std::uint32_t start = tid * 0x9e3779b1U >> 20;
  static_assert(kSlotCount == 1U << 12);
  for (const bool takes_from_the_dead : {false, true}) {
    for (std::uint32_t i = 0; i < kSlotCount; ++i) {
      const std::uint32_t index = (start + i) % kSlotCount;
      ThreadSlot& slot = slots[index];
      std::uint32_t owner = slot.tid.load();
      const bool is_own = owner == tid;
      // The table of known threads had no room for this one, or a number came round again.
      if (is_own && slot.tgid == tgid && !is_new) return index;
      const bool is_free = owner == 0 || is_own || (takes_from_the_dead && is_gone(slot, owner));
      if (!is_free || !slot.tid.compare_exchange_strong(owner, tid)) continue;
      fill_in(slot, tid, tgid);
      return index;
    }
  }
  return -1;
}

}  // namespace flinch
