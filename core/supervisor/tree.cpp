// Who is who: processes by lineage, threads by ordinal, and their slots in the control block.
#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/sched.h>
#include <cstring>
#include <fstream>

#include "core/supervisor/exec_image.h"
#include "core/supervisor/supervisor_impl.h"

namespace flinch {
namespace {

/// Empties a slot for its next owner; its generation tells the shim that it has changed hands.
void clear(ThreadSlot& slot) {
  const std::uint32_t generation = slot.generation.load();
  slot.tid.store(0);
  std::memset(static_cast<void*>(&slot), 0, sizeof slot);
  slot.generation.store(generation + 1);
  slot.escalated_row = -1;
  for (auto& direction : slot.last_transfer)
    for (auto& transfer : direction) transfer.fd = -1;
}

/// Does the child that `registers` are about to make run on its parent's memory?
bool shares_memory(const RemoteMemory& memory, const user_regs_struct& registers) {
  std::uint64_t flags = 0;
  if (registers.orig_rax == SYS_vfork) return true;
  if (registers.orig_rax == SYS_clone) flags = registers.rdi;
  if (registers.orig_rax == SYS_clone3) memory.read(registers.rdi, &flags, sizeof flags);
  return (flags & CLONE_VM) != 0;
}

std::uint64_t field_of_status(pid_t tid, const std::string& name) {
  std::ifstream status("/proc/" + std::to_string(tid) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name)) return std::stoull(line.substr(name.size()), nullptr, 10);
  return 0;
}

Fd open_pidfd(pid_t tgid) { return Fd::moved_up(static_cast<int>(syscall(SYS_pidfd_open, tgid, 0))); }

}  // namespace

Thread* Supervisor::find(pid_t tid) {
  const auto found = threads_.find(tid);
  return found == threads_.end() ? nullptr : found->second.get();
}

/// `tgid` is a process that we can't lose: our child, or stopped by us.
std::shared_ptr<Process> Supervisor::add_process(pid_t tgid, std::string path) {
  return add_process(tgid, std::move(path), open_pidfd(tgid));
}

std::shared_ptr<Process> Supervisor::add_process(pid_t tgid, std::string path, Fd pidfd) {
  auto process = std::make_shared<Process>();
  process->path = std::move(path);
  process->tgid = tgid;
  process->pidfd = std::move(pidfd);
  processes_[tgid] = process;
  if (guard_) process->guard_place = guard_->add(tgid);
  watch(process->pidfd, tgid);
  ++outcome_.processes;
  return process;
}

Thread& Supervisor::add_thread(pid_t tid, std::shared_ptr<Process> process) {
  auto thread = std::make_unique<Thread>();
  thread->tid = tid;
  thread->ordinal = process->threads_born++;
  thread->process = std::move(process);
  take_slot(*thread);
  ++outcome_.threads;
  return *(threads_[tid] = std::move(thread));
}

void Supervisor::take_slot(Thread& thread) {
  if (free_slots_.empty() && slots_taken_ < kSlotCount) free_slots_.push_back(slots_taken_++);
  if (free_slots_.empty()) {
    thread.own_slot = std::make_unique<ThreadSlot>();
    thread.slot = thread.own_slot.get();
  } else {
    thread.slot_index = free_slots_.back();
    free_slots_.pop_back();
    thread.slot = &memory_->control().slots[thread.slot_index];
  }
  clear(*thread.slot);
  ThreadSlot& slot = *thread.slot;
  slot.ordinal = thread.ordinal;
  slot.tgid = static_cast<std::uint32_t>(thread.process->tgid);
  slot.process = hash_of_path(thread.process->path.c_str());
  slot.active = active_rows(plan_, slot);
  slot.tid.store(static_cast<std::uint32_t>(thread.tid));
}

void Supervisor::free_slot(Thread& thread) {
  drain(thread);
  ThreadSlot& slot = *thread.slot;
  outcome_.through_shim += slot.seen_by_shim.load();
  for (std::size_t i = 0; i < outcome_.injected.size(); ++i) outcome_.injected[i] += slot.injected[i].load();
  clear(slot);
  if (thread.slot_index != kNoSlot) free_slots_.push_back(thread.slot_index);
}

