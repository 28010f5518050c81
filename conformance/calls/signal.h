// Calls about signals in a real process, and signals as text.
#pragma once

#include <string>

#include "conformance/calls/encoding.h"

namespace flinch::conformance {

/// `SIGUSR1`, `signal 40`.
std::string signal_name(int signal);
/// `SIGUSR1`, with what a handler with SA_SIGINFO was told.
std::string show_signal(const mechanisms::SignalInfo& info);

/// Whom a call names, as text, as its argument, and to be made a process's number of by the actor.
std::string show_target(const mechanisms::Target& target);
long number_of(const mechanisms::Target& target);
void name_target(const mechanisms::Target& target, int argument, Encoding& to);

std::string show(const call::Sigaction& c);
std::string show(const call::Sigprocmask& c);
std::string show(const call::Sigpending& c);
std::string show(const call::Kill& c);
std::string show(const call::Sigqueue& c);
std::string show(const call::Tkill& c);
std::string show(const call::Tgkill& c);
std::string show(const call::Pause& c);
std::string show(const call::Sigsuspend& c);
std::string show(const call::Sigtimedwait& c);
std::string show(const call::LimitSignals& c);

void encode(const call::Sigaction& c, Encoding& to);
void encode(const call::Sigprocmask& c, Encoding& to);
void encode(const call::Sigpending& c, Encoding& to);
void encode(const call::Kill& c, Encoding& to);
void encode(const call::Sigqueue& c, Encoding& to);
void encode(const call::Tkill& c, Encoding& to);
void encode(const call::Tgkill& c, Encoding& to);
void encode(const call::Pause& c, Encoding& to);
void encode(const call::Sigsuspend& c, Encoding& to);
void encode(const call::Sigtimedwait& c, Encoding& to);
void encode(const call::LimitSignals& c, Encoding& to);

void decode(const call::Sigaction& c, const Slot& slot, Reply& reply);
void decode(const call::Sigprocmask& c, const Slot& slot, Reply& reply);
void decode(const call::Sigpending& c, const Slot& slot, Reply& reply);
void decode(const call::Sigtimedwait& c, const Slot& slot, Reply& reply);

}  // namespace flinch::conformance
