// One departure from the undisturbed run, as both tiers and the log see it.
#pragma once

#include <cstdint>

namespace flinch {

enum class FaultKind : std::uint8_t {
  kNone,
  kShort,   // fewer bytes than there was room for
  kEintr,   // a signal whose handler runs, or a stop, while the call is about to block
  kEagain,  // not ready, though it would have been
  kFull,    // the buffer behind the object at its legal minimum
  kSignal,  // a stray signal before the call
  kDelay,   // time passes before the call
  kCount,
};

constexpr const char* name_of(FaultKind kind) {
  constexpr const char* kNames[] = {"none", "short", "eintr", "eagain", "full", "signal", "delay"};
  static_assert(sizeof kNames / sizeof *kNames == static_cast<std::size_t>(FaultKind::kCount));
  return kNames[static_cast<std::size_t>(kind)];
}

/// How a fault is brought about. The injector chooses; shim and supervisor each do it their own way.
enum class Carrier : std::uint8_t {
  kNone,
  kTrim,       // hand the kernel a count of `amount` bytes
  kCut,        // let the blocking call run until it would sleep, then interrupt it as a stop does
  kInterrupt,  // make `signal` pending so that the kernel finds it when the call would sleep; no
               // signal (0) means a stop and continue, for calls that answer EINTR to that
  kRefuse,     // answer EAGAIN without asking the kernel; an edge that was consumed is owed
  kShrink,     // set the object's buffer to `amount` bytes
  kSend,       // send `signal` to the thread, then make the call
  kWait,       // let `amount` nanoseconds pass, then make the call
};

struct Fault {
  FaultKind kind = FaultKind::kNone;
  Carrier carrier = Carrier::kNone;
  std::uint8_t signal = 0;
  std::uint8_t rule = 0;     // index in the plan
  std::uint64_t amount = 0;  // bytes or nanoseconds, as `carrier` says

  constexpr explicit operator bool() const { return kind != FaultKind::kNone; }
};

}  // namespace flinch
