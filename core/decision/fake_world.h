// A process as a tier sees it, made up by a test: objects by descriptor, and memory that is the test's own.
#pragma once

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <map>
#include <memory>
#include <vector>

#include "core/decision/decide.h"

namespace flinch {

struct FakeObject {
  ObjectIdentity identity;
  ObjectView view;
};

struct FakeWorld {
  std::map<int, FakeObject> objects;
  std::map<std::uint32_t, std::uint32_t> unix_peers;
  SignalView signal_view;
  bool memory_is_readable = true;

  ObjectIdentity identify(int fd) {
    const auto found = objects.find(fd);
    return found == objects.end() ? ObjectIdentity{} : found->second.identity;
  }
  void look(int fd, Direction, ObjectView& object) {
    const ObjectIdentity identity = identify(fd);
    const bool is_for_this_call = object.is_nonblocking;  // MSG_DONTWAIT
    object = objects.at(fd).view;
    object.mechanism = identity.mechanism;
    object.key = identity.key;
    object.is_nonblocking |= is_for_this_call;
  }
  std::uint32_t unix_peer(std::uint32_t inode) {
    const auto found = unix_peers.find(inode);
    return found == unix_peers.end() ? 0 : found->second;
  }
  [[nodiscard]] SignalView signals() const { return signal_view; }
  bool read(std::uint64_t address, void* into, std::size_t size) const {
    if (memory_is_readable) std::memcpy(into, reinterpret_cast<const void*>(address), size);
    return memory_is_readable;
  }
  ObjectIdentity identify_path(int, std::uint64_t path) {
    const bool is_fifo = std::strcmp(reinterpret_cast<const char*>(path), "fifo") == 0;
    return is_fifo ? ObjectIdentity{Mechanism::kFifo, 77} : ObjectIdentity{};
  }
};

struct Unmap {
  void operator()(ControlBlock* block) const { munmap(block, kControlSize); }
};

/// Zeroed when it is first touched, as the real one is.
inline std::unique_ptr<ControlBlock, Unmap> make_control() {
  void* memory = mmap(nullptr, kControlSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) std::abort();
  return std::unique_ptr<ControlBlock, Unmap>{static_cast<ControlBlock*>(memory)};
}

/// A rule that hits every call of these rows.
inline CompiledRule rule_for(FaultKind kind, std::initializer_list<Row> rows, std::uint64_t amount = 1) {
  CompiledRule rule{};
  rule.kind = kind;
  rule.thread = kAnyThread;
  rule.fd = kAnyFd;
  rule.mechanisms = ~0U;
  for (const Row row : rows) rule.calls.add(row);
  rule.process = kAnyProcess;
  rule.first = 1;
  rule.last = ~std::uint64_t{0};
  rule.step = 1;
  rule.rate_numerator = 1;
  rule.rate_denominator = 1;
  rule.limit = ~std::uint64_t{0};
  rule.amount = amount;
  return rule;
}

inline std::unique_ptr<PlanImage> plan_of(const std::vector<CompiledRule>& rules) {
  auto plan = std::make_unique<PlanImage>();
  plan->magic = kPlanMagic;
  plan->seed = 42;
  plan->tracks_streams = 1;
  for (const CompiledRule& rule : rules) {
    for (std::size_t word = 0; word < 4; ++word) plan->ruled.words[word] |= rule.calls.words[word];
    plan->rules[plan->rule_count++] = rule;
  }
  return plan;
}

/// One thread under a plan.
struct FakeThread {
  std::unique_ptr<PlanImage> plan;
  std::unique_ptr<ControlBlock, Unmap> control = make_control();
  FakeWorld world;
  StreamLedger ledger{*control};
  ThreadSlot& slot = control->slots[0];
  Decider<FakeWorld> decider{*plan, *control, slot, world};

  explicit FakeThread(const std::vector<CompiledRule>& rules) : plan{plan_of(rules)} {
    slot.tgid = 100;
    slot.process = hash_of_path("0");
  }

  FakeObject& add(int fd, Mechanism mechanism) {
    FakeObject& object = objects_at(fd);
    object.identity = {mechanism, (std::uint64_t{9} << 32) | static_cast<std::uint64_t>(1000 + fd)};
    object.view.capacity = is_pipe(mechanism) ? 65536 : 212992;
    return object;
  }
  FakeObject& objects_at(int fd) { return world.objects[fd]; }

  Decision call(Row row, std::uint64_t a0, std::uint64_t a1 = 0, std::uint64_t a2 = 0, std::uint64_t a3 = 0) {
    return decider.decide({row, {a0, a1, a2, a3, 0, 0}});
  }
  /// A read or write of that many bytes.
  Decision transfer(Row row, int fd, std::uint64_t size, std::uint64_t flags = 0) {
    return call(row, static_cast<std::uint64_t>(fd), 0, size, flags);
  }
  /// Somebody's write, as the tier that sees it tells the ledger.
  void write(std::uint64_t key, Mechanism mechanism, std::uint64_t size, std::uint32_t tgid) {
    ledger.begin_write(key, mechanism, size);
    ledger.end_write(key, static_cast<std::int64_t>(size), tgid);
  }
};

}  // namespace flinch