void Supervisor::remove_thread(pid_t tid) {
  Thread* thread = find(tid);
  if (thread == nullptr) return;
  if (thread->step) {
    thread->step->event.ret_known = 0;
    end_event(*thread, thread->step->event, std::nullopt);
  }
  free_slot(*thread);
  threads_.erase(tid);
}

void Supervisor::remove_process(pid_t tgid) {
  const auto found = processes_.find(tgid);
  if (found == processes_.end()) return;
  const std::shared_ptr<Process> process = found->second;
  std::vector<pid_t> gone;
  for (const auto& [tid, thread] : threads_)
    if (thread->process == process) gone.push_back(tid);
  for (const pid_t tid : gone) remove_thread(tid);
  if (guard_) guard_->remove(process->guard_place);
  processes_.erase(tgid);
  adopt_unborn(*process);
}

/// A child at its first stop, whose parent's event comes next: it waits for its name. Unless the parent
/// was killed in between.
void Supervisor::on_unknown_stop(pid_t tid) {
  const auto parent = static_cast<pid_t>(field_of_status(tid, "PPid:"));
  if (parent == 0) return;  // killed meanwhile
  unborn_[tid] = {parent, Clock::now()};
  // A thread's creator can only be killed together with it.
  if (field_of_status(tid, "Tgid:") != static_cast<std::uint64_t>(tid)) return;
  const auto root = processes_.find(root_);
  // Its parent is gone, and it is ours as the subreaper's.
  if (parent != getpid() || tid == root_) return;
  unborn_.erase(tid);
  Process nobody;
  nobody.path = "0.0";
  bear(tid, root == processes_.end() ? nobody : *root->second);
}

/// Children whose parent was killed between their first stop and its own: nobody announces them any more.
void Supervisor::adopt_unborn(Process& parent) {
  std::vector<pid_t> orphans;
  for (const auto& [tid, from] : unborn_)
    if (from.parent == parent.tgid) orphans.push_back(tid);
  for (const pid_t orphan : orphans) {
    unborn_.erase(orphan);
    if (field_of_status(orphan, "Tgid:") == static_cast<std::uint64_t>(orphan)) bear(orphan, parent);
  }
}

/// Orphans that another process than ours inherited (a subreaper of the program's own): it will never tell of
/// them. An event that is only late comes in microseconds.
void Supervisor::adopt_overdue() {
  constexpr auto kPatience = std::chrono::milliseconds(kAdoptAfterMs);
  std::vector<std::pair<pid_t, pid_t>> overdue;
  for (const auto& [tid, child] : unborn_)
    if (Clock::now() - child.since >= kPatience) overdue.emplace_back(tid, child.parent);
  for (const auto& [tid, heir] : overdue) {
    const auto parent = processes_.find(heir);
    unborn_.erase(tid);
    if (parent != processes_.end() && field_of_status(tid, "Tgid:") == static_cast<std::uint64_t>(tid))
      bear(tid, *parent->second);
  }
}

/// Names a stopped child that no event announced, and lets it go.
void Supervisor::bear(pid_t tgid, Process& parent) {
  start_guard();
  auto process = add_process(tgid, parent.path + "." + std::to_string(++parent.children));
  *process->signals = *parent.signals;
  process->is_sandboxed = parent.is_sandboxed;
  Thread& born = add_thread(tgid, std::move(process));
  born.is_seized = true;
  release(born, 0);
}

/// A thread that no parent's event announced (CLONE_UNTRACED, or a tree that is traced by somebody
/// else): it is named by what /proc says of its parent. nullptr if it is gone.
Thread* Supervisor::find_or_adopt(pid_t tid) {
  if (Thread* known = find(tid)) return known;
  const auto tgid = static_cast<pid_t>(field_of_status(tid, "Tgid:"));
  if (tgid == 0) return nullptr;
  if (const auto process = processes_.find(tgid); process != processes_.end())
    return &add_thread(tid, process->second);
  start_guard();
  Fd pidfd = open_pidfd(tgid);
  if (!pidfd) return nullptr;  // killed meanwhile, and its parent knows
  auto parent = processes_.find(static_cast<pid_t>(field_of_status(tid, "PPid:")));
  if (parent == processes_.end()) parent = processes_.find(root_);
  if (parent == processes_.end()) return &add_thread(tid, add_process(tgid, "0.0", std::move(pidfd)));
  Process& of = *parent->second;
  return &add_thread(tid, add_process(tgid, of.path + "." + std::to_string(++of.children), std::move(pidfd)));
}

