// The kernel's structures, decoded from captures that may be cut or hostile.
#pragma once

#include "core/abi/mechanism.h"
#include "core/abi/syscall_descriptor.h"
#include "core/log/captures.h"
#include "core/log/writer.h"

namespace flinch {

/// "127.0.0.1:80", "[::1]:80", "unix:/path", "unix:@abstract", "unix:" (unnamed), "AF_NETLINK".
void write_sock_addr(const Capture& capture, Writer& writer);
void write_poll_fds(const Capture& capture, Writer& writer);
/// 12 bytes, packed: one that starts at `offset`, or all.
void write_epoll_event(const Capture& capture, std::size_t offset, Writer& writer);
void write_epoll_events(const Capture& capture, Writer& writer);
void write_sigaction(const Capture& capture, Writer& writer);
void write_signal_set(const Capture& capture, Writer& writer);
void write_semops(const Capture& capture, Writer& writer);
/// The two time structures differ in what their second half counts.
enum class Fraction : std::uint8_t { kNanoseconds, kMicroseconds };
void write_time(const Capture& capture, std::size_t offset, Fraction fraction, Writer& writer);
/// struct itimerspec or itimerval.
void write_timer(const Capture& capture, Fraction fraction, Writer& writer);
/// Descriptors of an fd_set below `nfds`.
void write_fd_set(const Capture& capture, std::int32_t nfds, Writer& writer);
/// int[2], as pipe(2) fills it in.
void write_fd_pair(const Capture& capture, Writer& writer);
/// Of execve(2): strings with a NUL behind each, the last one maybe without.
void write_strings(const Capture& capture, Writer& writer);
void write_clone_args(const Capture& capture, Writer& writer);
/// System V: `long type; char text[]`.
void write_message(const Capture& capture, Writer& writer);
/// struct siginfo's head: {signal=SIGCHLD, code=CLD_EXITED, pid=7, uid=0, status=3}.
void write_siginfo(const Capture& capture, Writer& writer);
void write_sigevent(const Capture& capture, Writer& writer);
void write_mq_attributes(const Capture& capture, Writer& writer);
/// struct open_how of openat2(2).
void write_open_how(const Capture& capture, Writer& writer);
/// SCM_RIGHTS in a message's control data, if it comes first there.
bool has_descriptors(const Capture& control);
void write_descriptors(const Capture& control, Writer& writer);
/// A buffer's bytes, or the number or signal that they are on an eventfd, timerfd or signalfd.
void write_buffer(const Capture& capture, Mechanism mechanism, Writer& writer);

struct ArgumentOfCall {
  const Event& event;
  const SyscallDescriptor& row;
  unsigned index;
};

/// Captures whose meaning the call says and no kind of argument (call_structs.cpp). False if there is none.
bool write_struct_of_call(const ArgumentOfCall& argument, const Capture& capture, Writer& writer);

}  // namespace flinch
