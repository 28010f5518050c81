// Small transfers that the supervisor makes in the program's place: three times cheaper than stepping the
// thread, and only where nobody can tell the difference. The call must not wait (RWF_NOWAIT,
// MSG_DONTWAIT), its data must fit our buffer, and it must not say who made it (a write to a Unix socket
// may carry the writer's credentials). Whatever does not go smoothly is left to the thread itself.
#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>

#include "core/supervisor/supervisor_impl.h"

namespace flinch {
namespace {

constexpr std::size_t kLargest = 16384;

struct Transfer {
  Direction direction;
  bool is_socket;
  int flags;
  std::uint64_t address;
  std::size_t size;
};

/// What the call would move, if it is one of the plain forms.
std::optional<Transfer> transfer_of(const Call& call, const Decision& decision) {
  const bool is_plain = call.row == Row::read || call.row == Row::write;
  const bool is_message = call.row == Row::recvfrom || call.row == Row::sendto;
  if ((!is_plain && !is_message) || (is_message && call.args[4] != 0)) return std::nullopt;
  const Direction direction = descriptor(call.row).direction;
  if (!is_byte_stream(decision.mechanism)) return std::nullopt;
  if (direction == Direction::kWrite && decision.mechanism == Mechanism::kUnixStream) return std::nullopt;
  const bool is_trimmed = decision.fault.carrier == Carrier::kTrim;
  const std::uint64_t size = is_trimmed ? decision.fault.amount : call.args[2];
  // Without a fault there has to be no other outcome than all of it: a pipe write of PIPE_BUF at most.
  if (!is_trimmed && (!is_pipe(decision.mechanism) || direction != Direction::kWrite || size > kPipeBuf))
    return std::nullopt;
  if (size == 0 || size > kLargest) return std::nullopt;
  return Transfer{direction, !is_pipe(decision.mechanism), is_message ? static_cast<int>(call.args[3]) : 0,
                  call.args[1], static_cast<std::size_t>(size)};
}

/// A pipe without a reader sent it to us. The program gets its own, from the call that it makes itself; ours
/// is blocked and would kill us once it no longer is.
void take_back_sigpipe() {
  sigset_t sigpipe;
  sigemptyset(&sigpipe);
  sigaddset(&sigpipe, SIGPIPE);
  const timespec now{};
  sigtimedwait(&sigpipe, nullptr, &now);
}

ssize_t move(int fd, const Transfer& transfer, void* bytes) {
  iovec part{bytes, transfer.size};
  if (transfer.is_socket) {
    const int flags = transfer.flags | MSG_DONTWAIT | MSG_NOSIGNAL;
    return transfer.direction == Direction::kRead ? recv(fd, bytes, transfer.size, flags)
                                                  : send(fd, bytes, transfer.size, flags);
  }
  if (transfer.direction == Direction::kRead) return preadv2(fd, &part, 1, -1, RWF_NOWAIT);
  const ssize_t result = pwritev2(fd, &part, 1, -1, RWF_NOWAIT);
  if (result < 0 && errno == EPIPE) take_back_sigpipe();
  return result;
}

}  // namespace

bool Supervisor::do_directly(Thread& thread, const seccomp_notif& notification, const Decision& decision,
                             const Call& call, RemoteWorld& world) {
  const std::optional<Transfer> transfer = transfer_of(call, decision);
  if (!transfer) return false;
  std::array<char, kLargest> bytes;  // NOLINT: filled before it is read
  const RemoteMemory memory{thread.tid};
  const int fd = world.local(static_cast<int>(call.args[0]));
  if (fd < 0 || !memory.read(transfer->address, bytes.data(), transfer->size)) return false;
  // Bytes that are taken have to arrive: is the buffer writable?
  if (transfer->direction == Direction::kRead &&
      !memory.write(transfer->address, bytes.data(), transfer->size))
    return false;
  Event event = begin_event(thread, call, decision);
  StreamLedger ledger{memory_->control()};
  if (decision.keeps_ledger) ledger.begin_write(decision.key, decision.mechanism, transfer->size);
  const ssize_t result = move(fd, *transfer, bytes.data());
  if (decision.keeps_ledger)
    ledger.end_write(decision.key, result, static_cast<std::uint32_t>(thread.process->tgid));
  if (result <= 0) return false;
  if (transfer->direction == Direction::kRead)
    memory.write(transfer->address, bytes.data(), static_cast<std::size_t>(result));
  end_event(thread, event, result);
  world.forget();
  answer(notification.id, result, 0);
  return true;
}

}  // namespace flinch
