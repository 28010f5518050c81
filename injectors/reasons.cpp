#include "core/decision/injector.h"

namespace flinch {

const char* text_of(Reason reason) {
  switch (reason) {
    case Reason::kLegal: return "legal";
    case Reason::kWrongCall: return "this fault is not one of this call's";
    case Reason::kNotAByteStream: return "only byte streams may be cut; this object answers all or nothing";
    case Reason::kTooSmall: return "the call is too small to come short";
    case Reason::kNothingQueued: return "the call would find nothing, or one byte at most, anyway";
    case Reason::kAllWasWrittenAtOnce:
      return "one small write put it there, and Linux never splits that (pipe(7))";
    case Reason::kUnknownWrites: return "how the bytes were written is not known for certain";
    case Reason::kPeeked: return "the program has looked at what is queued (MSG_PEEK, FIONREAD)";
    case Reason::kWaitsForAll: return "the call waits for all of it (MSG_WAITALL, SO_RCVLOWAT)";
    case Reason::kAtomicWrite: return "so small a write is all or nothing (PIPE_BUF, pipe(7))";
    case Reason::kCannotBeFull: return "even the smallest buffer would have room";
    case Reason::kBlocking: return "the descriptor is blocking: Linux waits instead of answering EAGAIN";
    case Reason::kReported: return "readiness may have been reported, and nobody else can have taken it";
    case Reason::kOwnWriting: return "the process wrote these bytes itself and knows that they are there";
    case Reason::kEnoughInARow: return "it happened several times in a row already";
    case Reason::kReady: return "the call would not block, so that a signal can't interrupt it";
    case Reason::kNoHandler: return "no handler for the signal: Linux restarts the call, or ends the program";
    case Reason::kSignalBlocked: return "the thread blocks the signal";
    case Reason::kNeverInterrupted: return "the call never answers EINTR (signal(7))";
    case Reason::kNotBlockingCall: return "the descriptor is non-blocking: there is nothing to interrupt";
    case Reason::kCapacityKnown: return "the program asked for the buffer's size or set it";
    case Reason::kAlreadyMinimal: return "the buffer is as small as it can be, or holds more than that";
    case Reason::kNotThisObject: return "Linux does not answer so on this kind of object";
    case Reason::kCount: break;
  }
  return "unknown";
}

}  // namespace flinch
