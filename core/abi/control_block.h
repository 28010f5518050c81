// The memory that the supervisor and every shim share, and where it stands in each program.
//
// The program can scribble over the control block; nothing in it is trusted. The supervisor checks
// each number that it reads here, and keeps what it relies on to itself.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/abi/event.h"
#include "core/abi/plan_image.h"

namespace flinch {

// Fixed addresses: below every mmap_base that address-space randomisation can choose, and inside the
// application ranges of ASan, TSan and MSan (their shadow layouts of gcc 12 and clang 14).
inline constexpr std::uintptr_t kBaseAddress = 0x7ea000000000;
inline constexpr std::uintptr_t kGatewayAddress = kBaseAddress;            // one page: syscall; ret
inline constexpr std::uintptr_t kPrivateAddress = kBaseAddress + 0x10000;  // the shim's own state
inline constexpr std::size_t kPrivateSize = 0x10000;
// A page of the program's own that fork copies: its first word is not 0 once the program sandboxes itself
// (seccomp(2)). The supervisor writes it; the shim then makes the plain calls only.
inline constexpr std::uintptr_t kSandboxAddress = kBaseAddress + 0x20000;
inline constexpr std::uintptr_t kPlanAddress = kBaseAddress + 0x100000;  // read-only
inline constexpr std::uintptr_t kControlAddress = kBaseAddress + 0x1000000;

/// A call that Linux does not have (it answers ENOSYS) and that the filter always sends to tier 0.
inline constexpr int kHelloNumber = 0x1f11;  // beyond the kernel's table, below kNumberMax of nobody
enum class Hello : std::uint64_t {
  kMapPlan,     // -> a descriptor of the plan, to be mapped and closed
  kMapControl,  // -> a descriptor of the control block
  kWhoAmI,      // -> the calling thread's slot
  kFlush,       // drain the calling thread's ring; answers when it is empty
  kEvent,       // the event at this address belongs into the log
  kOweEdge,     // deliver the edge of epoll that a disturbed call on this descriptor consumes
};

inline constexpr std::uint32_t kSlotCount = 4096;
inline constexpr std::uint32_t kRingEvents = 64;
inline constexpr std::uint32_t kNoSlot = ~std::uint32_t{0};

inline constexpr std::size_t kEagainPlaces = 32;

/// What a thread has done so far, wherever it was seen. One writer at a time: the thread itself in
/// its shim, or the supervisor while the thread waits for it.
struct ThreadSlot {
  std::atomic<std::uint32_t> tid;         // 0: free
  std::atomic<std::uint32_t> generation;  // counts the slot's owners
  std::atomic<std::uint32_t> vfork_tid;   // a child that runs on this thread's memory; 0 without
  std::atomic<std::uint32_t> vfork_slot;
  std::uint64_t process;  // hash_of_path
  std::uint32_t ordinal;
  std::uint32_t tgid;
  RowSet active;                           // rows that need a decision or a line in the log here
  std::atomic<std::uint32_t> has_threads;  // the process was ever more than one thread
  std::atomic<std::uint32_t> in_ring;      // an event is being put into the ring
  std::atomic<std::uint64_t> seen_by_shim;
  std::uint32_t nth[kRowCount];     // calls of each row on IPC objects
  std::uint32_t matches[kRuleMax];  // calls that the rest of each rule matched
  std::uint32_t readiness_calls;    // poll, select and epoll calls so far
  struct Transfer {
    std::int32_t fd;
    std::uint32_t readiness_calls;         // when the descriptor was last read or accepted from, or written
    std::uint32_t eagain_in_a_row;         // without cause
  } last_transfer[2][kEagainPlaces];       // reads and writes, by descriptor modulo the places
  std::uint8_t eintr_in_a_row[kRowCount];  // how often in a row each call was interrupted
  std::int32_t escalated_row;              // decided by the shim, carried out by the supervisor; -1: none
  std::uint32_t escalated_nth;
  Mechanism escalated_mechanism;
  std::uint8_t escalated_keeps_ledger;
  Fault escalated;
  std::uint64_t escalated_key;
  std::atomic<std::uint32_t> injected[static_cast<std::size_t>(FaultKind::kCount)];  // by the shim
  std::atomic<std::uint32_t> ring_head;                                              // events written
  std::atomic<std::uint32_t> ring_tail;                                              // events drained
};

/// Where one byte stream's writes ended, so that a read is only cut where Linux could cut it. Keyed by
/// the object that is written to: a pipe, or a Unix socket (whose peer reads).
struct StreamRecord {
  static constexpr std::uint32_t kMarks = 32;
  std::atomic<std::uint64_t> key;        // device and inode; 0: free
  std::atomic<std::uint64_t> written;    // bytes, by all writers in the tree
  std::atomic<std::uint32_t> in_flight;  // writes that have begun and not ended
  std::atomic<std::uint32_t> flags;
  std::atomic<std::uint32_t> mark_count;
  std::atomic<std::uint32_t> peer;  // Unix sockets: the inode whose writes this one reads; 0: not known
  std::atomic<std::uint64_t> read;  // bytes, by all readers in the tree; only kept without a supervisor
  struct Mark {
    std::uint64_t end;  // position in the stream after the write
    std::uint32_t size;
    std::uint32_t tgid;
  } marks[kMarks];
};
inline constexpr std::uint32_t kStreamBlurred = 1;  // writes overlapped, or their sizes are not known
inline constexpr std::uint32_t kStreamPeeked = 2;   // a reader knows what is queued (MSG_PEEK, FIONREAD)
inline constexpr std::uint32_t kStreamSmall = 8;    // some write was small enough to be all or nothing
inline constexpr std::uint32_t kStreamCapacityKnown = 4;  // F_GETPIPE_SZ, SO_SNDBUF and their like

inline constexpr std::uint32_t kStreamInherited = 16;  // was there at the start of a tree without supervisor

inline constexpr std::uint32_t kStreamSlots = 4096;

inline constexpr unsigned kEdgeWatcherLast = 63;

inline constexpr std::uint64_t edge_watcher_bit(std::uint64_t epoll_fd) {
  return std::uint64_t{1} << (epoll_fd < kEdgeWatcherLast ? epoll_fd : kEdgeWatcherLast);
}

struct ControlBlock {
  std::uint32_t magic;
  std::uint32_t sees_wrappers_only;  // no supervisor: what did not go through a wrapper is not known
  /// Numbers of the epoll instances that anybody in the tree told to watch something with EPOLLET: bit n for
  /// number n, the last bit for all from there on. 0: nobody uses edges.
  std::atomic<std::uint64_t> edge_watchers;
  std::atomic<std::uint64_t> rule_injected[kRuleMax];
  ThreadSlot slots[kSlotCount];
  StreamRecord streams[kStreamSlots];
};

/// The rings follow the control block, one a slot, and are mapped only when calls are logged.
inline constexpr std::size_t kControlSize = (sizeof(ControlBlock) + 0xffff) & ~std::size_t{0xffff};
inline constexpr std::size_t kRingSize = kRingEvents * sizeof(Event);
inline constexpr std::size_t kRingsSize = kSlotCount * kRingSize;

static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

}  // namespace flinch
