// The running kernel as a script sees it: real processes make the calls, and whoever sleeps in one is seen
// to sleep, never guessed from time that has passed.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "conformance/kernel/actor.h"
#include "conformance/kernel/keeper.h"
#include "conformance/kernel/process_state.h"
#include "conformance/kernel/system_v_names.h"
#include "core/common/fd.h"
#include "core/mechanisms/calls.h"
#include "core/mechanisms/world.h"

namespace flinch::conformance {

using mechanisms::Reply;
using mechanisms::SystemCall;
using mechanisms::ThreadId;

inline constexpr int kDescriptors = 14;  // of each process: few, so that EMFILE comes up

/// Where the actors' memory is, and the folder that they work in. Made once; worlds follow one another in it.
class Stage {
 public:
  /// Ends the program if the machine has no memory or no folder for it.
  Stage();
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  [[nodiscard]] Slot* slots() const { return slots_; }
  [[nodiscard]] Keeper& keeper() { return keeper_; }
  [[nodiscard]] const std::string& folder() const { return folder_; }
  /// What this machine allows us; a world with them can be held against it.
  [[nodiscard]] const mechanisms::Limits& limits() const { return limits_; }

 private:
  Keeper keeper_;
  Slot* slots_;
  std::string folder_;
  mechanisms::Limits limits_;
};

/// One world of real processes: begins with one of one thread without descriptors, as mechanisms::World does,
/// and all of it ends with this.
class Kernel {
 public:
  explicit Kernel(Stage& stage);
  ~Kernel();
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  /// What the threads of a world are found to do once nothing moves any more.
  struct Settled {
    std::map<ThreadId, Reply> replies;  // calls that have ended
    std::vector<ThreadId> asleep;       // threads that wait in theirs
    std::vector<ThreadId> stopped;      // by a signal, in a call or between two
    std::vector<ThreadId> alive;
    std::map<ThreadId, std::vector<mechanisms::SignalInfo>> handled;  // by handlers that have run
    bool is_stuck = false;  // something still moved when the time for it was over
  };

  /// Makes a call in an idle thread and waits until every thread has either ended its call or sleeps in it.
  Settled make(ThreadId thread, const SystemCall& call);

 private:
  struct Actor {
    pid_t pid;
    ProcessState state;
    bool is_busy = false;
    SystemCall call = {};
  };
  enum class State { kDone, kAsleep, kStopped, kGone, kMoving };

  void adopt(ThreadId thread);
  [[nodiscard]] State look(ThreadId thread) const;
  /// One look at everybody; someone who still moves, or null.
  const Slot* look_around(std::map<ThreadId, State>& seen) const;
  /// False if that takes too long.
  bool settle(std::map<ThreadId, State>& seen) const;
  Reply collect(ThreadId thread);
  void collect_handled(ThreadId thread, Settled& settled);
  void bury(ThreadId thread);

  Stage& stage_;
  std::map<ThreadId, Actor> actors_;
  ThreadId next_slot_ = 1;
  bool has_signals_ = false;  // then whoever is between two calls may have something to do as well
  std::vector<pid_t> gone_;
  pid_t group_;  // of all actors
  SystemVNames names_;
};

}  // namespace flinch::conformance
