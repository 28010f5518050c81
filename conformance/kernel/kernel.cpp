#include "conformance/kernel/kernel.h"

#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "conformance/calls/calls.h"
#include "conformance/calls/memory.h"
#include "conformance/calls/posix_queue.h"
#include "conformance/kernel/socket_limits.h"
#include "conformance/kernel/system_v_limits.h"

namespace flinch::conformance {
namespace {

constexpr auto kPatience = std::chrono::seconds{10};  // for a machine that is busy with something else

/// As World begins: no descriptor, a folder of its own, and dead once the driver is.
[[noreturn]] void begin_acting(const Stage& stage) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (chdir(stage.folder().c_str()) != 0) _exit(126);
  umask(0);
  close_range(0, ~0U, 0);
  const auto max = static_cast<rlim_t>(stage.limits().descriptors_max);
  const rlimit limit{max, max};
  setrlimit(RLIMIT_NOFILE, &limit);
  act(stage.slots(), 0);
}

/// Sleeps until the call ends, or for long enough to look again: whoever sleeps runs soon once woken, even
/// on a busy machine, which a loop of yielding does not.
void wait_a_moment(const Slot& slot) {
  const timespec moment{0, 100'000};
  const std::uint32_t answered = slot.asked.load() - 1;
  syscall(SYS_futex, &slot.answered, FUTEX_WAIT, answered, &moment, nullptr, 0);
}

mechanisms::QueueLimits queue_limits_here() {
  mechanisms::QueueLimits limits;
  const auto read = [](const char* name, std::int64_t& value) {
    std::ifstream{std::string{"/proc/sys/fs/mqueue/"} + name} >> value;
  };
  read("msg_default", limits.defaults.messages_max);
  read("msgsize_default", limits.defaults.size_max);
  read("msg_max", limits.ceiling.messages_max);
  read("msgsize_max", limits.ceiling.size_max);
  rlimit bytes{};
  if (getrlimit(RLIMIT_MSGQUEUE, &bytes) == 0) limits.bytes_max = bytes.rlim_cur;
  return limits;
}

/// Whoever waits for a disk or a lock inside the kernel (state D) is not what a script calls asleep.
bool is_interruptible(const Fd& stat_file) {
  char text[256];
  const ssize_t size = pread(stat_file.get(), text, sizeof text, 0);
  const std::string_view line{text, static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
  const std::size_t name_end = line.rfind(')');
  return name_end != std::string_view::npos && line.substr(name_end, 3) == ") S";
}

/// By trying: what a capability is worth depends on the user namespace as well.
mechanisms::Limits limits_here() {
  mechanisms::Limits limits;
  limits.descriptors_max = kDescriptors;
  limits.system_v = system_v_limits();
  std::ifstream{"/proc/sys/fs/pipe-max-size"} >> limits.pipe_size_max;
  limits.queues = queue_limits_here();
  limits.sockets = socket_limits();
  utsname kernel{};
  int major = 0;
  int minor = 0;
  if (uname(&kernel) == 0 && sscanf(kernel.release, "%d.%d", &major, &minor) == 2 &&
      std::pair{major, minor} < std::pair{6, 14})
    limits.pipe_wakes_writer = mechanisms::Pipe::WakesWriter::kForAnyRead;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) std::abort();
  const Fd reader{ends[0]};
  const Fd writer{ends[1]};
  limits.is_privileged = fcntl(ends[0], F_SETPIPE_SZ, 2 * limits.pipe_size_max) > 0;
  const Fd closed{memfd_create("flinch", MFD_CLOEXEC)};
  fchmod(closed.get(), 0);
  const std::string path = "/proc/self/fd/" + std::to_string(closed.get());
  limits.ignores_file_modes = Fd{open(path.c_str(), O_RDONLY | O_CLOEXEC)}.get() >= 0;
  return limits;
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
  stage.slots()[0].pid = pid;
  adopt(0);
}

Kernel::~Kernel() {
  for (const auto& [thread, actor] : actors_) kill(actor.pid, SIGKILL);
  for (const auto& [thread, actor] : actors_) gone_.push_back(actor.pid);
  // A child is ours to reap only once its parent is gone, so the order is that of birth.
  for (const pid_t pid : gone_)
    while (waitpid(pid, nullptr, __WALL) < 0 && errno == ECHILD && kill(pid, 0) == 0) sched_yield();
  remove_queues();
  remove_memories();
  for (const auto& entry : std::filesystem::directory_iterator(stage_.folder()))
    std::filesystem::remove(entry.path());
}

void Kernel::adopt(ThreadId thread) {
  const pid_t pid = stage_.slots()[thread].pid;
  names_.add_process(pid);
  const std::string folder = "/proc/" + std::to_string(pid);
  const auto opened = [&](const char* name) {
    return Fd{open((folder + name).c_str(), O_RDONLY | O_CLOEXEC)};
  };
  actors_[thread] = {pid, opened("/syscall"), opened("/stat"), false, {}};
}

Kernel::State Kernel::look(ThreadId thread) {
  Slot& slot = stage_.slots()[thread];
  if (slot.answered.load() == slot.asked.load()) return State::kDone;
  char text[128];
  const ssize_t size = pread(actors_.at(thread).syscall_file.get(), text, sizeof text - 1, 0);
  if (size <= 0) return State::kMoving;
  text[size] = 0;
  if (strncmp(text, "running", 7) == 0) return State::kMoving;
  const long number = std::strtol(text, nullptr, 10);
  // A zombie is in no call any more, and has closed everything.
  if (slot.kind == Slot::Kind::kExit) return number == -1 ? State::kDone : State::kMoving;
  const bool sleeps = slot.kind != Slot::Kind::kFork && number == slot.number && !slot.has_expired;
  return sleeps && is_interruptible(actors_.at(thread).stat_file) ? State::kAsleep : State::kMoving;
}

Kernel::Settled Kernel::make(ThreadId thread, const SystemCall& call) {
  Slot& slot = stage_.slots()[thread];
  Actor& actor = actors_.at(thread);
  actor.call = call;
  actor.is_busy = true;
  encode_call(call, slot);
  if (slot.kind == Slot::Kind::kFork) {
    slot.child_slot = next_slot_++;
  }
  ++slot.asked;
  syscall(SYS_futex, &slot.asked, FUTEX_WAKE, 1, nullptr, nullptr, 0);
  wait_a_moment(slot);
  Settled settled;
  const auto end = std::chrono::steady_clock::now() + kPatience;
  // Nothing moves any more when one look at everybody finds all of them done or asleep: whoever could wake
  // another would have to be seen moving.
  for (const Slot* moving = &slot; moving != nullptr;) {
    moving = nullptr;
    settled.asleep.clear();
    for (const auto& [other, state] : actors_) {
      if (!state.is_busy) continue;
      const State seen = look(other);
      if (seen == State::kMoving) moving = &stage_.slots()[other];
      if (seen == State::kAsleep) settled.asleep.push_back(other);
    }
    if (moving == nullptr) break;
    if (std::chrono::steady_clock::now() > end) {
      settled.is_stuck = true;
      return settled;
    }
    wait_a_moment(*moving);
  }
  std::vector<ThreadId> ended;
  for (const auto& [other, state] : actors_)
    if (state.is_busy &&
        std::find(settled.asleep.begin(), settled.asleep.end(), other) == settled.asleep.end())
      ended.push_back(other);
  for (const ThreadId other : ended) {
    const bool exits = stage_.slots()[other].kind == Slot::Kind::kExit;
    Reply reply = collect(other);
    if (!exits) settled.replies[other] = std::move(reply);  // there is nobody to be told
  }
  return settled;
}

Reply Kernel::collect(ThreadId thread) {
  Slot& slot = stage_.slots()[thread];
  Actor& actor = actors_.at(thread);
  actor.is_busy = false;
  if (slot.kind == Slot::Kind::kExit) {
    waitpid(actor.pid, nullptr, __WALL);  // only the driver's own child; the others are its later
    gone_.push_back(actor.pid);
    actors_.erase(thread);
    return mechanisms::done(0);
  }
  Reply reply = decode_reply(actor.call, slot);
  if (slot.kind == Slot::Kind::kFork && reply.error == 0) {
    adopt(slot.child_slot);
    reply.value = slot.child_slot;
  }
  const std::uint32_t count = slot.signal_count.exchange(0);
  reply.signals.assign(slot.signals, slot.signals + count);
  return reply;
}

}  // namespace flinch::conformance
