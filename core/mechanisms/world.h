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
#include "core/mechanisms/epoll.h"
#include "core/mechanisms/event_counter.h"
#include "core/mechanisms/family.h"
#include "core/mechanisms/futexes.h"
#include "core/mechanisms/ids.h"
#include "core/mechanisms/pipe.h"
#include "core/mechanisms/posix_queue.h"
#include "core/mechanisms/shared_memory.h"
#include "core/mechanisms/signals.h"
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
  Epoll::Checks epoll_checks = Epoll::Checks::kDescriptorFirst;
  Epoll::Levels epoll_levels = Epoll::Levels::kAll;
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

  /// Threads that were woken and have not run since, in the order of their waking. If it makes no difference
  /// which of them runs first, only one.
  [[nodiscard]] std::vector<ThreadId> runnable() const;
  /// Precondition: `thread` is runnable. It ends its call, goes back to sleep, or handles its signals.
  void run(ThreadId thread);

  /// Replies since this was last asked, in the order in which the calls ended.
  std::vector<std::pair<ThreadId, Reply>> take_replies() { return std::exchange(replies_, {}); }

  /// Signals whose handlers have run since this was last asked, in their order. A handler does nothing.
  std::vector<std::pair<ThreadId, SignalInfo>> take_handled() { return std::exchange(handled_, {}); }

  [[nodiscard]] std::vector<ThreadId> idle_threads() const;
  [[nodiscard]] bool is_asleep(ThreadId thread) const { return threads_.at(thread).sleep.has_value(); }
  /// By a signal, whether in a call or not.
  [[nodiscard]] bool is_stopped(ThreadId thread) const { return threads_.at(thread).is_stopped; }
  [[nodiscard]] bool is_alive(ThreadId thread) const { return threads_.contains(thread); }
  /// Numbers of a thread's open descriptors, ascending.
  [[nodiscard]] std::vector<int> descriptors(ThreadId thread) const;
  /// What stands behind a descriptor; nothing where none is open.
  enum class Kind : std::uint8_t { kPipe, kQueue, kMemory, kSocket, kEpoll, kOther };
  [[nodiscard]] std::optional<Kind> kind(ThreadId thread, int fd) const;
  /// Null if it is no Unix socket.
  [[nodiscard]] const UnixSocket* socket(ThreadId thread, int fd) const;
  /// Numbers of the pages of a thread's memory that are mapped, ascending.
  [[nodiscard]] std::vector<std::int64_t> pages(ThreadId thread) const;
  [[nodiscard]] int thread_count() const { return static_cast<int>(threads_.size()); }
  [[nodiscard]] const Limits& limits() const { return limits_; }
  [[nodiscard]] const SystemV& system_v() const { return system_v_; }
  [[nodiscard]] const SystemVAttachments& attachments(ThreadId thread) const {
    return processes_.at(threads_.at(thread).process).attachments;
  }
  [[nodiscard]] ProcessId process_number(ThreadId thread) const { return threads_.at(thread).process; }
  [[nodiscard]] const ProcessSignals& signals(ThreadId thread) const {
    return processes_.at(threads_.at(thread).process).signals;
  }
  /// Of a thread's process, by the numbers of their first threads: the dead ones too until somebody has waited.
  [[nodiscard]] std::vector<ThreadId> children(ThreadId thread) const;
  [[nodiscard]] const ThreadSignals& own_signals(ThreadId thread) const {
    return threads_.at(thread).signals;
  }

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
    ProcessSignals signals = {};
    Family family = {};
    int descriptors_max = 0;        // RLIMIT_NOFILE
    bool uses_capabilities = true;  // capset(2)
  };

  using State = std::variant<Pipe, PosixQueue, SharedMemory, EventCounter, Epoll, UnixSocketPlace>;
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
  /// A call that a signal has ended before it had done anything, and what happens once that is handled.
  enum class Restart : std::uint8_t {
    kWithFlag,        // ERESTARTSYS: EINTR, unless the handler was installed with SA_RESTART
    kWithoutHandler,  // ERESTARTNOHAND, ERESTART_RESTARTBLOCK: EINTR if there was a handler
    kAlways,          // it is settled that the call is made again
  };
  using Outcome = std::variant<Reply, Sleep, Restart>;
  /// Why a call is attempted.
  enum class Occasion : std::uint8_t {
    kMade,   // it has just been made
    kWoken,  // something has happened in a queue that its thread slept in
  };
  /// A call under way: it keeps what it has moved so far, and the descriptions that it works on.
  using Attempt = std::function<Outcome(World&, Occasion)>;
  struct Thread {
    ProcessId process;
    std::optional<Attempt> sleep = {};
    std::optional<SystemCall> call = {};  // under way
    /// How its call has ended, until it is back in its program: signals come first.
    std::variant<std::monostate, Reply, Restart> ending = {};
    ThreadSignals signals = {};
    bool is_stopped = false;
    bool awaits_children = false;  // wait(2)
  };
  /// What an instance of epoll watches.
  struct EpollWatch {
    ObjectId epoll;
    Epoll::Key key;
    friend bool operator==(const EpollWatch&, const EpollWatch&) = default;
  };
  /// A thread, or a watch that never sleeps: both stand in the same queues.
  struct Sleeper {
    ThreadId thread;
    Bed bed;
    std::optional<EpollWatch> watch = std::nullopt;
  };

  void start(ThreadId thread);
  void settle(ThreadId thread, Outcome outcome);
  void spread_wakes(ObjectId object);
  void spread_socket_wakes();
  void wake_sleepers(ObjectId object, const Wake& wake);
  void wake_thread(ThreadId thread);
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

  // epoll_watching.cpp
  Epoll& epoll_at(ObjectId number) { return std::get<Epoll>(objects_.at(number).state); }
  /// Puts a watch into the queues of its object, or takes it away from everywhere.
  void begin_watch(const EpollWatch& watch, std::uint32_t events);
  void end_watch(const EpollWatch& watch);
  /// Nothing stands behind the descriptor any more, or nobody looks at the instance.
  void end_watches_of(DescriptionId number);
  void end_watches_by(ObjectId epoll);
  bool tell(const EpollWatch& watch, std::uint32_t events);
  void tell_of_listed(ObjectId epoll);
  /// Lists what is watched if it is ready.
  void list_if_ready(const EpollWatch& watch);
  /// What is ready of what an item is watched for.
  std::uint32_t events_of(ObjectId epoll, Epoll::Key key);
  /// poll(2) of an instance.
  short epoll_events(ObjectId number);
  /// Events and data of up to `max` items that are ready.
  std::vector<Epoll::Item> harvest(ObjectId number, std::size_t max);
  /// `rest` has not been looked at.
  void end_look(ObjectId number, const std::deque<Epoll::Key>& rest);
  /// ELOOP: a loop, or more levels than there may be, if one instance were to watch another.
  bool nests_too_deep(ObjectId epoll, ObjectId watched);
  int levels_below(ObjectId epoll, ObjectId top);
  int levels_above(ObjectId epoll);

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

  // signal_sending.cpp
  /// To the thread alone, as the kernel does for what it does wrong.
  void send_signal(ThreadId thread, int signal);
  enum class Scope : std::uint8_t { kThread, kProcess };
  /// EAGAIN if it would have to be queued and may not.
  int send(ThreadId target, const SignalInfo& info, Scope scope);
  void go_on(ProcessId process);
  void choose_taker(ThreadId target, int signal, Scope scope);
  void end_all_threads(ProcessId process, int status);
  void tell_of_signal(ThreadId thread);
  [[nodiscard]] std::vector<ThreadId> threads_of(ProcessId process) const;
  /// TIF_SIGPENDING: a call that would sleep has to end.
  [[nodiscard]] bool is_interrupted(ThreadId thread) const { return threads_.at(thread).signals.is_told; }
  void look_for_signals(ThreadId thread);
  void block(ThreadId thread, SignalSet set);
  // signal_delivery.cpp
  void return_to_program(ThreadId thread);
  enum class Delivery : std::uint8_t { kNone, kTaken, kGone, kStopped, kLater };
  Delivery take_signal(ThreadId thread);
  Delivery go_away(ThreadId thread);
  void call_handler(ThreadId thread, const SignalInfo& info);
  void run_handler(ThreadId thread);
  std::optional<SignalInfo> dequeue_signal(ThreadId thread, SignalSet blocked);
  void stop(ThreadId thread, int signal);
  void tell_parent_of_stop(ProcessId process, int code);
  // processes.cpp
  void give_up_all(ThreadId thread);
  void end_process(ThreadId thread);
  void bury(ProcessId process);
  // waiting_for_children.cpp
  void wake_waiting_parent(ProcessId parent);

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
  std::vector<std::pair<ThreadId, SignalInfo>> handled_;
  ThreadId current_ = -1;  // whoever runs
};

}  // namespace flinch::mechanisms
