// A machine of processes and threads that talk: what the kernel knows, as a value. No system call, clock or
// global; copy a world and both go on independently.
//
// A call ends at once, or its thread sleeps. What wakes a sleeper happens in another thread's call; who of
// several woken threads runs first is the scheduler's to choose, so it is the caller's: runnable() says
// who could, run() lets one. A thread that is neither answered nor runnable is blocked.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/mechanisms/calls.h"
#include "core/mechanisms/event_counter.h"
#include "core/mechanisms/futexes.h"
#include "core/mechanisms/ids.h"
#include "core/mechanisms/pipe.h"
#include "core/mechanisms/posix_queue.h"
#include "core/mechanisms/shared_memory.h"
#include "core/mechanisms/slots.h"
#include "core/mechanisms/system_v.h"
#include "core/mechanisms/unix_sockets.h"

namespace flinch::mechanisms {

/// What a machine's owner has set.
struct Limits {
  std::size_t pipe_size_max = 1048576;  // /proc/sys/fs/pipe-max-size
  bool is_privileged = true;            // CAP_SYS_RESOURCE
  bool ignores_file_modes = true;       // CAP_DAC_OVERRIDE
  int descriptors_max = 1024;           // RLIMIT_NOFILE, to begin with
  Pipe::WakesWriter pipe_wakes_writer = Pipe::WakesWriter::kForRoom;
  SystemVLimits system_v;
  QueueLimits queues;
  SocketLimits sockets;
};

class World {
 public:
  /// One process (0) with one thread (0) and no descriptor.
  explicit World(Limits limits);

  /// Lets an idle thread make a call. Its reply may come at once, after others' calls, or never.
  void make(ThreadId thread, const SystemCall& call);

  /// Threads that were woken and have not run since, in the order of their waking.
  [[nodiscard]] std::vector<ThreadId> runnable() const { return runnable_; }
  /// Precondition: `thread` is runnable. It ends its call or goes back to sleep.
  void run(ThreadId thread);

  /// Replies since this was last asked, in the order in which the calls ended.
  std::vector<std::pair<ThreadId, Reply>> take_replies() { return std::exchange(replies_, {}); }

  [[nodiscard]] std::vector<ThreadId> idle_threads() const;
  [[nodiscard]] bool is_asleep(ThreadId thread) const { return threads_.at(thread).sleep.has_value(); }
  [[nodiscard]] bool is_alive(ThreadId thread) const { return threads_.contains(thread); }
  /// Numbers of a thread's open descriptors, ascending.
  [[nodiscard]] std::vector<int> descriptors(ThreadId thread) const;
  /// What stands behind a descriptor; nothing where none is open.
  enum class Kind : std::uint8_t { kPipe, kQueue, kMemory, kSocket, kOther };
  [[nodiscard]] std::optional<Kind> kind(ThreadId thread, int fd) const;
  /// Numbers of the pages of a thread's memory that are mapped, ascending.
  [[nodiscard]] std::vector<std::int64_t> pages(ThreadId thread) const;
  [[nodiscard]] int thread_count() const { return static_cast<int>(threads_.size()); }
  [[nodiscard]] const Limits& limits() const { return limits_; }
  [[nodiscard]] const SystemV& system_v() const { return system_v_; }
  [[nodiscard]] const SystemVAttachments& attachments(ThreadId thread) const {
    return processes_.at(threads_.at(thread).process).attachments;
  }
  [[nodiscard]] ProcessId process_number(ThreadId thread) const { return threads_.at(thread).process; }

 private:
  friend struct Calls;

  /// An open file description (open(2)): what descriptors share after dup and fork.
  struct Description {
    ObjectId object;
    int flags;  // as F_GETFL gives them
    Ends ends;
    std::uint64_t writers_seen;  // of a FIFO without a writer when it was opened
    int references;              // descriptors, and calls that are under way on it
    std::size_t position = 0;    // of a file of memory
    bool can_be_direct = false;  // O_DIRECT: of memory, only what was opened by some name
  };
  struct Descriptor {
    DescriptionId description;  // kReserved while its open(2) waits
    bool closes_on_exec;
  };
  static constexpr DescriptionId kReserved = -1;

  /// A page of a process's memory, and the shared memory that lies there.
  struct Page {
    ObjectId object;
    std::size_t offset;  // bytes, of its start
    bool reads;          // as others' calls do; some processors can read whatever they can write
    bool writes;
    bool may_write;                 // if mprotect(2) is asked
    bool is_private = false;        // MAP_PRIVATE
    std::optional<Bytes> own = {};  // since it was written to, of a private one
  };
  struct Process {
    std::map<int, Descriptor> descriptors;
    SystemVAttachments attachments;
    std::map<std::int64_t, Page> pages = {};
    std::uint64_t queue_bytes_max = 0;  // RLIMIT_MSGQUEUE
    int descriptors_max = 0;            // RLIMIT_NOFILE
    bool uses_capabilities = true;      // capset(2)
  };

