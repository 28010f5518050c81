// One call that ended, as it travels from a tier to the log.
#pragma once

#include <cstdint>

#include "core/abi/fault.h"
#include "core/abi/mechanism.h"

namespace flinch {

enum class Tier : std::uint8_t { kNotify, kShim, kSite };

constexpr const char* name_of(Tier tier) {
  constexpr const char* kNames[] = {"notify", "shim", "site"};
  return kNames[static_cast<std::size_t>(tier)];
}

inline constexpr std::size_t kEventCaptureMax = 144;

/// What `Event::capture` holds: consecutive captures, each `CaptureHead` and then `length` bytes.
/// One capture belongs to one argument: the bytes of a buffer (or of the buffers of an iovec, joined),
/// a path without its NUL, a socket address, an int[2], an array of pollfd, a timespec …, as the row's
/// `Arg` says. `full_length` tells how long the original was.
struct CaptureHead {
  std::uint8_t argument;  // 0..5
  std::uint8_t length;    // bytes that follow
  std::uint16_t reserved;
  std::uint32_t full_length;
};

/// Fixed size, so that a thread's ring of them needs no bookkeeping; the whole is plain data.
struct Event {
  std::uint64_t t_ns;  // CLOCK_MONOTONIC at the call's end
  std::int64_t ret;    // the kernel's answer: -errno for an error
  std::uint64_t args[6];
  std::uint64_t fault_amount;
  std::uint32_t nth;  // 0 for a call on no IPC object
  std::uint16_t row;  // flinch::Row
  Mechanism mechanism;
  Tier tier;
  FaultKind fault_kind;
  Carrier fault_carrier;
  std::uint8_t fault_signal;
  std::uint8_t fault_rule;
  std::uint8_t ret_known;       // 0: the thread ended inside the call (exit, kill)
  std::uint8_t capture_length;  // bytes used of `capture`
  std::uint8_t reserved[2];
  std::uint32_t thread_ordinal;  // filled in by the supervisor
  char capture[kEventCaptureMax];
};
static_assert(sizeof(Event) == 240);

}  // namespace flinch
