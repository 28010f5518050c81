// What an injector is. injectors/ define them; this directory only declares what decides on a fault,
// so that the shim (freestanding) and the supervisor ask the same code.
//
// An injector is pure: it sees a call and the state of its object, and answers whether Linux could
// disturb this very call, and how. It calls nothing, keeps nothing.
#pragma once

#include <cstdint>
#include <span>

#include "core/abi/fault.h"
#include "core/abi/plan_image.h"

namespace flinch {

enum class FaultClass : std::uint8_t { kTransparent, kAdverse, kHostile };

/// The state of the object behind a call, looked up just before the call.
struct ObjectView {
  Mechanism mechanism = Mechanism::kNone;
  bool is_nonblocking = false;  // O_NONBLOCK, or MSG_DONTWAIT on the call
  bool is_packet_pipe = false;  // O_DIRECT
  bool is_readable = false;     // poll(2) says POLLIN now
  bool is_writable = false;
  bool is_hung_up = false;
  bool is_ended = false;  // whoever writes what can be read is gone, or said that it writes no more
  bool is_listening = false;
  bool has_timeout = false;         // SO_RCVTIMEO or SO_SNDTIMEO in the call's direction
  bool has_low_water_mark = false;  // SO_RCVLOWAT above 1
  std::uint64_t key = 0;            // device and inode
  std::uint64_t queued = 0;         // bytes that a read could take now (FIONREAD)
  std::uint64_t capacity = 0;       // of a pipe, or SO_SNDBUF
};

/// What the stream ledger knows of the bytes that are queued or about to be written.
struct StreamHistory {
  bool is_known = false;           // every write so far was seen and none overlapped
  bool is_from_outside = false;    // nobody in the tree ever wrote: any split is the peer's right
  bool was_peeked = false;         // the program looked at what is queued
  bool is_capacity_known = false;  // the program asked for or set the buffer's size
  bool is_own_writing = false;     // this very process wrote what is queued
  std::uint64_t written = 0;       // bytes, by everybody in the tree
  /// Smallest count, at least `at_least` and below `below`, after which Linux could have ended a read
  /// of what is queued; 0 if there is none.
  std::uint64_t cut = 0;
};

/// How signals stand for the calling thread.
struct SignalView {
  std::uint64_t handled = 0;     // bit n-1: signal n has a handler
  std::uint64_t restarting = 0;  // of those, with SA_RESTART
  std::uint64_t blocked = 0;     // the thread's mask
};

struct CallView {
  Row row = Row::kCount;
  std::uint64_t args[6] = {};
  std::uint64_t size = 0;             // bytes asked for: the count, or the iovec's sum
  std::uint32_t eagain_in_a_row = 0;  // on this descriptor, by this thread, just now
  std::uint32_t eintr_in_a_row = 0;   // of this call by this thread
  bool may_have_report = true;        // poll, select or epoll was called since the descriptor was last used
  bool has_polled = true;             // the thread ever called one of them
  bool is_alone = false;              // the process never had a second thread
};

/// Why a fault is not legal at a point. The words stand in reasons.cpp.
enum class Reason : std::uint8_t {
  kLegal,
  kWrongCall,
  kNotAByteStream,
  kTooSmall,  // one byte can't come short
  kNothingQueued,
  kAllWasWrittenAtOnce,  // no boundary of the writer's inside what is queued
  kUnknownWrites,
  kPeeked,
  kWaitsForAll,   // MSG_WAITALL, SO_RCVLOWAT
  kAtomicWrite,   // PIPE_BUF
  kCannotBeFull,  // fewer bytes are unread than the smallest buffer holds
  kBlocking,      // EAGAIN on a blocking descriptor
  kReported,      // readiness was reported and nobody else takes it
  kOwnWriting,
  kEnoughInARow,
  kReady,  // the call would not block
  kNoHandler,
  kSignalBlocked,
  kNeverInterrupted,
  kNotBlockingCall,
  kCapacityKnown,
  kAlreadyMinimal,
  kNotThisObject,
  kCount,
};

const char* text_of(Reason reason);

struct Judgement {
  Reason reason = Reason::kLegal;
  Fault fault;

  static Judgement no(Reason why) { return {why, {}}; }
};

struct Injector {
  FaultKind kind;
  FaultClass fault_class;
  /// Could this fault ever be legal for that call on that mechanism? A rule for which this is false
  /// everywhere is refused before anything runs.
  bool (*applies)(Row row, Mechanism mechanism);
  /// Is it legal here and now, and how is it carried out?
  Judgement (*decide)(const CompiledRule& rule, const CallView& call, const ObjectView& object,
                      const StreamHistory& history, const SignalView& signals);
  const char* condition;  // when it is legal, in a sentence
  const char* source;     // manual pages
  const char* witness;    // the test in conformance/ in which the bare kernel does it; "" without
};

/// All injectors, in the order of FaultKind, from kNone + 1 on. Defined in injectors/catalogue.cpp.
extern const Injector* const kAllInjectors[];
extern const std::uint32_t kInjectorCount;

const Injector* injector_of(FaultKind kind);

}  // namespace flinch
