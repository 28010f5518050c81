// Calls about System V objects in a real process.
#pragma once

#include <string>

#include "conformance/calls/encoding.h"
#include "conformance/kernel/system_v_names.h"

namespace flinch::conformance {

std::string show(const call::Semget& c);
std::string show(const call::Semtimedop& c);
std::string show(const call::Semctl& c);
std::string show(const call::Msgget& c);
std::string show(const call::Msgsnd& c);
std::string show(const call::Msgrcv& c);
std::string show(const call::Msgctl& c);
std::string show(const call::Shmget& c);
std::string show(const call::Shmat& c);
std::string show(const call::Shmdt& c);
std::string show(const call::ShmUnmap& c);
std::string show(const call::Shmctl& c);
std::string show(const call::Peek& c);
std::string show(const call::Poke& c);

void encode(const call::Semget& c, Encoding& to);
void encode(const call::Semtimedop& c, Encoding& to);
void encode(const call::Semctl& c, Encoding& to);
void encode(const call::Msgget& c, Encoding& to);
void encode(const call::Msgsnd& c, Encoding& to);
void encode(const call::Msgrcv& c, Encoding& to);
void encode(const call::Msgctl& c, Encoding& to);
void encode(const call::Shmget& c, Encoding& to);
void encode(const call::Shmat& c, Encoding& to);
void encode(const call::Shmdt& c, Encoding& to);
void encode(const call::ShmUnmap& c, Encoding& to);
void encode(const call::Shmctl& c, Encoding& to);
void encode(const call::Peek& c, Encoding& to);
void encode(const call::Poke& c, Encoding& to);

void decode(const call::Semget& c, const Slot& slot, Reply& reply);
void decode(const call::Semctl& c, const Slot& slot, Reply& reply);
void decode(const call::Msgget& c, const Slot& slot, Reply& reply);
void decode(const call::Msgrcv& c, const Slot& slot, Reply& reply);
void decode(const call::Msgctl& c, const Slot& slot, Reply& reply);
void decode(const call::Shmget& c, const Slot& slot, Reply& reply);
void decode(const call::Shmat& c, const Slot& slot, Reply& reply);
void decode(const call::Shmctl& c, const Slot& slot, Reply& reply);
void decode(const call::Peek& c, const Slot& slot, Reply& reply);

}  // namespace flinch::conformance
