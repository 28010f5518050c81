// The kernel's numbers by the names of its manual pages.
//
// Pure functions of their arguments; every value has a name, unknown ones as numbers.
#pragma once

#include <cstdint>
#include <string>

#include "core/abi/syscall_descriptor.h"

namespace flinch {

std::string errno_name(int code);                 // "EINTR"
std::string errno_text(int code);                 // "Interrupted system call"
std::string signal_name(std::uint64_t number);    // "SIGUSR1", "SIGRTMIN+1"
std::string signal_set_text(std::uint64_t bits);  // "[CHLD USR1]", "~[KILL STOP]"
std::string family_name(unsigned family);         // "AF_UNIX"
std::string wait_status_text(int status);         // "exited 0", "killed by SIGKILL"
std::string poll_events(unsigned events);
std::string epoll_events(std::uint32_t events);
std::string sigaction_flags(std::uint64_t flags);
std::string semop_flags(std::uint32_t flags);
std::string clock_name(std::uint64_t clock);
std::string timer_flags(std::uint64_t flags);
std::string shmat_flags(std::uint64_t flags);
std::string memfd_flags(std::uint64_t flags);
std::string clone_flags(std::uint64_t flags);  // a signal in the lowest byte counts
std::string open_flags(std::uint64_t flags);
std::string seal_flags(std::uint64_t flags);

/// Numbers that mean something in one call only (call_words.cpp); empty if this argument's does not.
std::string word_of_call(int number, unsigned index, std::uint64_t value);
std::string signal_code(std::uint64_t signal, int code);  // "SI_USER", "CLD_EXITED"
std::string resolve_flags(std::uint64_t flags);           // of openat2(2)
std::string notify_name(int how);                         // "SIGEV_SIGNAL"

/// True for the kinds of argument that are words: flags, commands, domains …
bool is_symbolic(Arg kind);

/// The words of argument `index` of a call, for which is_symbolic() holds. It takes the whole call,
/// because some numbers mean what another argument says (a socket option: its level).
std::string symbol_of(const SyscallDescriptor& row, unsigned index, const std::uint64_t (&args)[6]);

}  // namespace flinch
