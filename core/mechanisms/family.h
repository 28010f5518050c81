// What a parent may ask of a process (wait(2)), and when.
#pragma once

#include "core/mechanisms/ids.h"

namespace flinch::mechanisms {

/// What a parent learns of a child: si_code and si_status, and the same as wait4(2) puts it.
struct ChildNews {
  ProcessId process = -1;  // or there is nothing to learn yet
  int code = 0;
  int value = 0;
  int status = 0;
};

struct Family {
  ThreadId first_thread = 0;         // what the process is called
  ProcessId parent = -1;             // or the driver
  bool is_ending = false;            // SIGNAL_GROUP_EXIT
  bool has_closed_all = false;       // and is about to tell its parent
  bool is_dead = false;              // and not waited for
  int status = 0;                    // of its end, or of its stop until that was waited for
  bool is_stopped = false;           // all of it
  bool has_continued = false;        // and was not waited for since
  bool will_tell_continued = false;  // its parent, as soon as it runs
};

}  // namespace flinch::mechanisms