  using State = std::variant<Pipe, PosixQueue, SharedMemory, EventCounter, UnixSocketPlace>;
  struct Object {
    State state;
    int references;  // descriptions, openers that wait, names of queues and memory, and mapped pages
    int mode = 0;    // st_mode
    bool is_anonymous = false;  // pipe(2), not a FIFO
  };
  struct Fifo {
    int mode;
    std::optional<ObjectId> object;  // while somebody has it open
  };

  /// A place in a queue; poll(2) sleeps in several at once.
  struct Bed {
    ObjectId object;
    Queue queue;
    Wait wait;
    short events = 0;  // of poll(2): wakes about others only pass it over; 0 stands for any
  };
  struct Sleep {
    std::vector<Bed> beds;
  };
  /// What poll(2) and select(2) watch: whatever the numbers stood for when the call was made.
  struct Watch {
    std::vector<DescriptionId> held;
    std::vector<Bed> beds;
  };
  using Outcome = std::variant<Reply, Sleep>;
  /// Why a call is attempted.
  enum class Occasion : std::uint8_t {
    kMade,   // it has just been made
    kWoken,  // something has happened in a queue that its thread slept in
  };
  /// A call under way: it keeps what it has moved so far, and the descriptions that it works on.
  using Attempt = std::function<Outcome(World&, Occasion)>;
  struct Thread {
    ProcessId process;
    std::optional<Attempt> sleep;
    std::vector<int> signals;
  };
  struct Sleeper {
    ThreadId thread;
    Bed bed;
  };

  void begin(ThreadId thread, Attempt attempt);
  void settle(ThreadId thread, Outcome outcome);
  void spread_wakes(ObjectId object);
  void spread_socket_wakes();
  void wake_sleepers(ObjectId object, const Wake& wake);
  void finish(ThreadId thread, Reply reply);
  /// For a sleeper without a bed, whom its object knows: what it waited for was done by whoever wakes it.
  void answer(ThreadId sleeper, Reply reply);
  /// For a sleeper without a bed: it may look again.
  void rouse(ThreadId sleeper);
  /// Answers and rouses those whom something has happened to.
  void tell(SystemVSemaphores& set);
  void tell(SystemVQueue& queue);
  /// Ends the call of a sleeper who has all that he waited for.
  void end_sleep(ThreadId thread);
  void wake_futexes(const std::vector<Futexes::Woken>& woken);
  void map(const Page& page);
  void unmap(const Page& page);

  Process& process_of(ThreadId thread) { return processes_.at(threads_.at(thread).process); }
  /// The description behind a descriptor, or null (EBADF).
  Description* find(ThreadId thread, int fd);
  /// Precondition: find() finds it.
  DescriptionId number_of(ThreadId thread, int fd) {
    return process_of(thread).descriptors.at(fd).description;
  }
  [[nodiscard]] int free_descriptor(const Process& process, int from) const;
  /// Adds a descriptor for a description that is already counted; EMFILE is the caller's to check.
  void install(Process& process, int fd, DescriptionId description, bool closes_on_exec);
  void close(Process& process, int fd);
  void hold(DescriptionId description) { ++descriptions_.at(description).references; }
  void let_go(DescriptionId description);
  void drop_object(ObjectId object);
  /// What all queues together are charged with (RLIMIT_MSGQUEUE).
  [[nodiscard]] std::uint64_t queue_bytes() const;
  /// What poll(2) reports for a description, whether asked for or not.
  short events_of(DescriptionId number);
  /// FIONREAD; nothing if it cannot be asked for it.
  std::optional<std::size_t> bytes_queued(const Description& description) {
    const auto count = [](const auto& state) -> std::optional<std::size_t> {
      if constexpr (requires { state.bytes_queued(); }) return state.bytes_queued();
      return std::nullopt;
    };
    return std::visit(count, state_of(description));
  }
  /// Adds what a descriptor stands for, if anything, until it is let go of.
  void watch(ThreadId thread, int fd, short events, Watch& watch);
  void let_go(const Watch& watch) {
    for (const DescriptionId description : watch.held) let_go(description);
  }
  DescriptionId describe(ObjectId object, int flags, Ends ends);
  State& state_of(const Description& description) { return objects_.at(description.object).state; }
  /// Null if it is something else.
  Pipe* pipe_of(const Description& description) { return std::get_if<Pipe>(&state_of(description)); }
  void send_signal(ThreadId thread, int signal) { threads_.at(thread).signals.push_back(signal); }

  Limits limits_;
  Slots<Process> processes_;
  Slots<Thread> threads_;
  Slots<Description> descriptions_;
  Slots<Object> objects_;
  std::map<std::string, Fifo> fifos_;
  SystemV system_v_;
  std::map<std::string, ObjectId> queues_;    // of mq_open(3)
  std::map<std::string, ObjectId> memories_;  // of shm_open(3)
  Futexes futexes_;
  UnixSockets unix_sockets_;
  std::vector<Sleeper> sleepers_;  // shared ones first to be woken, then by arrival
  std::vector<ThreadId> runnable_;
  std::vector<std::pair<ThreadId, Reply>> replies_;
};

}  // namespace flinch::mechanisms
