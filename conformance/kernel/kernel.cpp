#include "conformance/kernel/kernel.h"

#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "conformance/calls/calls.h"
#include "conformance/calls/memory.h"
#include "conformance/calls/posix_queue.h"
#include "conformance/kernel/limits.h"

namespace flinch::conformance {
namespace {

constexpr auto kPatience = std::chrono::seconds{10};  // for a machine that is busy with something else

/// As World begins: no descriptor, a folder of its own, and dead once the driver is.
[[noreturn]] void begin_acting(const Stage& stage) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  setpgid(0, 0);  // a group of their own, for kill(2)
  if (chdir(stage.folder().c_str()) != 0) _exit(126);
  umask(0);
  close_range(0, ~0U, 0);
  const auto max = static_cast<rlim_t>(stage.limits().descriptors_max);
  const rlimit limit{max, max};
  setrlimit(RLIMIT_NOFILE, &limit);
  const rlimit no_core{1, 1};  // core(5): neither a file nor a program gets one
  setrlimit(RLIMIT_CORE, &no_core);
  begin_handling();
  act(stage.slots(), 0);
}

/// Sleeps until the call ends, or for long enough to look again: whoever sleeps runs soon once woken, even
/// on a busy machine, which a loop of yielding does not.
void wait_a_moment(const Slot& slot) {
  const std::uint32_t answered = slot.answered.load();
  const timespec moment{0, answered == slot.asked.load() ? 20'000 : 100'000};
  syscall(SYS_futex, &slot.answered, FUTEX_WAIT, answered, &moment, nullptr, 0);
}

}  // namespace

