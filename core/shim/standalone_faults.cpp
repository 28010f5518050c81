// What becomes of faults, and of the stream ledger, without a supervisor.
#include <sys/syscall.h>

#include "core/shim/shim.h"
#include "core/shim/standalone.h"
#include "core/shim/x86_64/call.h"

namespace flinch {

void do_without_supervisor(ThreadSlot& slot, Decision& decision) {
  const Fault fault = decision.fault;
  const bool may_owe_edge = shared_control().edge_watchers.load(std::memory_order_relaxed) != 0;
  switch (fault.carrier) {
    case Carrier::kSend:
      // The handler runs at the end of this call, in the middle of ours: all of it is prepared for that.
      slot.injected[static_cast<std::size_t>(fault.kind)].fetch_add(1, std::memory_order_relaxed);
      exempt_call(SYS_tgkill, slot.tgid, slot.tid.load(), fault.signal);
      decision.fault = {};
      return;
    case Carrier::kTrim:
    case Carrier::kRefuse:
      if (!may_owe_edge) return;
      break;
    case Carrier::kCut:
    case Carrier::kInterrupt: break;
    default: return;
  }
  shared_control().rule_injected[fault.rule].fetch_sub(1);  // what was not done does not count for limit=
  decision.fault = {};
}

void count_read(const Call& call, const Decision& decision, long result) {
  if (result <= 0 || shared_plan().tracks_streams == 0) return;
  if (descriptor(call.row).direction != Direction::kRead || (detail::message_flags(call) & MSG_PEEK) != 0)
    return;
  StreamLedger ledger{shared_control()};
  std::uint64_t key = is_pipe(decision.mechanism) ? decision.key : 0;
  if (decision.mechanism == Mechanism::kUnixStream) {
    StreamRecord* own = ledger.find(decision.key);
    if (own == nullptr) return;
    std::uint32_t peer = own->peer.load();
    if (peer == 0) {
      peer = Probe{ExemptSyscall{}}.unix_peer(static_cast<std::uint32_t>(decision.key));
      own->peer.store(peer);
    }
    key = peer == 0 ? 0 : (decision.key & ~std::uint64_t{0xffffffffU}) | peer;
  }
  if (StreamRecord* record = ledger.find(key)) record->read.fetch_add(static_cast<std::uint64_t>(result));
}

}  // namespace flinch
