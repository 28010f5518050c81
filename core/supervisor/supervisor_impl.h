// The supervisor's state and the parts of its work; one file each implements them.
#pragma once

#include <linux/seccomp.h>

#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <unordered_map>

#include "core/supervisor/guard.h"
#include "core/supervisor/launch.h"
#include "core/supervisor/remote.h"
#include "core/supervisor/shared_memory.h"
#include "core/supervisor/supervisor.h"
#include "core/supervisor/task.h"

namespace flinch {

class Supervisor {
 public:
  Supervisor(const RunRequest& request, std::unique_ptr<SharedMemory> memory);
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  ~Supervisor();

  Result<RunOutcome> run();

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr int kAdoptAfterMs = 100;
  static constexpr std::chrono::milliseconds kGuardAfter{20};

  // supervisor.cpp: the loop
  Result<void> start();
  void loop();
  void watch(const Fd& fd, pid_t tgid);
  void wait_for_something();
  void start_guard();
  void reap();
  void take_notifications();
  void run_timers();
  void kill_everybody();
  void forward(int signal);
  void remark(const std::string& text);
  [[nodiscard]] int poll_timeout_ms() const;

  // tree.cpp: who is who
  Thread& add_thread(pid_t tid, std::shared_ptr<Process> process);
  std::shared_ptr<Process> add_process(pid_t tgid, std::string path);
  std::shared_ptr<Process> add_process(pid_t tgid, std::string path, Fd pidfd);
  void remove_thread(pid_t tid);
  void remove_process(pid_t tgid);
  void take_slot(Thread& thread);
  void free_slot(Thread& thread);
  Thread* find(pid_t tid);
  Thread* find_or_adopt(pid_t tid);
  void on_birth(Thread& parent, pid_t child);
  void on_exec(pid_t tid);
  void on_unknown_stop(pid_t tid);
  void adopt_unborn(Process& parent);
  void adopt_overdue();
  void bear(pid_t tgid, Process& parent);

  // stops.cpp: ptrace
  bool seize(Thread& thread);
  void release(Thread& thread, int signal);
  static bool stays_attached(const Thread& thread);
  void on_status(pid_t pid, int status);
  void on_stop(pid_t pid, int status);
  void on_event(Thread& thread, int event, int signal);
  void on_signal_stop(Thread& thread, int signal);

  // interruptions.cpp: signals that came while a call waited for us
  bool mend_interruption(Thread& thread, int signal);
  bool is_interrupted_by_us(Thread& thread, const user_regs_struct& registers);
  bool answers_at_once(Thread& thread, const Call& call);

  // resumes.cpp: transfers that an ignored signal must not cut
  bool ignores(Thread& thread, int signal);
  bool throws_away(Thread& thread, int signal);
  void spare_restart_call(Thread& thread, int signal);
  bool resume_transfer(Thread& thread, const user_regs_struct& stopped);
  void resume_stopped(Thread& thread);
  void leave_resume(Thread& thread);

  // notifications.cpp: seccomp
  void on_notification(const seccomp_notif& notification);
  bool stand_back(Thread& thread, const seccomp_notif& notification);
  void on_hello(Thread& thread, const seccomp_notif& notification);
  void on_call(Thread& thread, const seccomp_notif& notification, Row row);
  void on_death_signal(Thread& thread, const seccomp_notif& notification);
  void on_sandbox(Thread& thread, const seccomp_notif& notification);
  void track(Thread& thread, Row row, const seccomp_notif& notification);
  bool answer(std::uint64_t id, std::int64_t value, int error);
  void go_on(Thread& thread, const seccomp_notif& notification);
  void let_go(const seccomp_notif& notification);
  void carry_out(Thread& thread, const seccomp_notif& notification, Decision decision, Row row,
                 RemoteWorld& world);
  RemoteWorld world_of(Thread& thread);
  int pidfd_of(Thread& thread);

  // restarts.cpp: calls that the kernel makes again
  bool is_made_again(Thread& thread, const seccomp_notif& notification);

  // direct.cpp: calls that the supervisor makes itself
  bool do_directly(Thread& thread, const seccomp_notif& notification, const Decision& decision,
                   const Call& call, RemoteWorld& world);

  // steps.cpp: calls that are made under our eyes
  void begin_step(Thread& thread, const seccomp_notif& notification, const Decision& decision, Row row,
                  const Step* before = nullptr);
  void step_stopped(Thread& thread);
  void step_entered(Thread& thread);
  void step_left(Thread& thread);
  void step_cut(Thread& thread);
  void retry_cut(Thread& thread);
  void step_signalled(Thread& thread, int signal);
  void finish_step(Thread& thread, std::int64_t result);
  bool trim(Thread& thread, Step& step, user_regs_struct& registers);
  void put_off(Thread& thread, int signal);
  static std::shared_ptr<const std::uint64_t> lend_scratch(Thread& thread, const user_regs_struct& original);
  void copy_back(Thread& thread, const Step& step);

  // events.cpp: the log
  Event begin_event(Thread& thread, const Call& call, const Decision& decision);
  void log_unfinished();
  void end_event(Thread& thread, Event& event, std::optional<std::int64_t> result);
  struct Drained {
    Thread* thread;
    Event event;
  };
  void collect(Thread& thread, std::vector<Drained>& events);
  void drain(Thread& thread);
  void add_event(Thread& thread, std::uint64_t address);
  void add_shim_event(Thread& thread, Event& event);
  void drain_everybody();
  void count_fault(const Fault& fault);

  const RunRequest& request_;
  const PlanImage& plan_;
  std::unique_ptr<SharedMemory> memory_;
  std::optional<Guard> guard_;
  Clock::time_point guard_at_;     // when it starts at the latest
  bool has_death_signal_ = false;  // the program asked for one of its own
  Fd listener_;
  Fd signals_;
  Fd epoll_;
  OuterSignals outer_;
  int was_subreaper_ = 0;
  pid_t root_ = 0;
  std::shared_ptr<const volatile int> exec_error_;
  bool is_running_ = false;  // the program's first exec has happened
  bool is_timed_out_ = false;
  std::optional<Clock::time_point> deadline_;
  std::unordered_map<pid_t, std::unique_ptr<Thread>> threads_;
  std::unordered_map<pid_t, std::shared_ptr<Process>> processes_;
  /// A child whose first stop was seen, and its parent's event not yet.
  struct Unborn {
    pid_t parent;  // its process
    Clock::time_point since;
  };
  std::unordered_map<pid_t, Unborn> unborn_;
  std::uint32_t slots_taken_ = 0;          // ever: those behind have never been used
  std::vector<std::uint32_t> free_slots_;  // among the former
  struct Timer {
    pid_t tid;
    std::uint64_t notification;  // 0: look at a write that is to be cut
    seccomp_notif delayed;
    Decision decision;
    Row row;  // kCount: nothing has been decided yet
  };
  std::multimap<Clock::time_point, Timer> timers_;
  RunOutcome outcome_;
  std::set<std::string> remarks_;
};

}  // namespace flinch
