// A plan as both tiers read it: compiled, fixed in size, in memory that the program cannot write.
#pragma once

#include <cstdint>

#include "core/abi/fault.h"
#include "core/abi/syscall_table.h"

namespace flinch {

inline constexpr std::uint32_t kPlanMagic = 0x666c6e31;
inline constexpr std::size_t kRuleMax = 128;

/// A process' path (`0.1.2`) as a number. FNV-1a, so that the shim needs no strings.
constexpr std::uint64_t hash_of_path(const char* path) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (; *path != '\0'; ++path) hash = (hash ^ static_cast<unsigned char>(*path)) * 0x100000001b3ULL;
  return hash;
}

inline constexpr std::uint64_t kAnyProcess = 0;
inline constexpr std::int32_t kAnyThread = -1;
inline constexpr std::int32_t kAnyFd = -1;

/// One rule of the plan, policy or explicit fault.
struct CompiledRule {
  FaultKind kind;
  std::uint8_t is_explicit;  // by address: `first` is the thread's nth call of that name, not a match count
  std::uint8_t is_hostile;   // legality is not asked
  std::uint8_t signal;       // of eintr and signal; 0 lets the injector choose
  std::int32_t thread;       // kAnyThread or an ordinal
  std::int32_t fd;           // kAnyFd or a descriptor
  std::uint32_t mechanisms;  // bits; all ones without `on=`
  RowSet calls;
  std::uint64_t process;  // hash_of_path, or kAnyProcess
  std::uint64_t first;    // from 1
  std::uint64_t last;     // inclusive; ~0 for ever
  std::uint64_t step;     // at least 1
  std::uint32_t rate_numerator;
  std::uint32_t rate_denominator;  // 1/1 without `rate=`
  std::uint64_t limit;             // of this rule's faults in the whole run; ~0 without
  std::uint64_t amount;            // bytes of short, nanoseconds of delay
};

struct PlanImage {
  std::uint32_t magic;
  std::uint32_t rule_count;
  std::uint64_t seed;
  std::uint8_t logs_calls;      // every call is to be logged
  std::uint8_t tracks_streams;  // some rule may make reads short: writes keep the stream ledger
  std::uint8_t reserved[6];
  RowSet ruled;     // rows that some rule names
  RowSet observed;  // rows that legality has to watch (MSG_PEEK, FIONREAD, epoll_ctl …)
  RowSet trapped;   // rows that the filter sends to tier 0
  CompiledRule rules[kRuleMax];
};

}  // namespace flinch