/// The parent's stop in fork, vfork or clone: its child is named now, before it has done anything.
void Supervisor::on_birth(Thread& parent, pid_t child) {
  if (find(child) != nullptr) return;
  start_guard();
  const std::string task = "/proc/" + std::to_string(parent.process->tgid) + "/task/" + std::to_string(child);
  const bool is_thread = access(task.c_str(), F_OK) == 0;
  user_regs_struct registers{};
  ptrace(PTRACE_GETREGS, parent.tid, nullptr, &registers);
  Thread* born = nullptr;
  if (is_thread) {
    born = &add_thread(child, parent.process);
    for (const auto& [tid, thread] : threads_)
      if (thread->process == parent.process) thread->slot->has_threads.store(1);
  } else {
    const std::string path = parent.process->path + "." + std::to_string(++parent.process->children);
    const bool is_on_our_memory = shares_memory(RemoteMemory{parent.tid}, registers);
    auto process = add_process(child, path);
    process->signals = std::make_shared<SignalTable>(*parent.process->signals);
    const std::shared_ptr<Scratch>& scratch = parent.process->scratch;
    process->scratch = is_on_our_memory ? scratch : std::make_shared<Scratch>(Scratch{scratch->address, {}});
    process->is_sandboxed = parent.process->is_sandboxed;
    born = &add_thread(child, std::move(process));
    if (is_on_our_memory) {
      parent.slot->vfork_slot.store(born->slot_index);
      parent.slot->vfork_tid.store(static_cast<std::uint32_t>(child));
      born->tls = parent.tls;
    }
  }
  born->is_seized = true;
  if (unborn_.erase(child) != 0) release(*born, 0);
}

void Supervisor::on_exec(pid_t tid) {
  unsigned long former = 0;
  ptrace(PTRACE_GETEVENTMSG, tid, nullptr, &former);
  if (static_cast<pid_t>(former) != tid && find(static_cast<pid_t>(former)) != nullptr) {
    // A thread that is not the leader takes the leader's number; everybody else is gone.
    std::unique_ptr<Thread> survivor = std::move(threads_[static_cast<pid_t>(former)]);
    threads_.erase(static_cast<pid_t>(former));
    remove_thread(tid);
    survivor->tid = tid;
    survivor->pidfd.reset();
    survivor->slot->tid.store(static_cast<std::uint32_t>(tid));
    threads_[tid] = std::move(survivor);
  }
  Thread* const found = find_or_adopt(tid);
  if (found == nullptr) return;
  Thread& thread = *found;
  std::vector<pid_t> others;
  for (const auto& [other, task] : threads_)
    if (task->process == thread.process && other != tid) others.push_back(other);
  for (const pid_t other : others) remove_thread(other);
  is_running_ = true;
  thread.process->executing = 0;
  thread.process->traces_itself = false;
  *thread.process->signals = {};
  thread.process->scratch = std::make_shared<Scratch>();
  thread.tls = 0;
  thread.slot->vfork_tid.store(0);
  thread.slot->has_threads.store(0);
  if (thread.step) finish_step(thread, 0);
  // With nothing to trap there is nothing for the shim to do either; in a sandbox it may be killed for it.
  const bool needs_shim = !plan_.trapped.empty() && !thread.process->is_sandboxed;
  switch (needs_shim ? preload(tid, request_.shim) : PreloadOutcome::kStatic) {
    case PreloadOutcome::kNotNative:
      remark("process " + thread.process->path + " runs 32-bit code: its calls are not seen");
      break;
    case PreloadOutcome::kUnreachable:
    case PreloadOutcome::kPreloaded:
    case PreloadOutcome::kStatic:
    case PreloadOutcome::kSecure: break;
  }
  release(thread, 0);
}

}  // namespace flinch
