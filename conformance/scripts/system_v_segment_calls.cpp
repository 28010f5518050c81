// What scripts about System V shared memory are made of.
#include <sys/ipc.h>
#include <sys/shm.h>

#include "conformance/scripts/makers.h"
#include "conformance/scripts/system_v_situation.h"

namespace flinch::conformance {
namespace {

namespace call = mechanisms::call;
using enum Maker::Needs;
using mechanisms::Address;
using mechanisms::kMemoryPage;

constexpr Address kArea = Address{1} << 20;  // where scripts put segments themselves

int segment(const Situation& s, std::size_t n) {
  return some_object(s.world.system_v().segments, s.numbers[n]);
}

/// One of twelve pages, so that attachments meet.
Address place(const Situation& s, std::size_t n) { return kArea + s.numbers[n] % 12 * kMemoryPage; }

/// Where something is attached, mostly, or is not any more. The kernel's own choices are only used while they
/// hold: what lies there later is not the script's to know.
Address attached(const Situation& s, std::size_t n) {
  const auto& all = s.world.attachments(s.thread);
  if (all.empty() || s.numbers[n] % 8 == 7) return place(s, n);
  return all[s.numbers[n] / 8 % all.size()].begin;
}

SystemCall get_call(const Situation& s) {
  return call::Shmget{
      s.one_of(0, {1, 2, 0, 1}),
      s.one_of<std::size_t>(1, {1, 4096, 8193, 12288, 5000, 4097, 1, 0, 20000, 4096, ~std::size_t{0}}),
      s.one_of(2, {IPC_CREAT | 0600, IPC_CREAT | 0600, IPC_CREAT | IPC_EXCL | 0600, 0600, 0, IPC_CREAT | 0400,
                   IPC_CREAT | SHM_NORESERVE | 0700, IPC_CREAT | 0666, IPC_EXCL})};
}

SystemCall attach_call(const Situation& s) {
  if (!has_objects(s.world.system_v().segments)) return get_call(s);
  call::Shmat made{segment(s, 0), place(s, 1),
                   s.one_of(2, {0, 0, SHM_RDONLY, SHM_REMAP, SHM_RND, SHM_REMAP, SHM_REMAP | SHM_RDONLY,
                                SHM_RND | SHM_REMAP, SHM_EXEC})};
  if (s.numbers[3] % 4 == 0) made.address = s.numbers[3] % 64 == 0 ? 1 : 0;
  if (s.numbers[3] % 8 == 1) made.address += s.numbers[3] / 8 % kMemoryPage;
  return made;
}

SystemCall control_call(const Situation& s) {
  if (!has_objects(s.world.system_v().segments)) return get_call(s);
  call::Shmctl made{segment(s, 0),
                    s.one_of(1, {IPC_STAT, IPC_STAT, IPC_SET, SHM_STAT, IPC_STAT, SHM_STAT_ANY, SHM_LOCK,
                                 SHM_UNLOCK, IPC_INFO, IPC_SET, 9999, -1}),
                    0};
  if (made.command == IPC_SET) made.mode = s.one_of(2, {0600, 0666, 0400, 0200, 0});
  // An index belongs to somebody else once its object is gone.
  if (!s.world.system_v().segments.contains(made.id) &&
      (made.command == SHM_STAT || made.command == SHM_STAT_ANY))
    made.command = IPC_STAT;
  if (made.command == SHM_LOCK && !s.world.limits().system_v.locks_memory) made.command = SHM_UNLOCK;
  return made;
}

/// Within an attachment, or from the scripts' own area beyond the end of one.
Address somewhere(const Situation& s, std::size_t n) {
  return attached(s, n) + s.one_of<Address>(n + 1, {0, 4000, 1, 100, 4095, 0});
}

std::size_t size_to_move(const Situation& s, std::size_t n, Address from) {
  return from < 2 * kArea ? s.one_of<std::size_t>(n, {1, 10, 200, 4096, 5000, 9000, 0}) : 1;
}

/// Within the scripts' own area only.
SystemCall unmap_call(const Situation& s) {
  return call::ShmUnmap{place(s, 0) + (s.numbers[1] % 32 == 31 ? 1 : 0),
                        s.one_of<std::size_t>(2, {4096, 4096, 8192, 1, 12288, 0})};
}

SystemCall peek_call(const Situation& s) {
  if (!has_objects(s.world.system_v().segments)) return get_call(s);
  const Address from = somewhere(s, 0);
  return call::Peek{from, size_to_move(s, 2, from)};
}

SystemCall poke_call(const Situation& s) {
  if (!has_objects(s.world.system_v().segments)) return get_call(s);
  const Address to = somewhere(s, 0);
  return call::Poke{to, s.payload(size_to_move(s, 2, to))};
}

}  // namespace

std::vector<Maker> system_v_segment_makers() {
  std::vector<Maker> makers = {
      {6, kNothing, get_call},
      {14, kNothing, attach_call},
      {8, kNothing,
       [](const Situation& s) -> SystemCall {
         return call::Shmdt{attached(s, 0) + (s.numbers[1] % 16 == 15 ? 1 : 0)};
       }},
      {3, kNothing, unmap_call},
      {12, kNothing, control_call},
      {9, kNothing, peek_call},
      {9, kNothing, poke_call},
      {3, kNothing,
       [](const Situation& s) -> SystemCall {
         return call::Shmctl{segment(s, 0), IPC_RMID, 0};
       }},
  };
  add_processes(makers);
  return makers;
}

}  // namespace flinch::conformance