Stage::Stage() : limits_{limits_here()} {
  void* memory = mmap(nullptr, sizeof(Slot) * kSlotCount, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  folder_ = (std::filesystem::temp_directory_path() / "flinch-conformance-XXXXXX").string();
  if (memory == MAP_FAILED || mkdtemp(folder_.data()) == nullptr) std::abort();
  slots_ = static_cast<Slot*>(memory);
  prctl(PR_SET_TIMERSLACK, 1000);
  // Grandchildren of ours are reaped by us as well.
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  // Driver and actors take turns; on one processor, handing over costs a tenth of a wake-up across two.
  cpu_set_t here;
  CPU_ZERO(&here);
  CPU_SET(sched_getcpu(), &here);
  sched_setaffinity(0, sizeof here, &here);
}

Stage::~Stage() {
  munmap(slots_, sizeof(Slot) * kSlotCount);
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

Kernel::Kernel(Stage& stage) : stage_{stage} {
  for (int i = 0; i < kSlotCount; ++i) {
    Slot& slot = stage.slots()[i];
    slot.asked = 0;
    slot.answered = 0;
    slot.signal_count = 0;
    slot.lent_size = 0;
    slot.names = &names_;
  }
  const pid_t pid = fork();
  if (pid < 0) std::abort();
  if (pid == 0) begin_acting(stage);
  setpgid(pid, pid);  // by both, so that it is so for both
  group_ = pid;
  stage.keeper().watch(pid);
  stage.slots()[0].pid = pid;
  adopt(0);
}

Kernel::~Kernel() {
  for (const auto& [thread, actor] : actors_) kill(actor.pid, SIGKILL);
  stage_.keeper().watch(0);
  for (const auto& [thread, actor] : actors_) gone_.push_back(actor.pid);
  // A child is ours to reap only once its parent is gone, so the order is that of birth.
  for (const pid_t pid : gone_)
    while (waitpid(pid, nullptr, __WALL) < 0 && errno == ECHILD && getpgid(pid) == group_) sched_yield();
  remove_queues();
  remove_memories();
  for (const auto& entry : std::filesystem::directory_iterator(stage_.folder()))
    std::filesystem::remove(entry.path());
}

void Kernel::adopt(ThreadId thread) {
  const pid_t pid = stage_.slots()[thread].pid;
  names_.add_process(pid);
  actors_.try_emplace(thread, Actor{pid, ProcessState{pid}});
}

Kernel::State Kernel::look(ThreadId thread) const {
  const Slot& slot = stage_.slots()[thread];
  const bool is_done = slot.answered.load() == slot.asked.load();
  if (is_done && !has_signals_) return State::kDone;
  const auto [kind, call] = actors_.at(thread).state.look();
  switch (kind) {
    case ProcessState::Kind::kMoving: return State::kMoving;
    case ProcessState::Kind::kStopped: return State::kStopped;
    case ProcessState::Kind::kDead: return State::kGone;
    case ProcessState::Kind::kAsleep: break;
  }
  if (is_done) return call == SYS_futex ? State::kDone : State::kMoving;
  const bool makes_one = slot.kind == Slot::Kind::kSystemCall || slot.kind == Slot::Kind::kSemaphore;
  // What poll(2) and its like go on with after a stop has a number of its own.
  const bool is_in_it = call == slot.number || call == SYS_restart_syscall;
  return makes_one && is_in_it && !slot.has_expired ? State::kAsleep : State::kMoving;
}

const Slot* Kernel::look_around(std::map<ThreadId, State>& seen) const {
  const Slot* moving = nullptr;
  const long before = switches_so_far();
  for (const auto& [thread, actor] : actors_) {
    if (!actor.is_busy && !has_signals_) continue;
    seen[thread] = look(thread);
    if (seen[thread] == State::kMoving) moving = &stage_.slots()[thread];
  }
  // Whoever ran meanwhile may have woken one who had been looked at already.
  if (moving == nullptr && switches_so_far() != before) return look_around(seen);
  return moving;
}

/// Nothing moves any more when one look at everybody finds all of them done or asleep: whoever could wake
/// another would have to be seen moving.
bool Kernel::settle(std::map<ThreadId, State>& seen) const {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (const Slot* moving = look_around(seen)) {
    if (std::chrono::steady_clock::now() > end) return false;
    wait_a_moment(*moving);
  }
  return true;
}

Kernel::Settled Kernel::make(ThreadId thread, const SystemCall& call) {
  Slot& slot = stage_.slots()[thread];
  Actor& actor = actors_.at(thread);
  actor.call = call;
  actor.is_busy = true;
  has_signals_ = has_signals_ || is_about_signals(call);
  encode_call(call, slot);
  if (slot.kind == Slot::Kind::kFork) slot.child_slot = next_slot_++;
  ++slot.asked;
  syscall(SYS_futex, &slot.asked, FUTEX_WAKE, 1, nullptr, nullptr, 0);
  wait_a_moment(slot);
  Settled settled;
  std::map<ThreadId, State> seen;
  settled.is_stuck = !settle(seen);
  if (settled.is_stuck) return settled;
  for (const auto& [other, state] : seen) {
    collect_handled(other, settled);
    const bool has_answered = stage_.slots()[other].answered.load() == stage_.slots()[other].asked.load();
    const bool has_ended = state == State::kDone || (state == State::kStopped && has_answered);
    if (has_ended && actors_.at(other).is_busy) settled.replies[other] = collect(other);
    if (state == State::kAsleep) settled.asleep.push_back(other);
    if (state == State::kStopped) settled.stopped.push_back(other);
    if (state == State::kGone) bury(other);
  }
  for (const auto& [other, state] : actors_) settled.alive.push_back(other);
  return settled;
}

Reply Kernel::collect(ThreadId thread) {
  Slot& slot = stage_.slots()[thread];
  Actor& actor = actors_.at(thread);
  actor.is_busy = false;
  Reply reply = decode_reply(actor.call, slot);
  if (slot.kind == Slot::Kind::kFork && reply.error == 0) {
    adopt(slot.child_slot);
    reply.value = slot.child_slot;
    // It has its own memory in hand before a signal can reach it.
    const ProcessState& child = actors_.at(slot.child_slot).state;
    while (child.look().kind == ProcessState::Kind::kMoving) wait_a_moment(stage_.slots()[slot.child_slot]);
  }
  return reply;
}

void Kernel::collect_handled(ThreadId thread, Settled& settled) {
  Slot& slot = stage_.slots()[thread];
  const auto count = std::min<std::size_t>(slot.signal_count.exchange(0), std::size(slot.signals));
  for (std::size_t i = 0; i < count; ++i) {
    const auto& [signal, code, pid, value] = slot.signals[i];
    settled.handled[thread].push_back({signal, code, static_cast<int>(names_.shown(pid)), value});
  }
}

void Kernel::bury(ThreadId thread) {
  const pid_t pid = actors_.at(thread).pid;
  waitpid(pid, nullptr, __WALL | WNOHANG);  // only the driver's own child; the others are its later
  gone_.push_back(pid);
  actors_.erase(thread);
}

}  // namespace flinch::conformance
