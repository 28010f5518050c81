// The log: what tier 0 saw itself, and what the shims left in their rings.
#include <time.h>

#include <algorithm>
#include <cstring>
#include <fstream>

#include "core/abi/capture.h"
#include "core/supervisor/supervisor_impl.h"

namespace flinch {
namespace {

std::uint64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace

Event Supervisor::begin_event(Thread& thread, const Call& call, const Decision& decision) {
  Event event{};
  describe(event, Tier::kNotify, call, decision);
  if (plan_.logs_calls != 0 && decision.nth != 0)
    capture_arguments(event, descriptor(call.row), 0, Phase::kEntry, RemoteMemory{thread.tid});
  return event;
}

void Supervisor::end_event(Thread& thread, Event& event, std::optional<std::int64_t> result) {
  if (plan_.logs_calls == 0 || event.nth == 0 || request_.sink == nullptr) return;
  // A few threads are kept in order among each other; with many that would cost too much.
  constexpr std::size_t kOrdered = 32;
  if (threads_.size() <= kOrdered)
    drain_everybody();
  else
    drain(thread);
  event.t_ns = now_ns();
  event.ret_known = result.has_value() ? 1 : 0;
  event.ret = result.value_or(0);
  event.thread_ordinal = thread.ordinal;
  if (result)
    capture_arguments(event, descriptor(static_cast<Row>(event.row)), *result, Phase::kExit,
                      RemoteMemory{thread.tid});
  request_.sink->add(event, {thread.process->path, thread.process->tgid, thread.ordinal});
}

/// Before everybody is killed: where they are. What is made under our eyes says so itself; of a call that
/// a shim makes we know only what the kernel says now.
void Supervisor::log_unfinished() {
  if (plan_.logs_calls == 0 || request_.sink == nullptr) return;
  for (const auto& [tid, thread] : threads_) {
    if (thread->step) continue;
    std::ifstream file("/proc/" + std::to_string(tid) + "/syscall");
    int number = -1;
    Call call{};
    if (!(file >> number)) continue;  // it is "running"
    for (std::uint64_t& argument : call.args) file >> std::hex >> argument;
    call.row = row_of_number(number);
    if (call.row == Row::kCount) continue;
    RemoteWorld world = world_of(*thread);
    Decision decision = Decider<RemoteWorld>{plan_, memory_->control(), *thread->slot, world}.place(call);
    world.forget();
    decision.nth = thread->slot->nth[static_cast<std::size_t>(call.row)];
    if (decision.mechanism == Mechanism::kNone || decision.nth == 0) continue;
    Event event = begin_event(*thread, call, decision);
    event.tier = Tier::kShim;
    end_event(*thread, event, std::nullopt);
  }
}

/// Takes what the thread's shim wrote. The program may have scribbled over the ring: every index is
/// bounded, and the decoder trusts no byte of an event.
void Supervisor::collect(Thread& thread, std::vector<Drained>& events) {
  if (plan_.logs_calls == 0 || thread.slot_index == kNoSlot || request_.sink == nullptr) return;
  const Event* ring = memory_->ring(thread.slot_index);
  const std::uint32_t head = thread.slot->ring_head.load(std::memory_order_acquire);
  std::uint32_t tail = thread.slot->ring_tail.load();
  if (head - tail > kRingEvents) tail = head - kRingEvents;
  for (; tail != head; ++tail) {
    events.push_back({&thread, {}});
    std::memcpy(&events.back().event, &ring[tail % kRingEvents], sizeof(Event));
  }
  thread.slot->ring_tail.store(head, std::memory_order_release);
}

void Supervisor::drain(Thread& thread) {
  std::vector<Drained> events;
  collect(thread, events);
  for (Drained& drained : events) add_shim_event(*drained.thread, drained.event);
}

/// All threads' events in the order in which the calls ended.
void Supervisor::drain_everybody() {
  std::vector<Drained> events;
  for (const auto& [tid, thread] : threads_) collect(*thread, events);
  std::ranges::stable_sort(events, {}, [](const Drained& drained) { return drained.event.t_ns; });
  for (Drained& drained : events) add_shim_event(*drained.thread, drained.event);
}

void Supervisor::add_shim_event(Thread& thread, Event& event) {
  if (event.row >= kRowCount || event.mechanism >= Mechanism::kCount || event.fault_kind >= FaultKind::kCount)
    return;
  event.tier = Tier::kShim;
  event.thread_ordinal = thread.ordinal;
  request_.sink->add(event, {thread.process->path, thread.process->tgid, thread.ordinal});
}

/// An event that found the ring in use.
void Supervisor::add_event(Thread& thread, std::uint64_t address) {
  Event event;
  if (request_.sink == nullptr || plan_.logs_calls == 0 ||
      !RemoteMemory{thread.tid}.read(address, &event, sizeof event))
    return;
  drain(thread);
  add_shim_event(thread, event);
}

void Supervisor::count_fault(const Fault& fault) {
  ++outcome_.injected[static_cast<std::size_t>(fault.kind)];
}

}  // namespace flinch
