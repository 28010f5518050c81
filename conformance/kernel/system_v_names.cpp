#include "conformance/kernel/system_v_names.h"

#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

#include <algorithm>
#include <climits>

#include "core/mechanisms/system_v_segment.h"

namespace flinch::conformance {
namespace {

constexpr int kKeys = 16;

// Far from where Linux puts programs, their heap and their libraries, and where sanitizers keep their notes.
constexpr std::int64_t kArea = std::int64_t{1} << 45;

// As SystemV::choose_address() numbers them.
constexpr std::int64_t kFirstChosen = std::int64_t{1} << 40;
constexpr std::int64_t kBetweenChosen = std::int64_t{1} << 32;

}  // namespace

/// Processes that live at the same time have different numbers, which are below 2^22.
SystemVNames::SystemVNames() : first_key_{0x40000000 | getpid() * kKeys} {}

SystemVNames::~SystemVNames() {
  for (const int id : semaphores.all()) semctl(id, 0, IPC_RMID);
  for (const int id : queues.all()) msgctl(id, IPC_RMID, nullptr);
  for (const int id : segments.all()) shmctl(id, IPC_RMID, nullptr);
}

key_t SystemVNames::real_key(int key) const { return key == IPC_PRIVATE ? IPC_PRIVATE : first_key_ + key; }

int SystemVNames::key_of(key_t real_key) const {
  return real_key == IPC_PRIVATE ? IPC_PRIVATE : real_key - first_key_;
}

/// The kernel's table has 2^15 places; ipcmni_extend, which makes it 2^24, has to be asked for at boot.
int SystemVNames::index_of(int id) { return id < 0 ? id : id % 32768; }

int SystemVNames::Ids::number_of(int id) {
  const auto found = std::find(ids_.begin(), ids_.end(), id);
  if (found != ids_.end()) return static_cast<int>(found - ids_.begin());
  ids_.push_back(id);
  return static_cast<int>(ids_.size()) - 1;
}

int SystemVNames::Ids::id_of(int number) const {
  if (number < 0) return number;
  return static_cast<std::size_t>(number) < ids_.size() ? ids_[static_cast<std::size_t>(number)] : INT_MAX;
}

std::int64_t SystemVNames::real_address(std::int64_t address) const {
  if (address < mechanisms::kMemoryPage) return address;
  if (address < kFirstChosen) return kArea + address;
  const auto number = static_cast<std::size_t>((address - kFirstChosen) / kBetweenChosen);
  return chosen_addresses_.at(number) + (address - kFirstChosen) % kBetweenChosen;
}

std::int64_t SystemVNames::address_of(std::int64_t real_address) const { return real_address - kArea; }

std::int64_t SystemVNames::chosen_address(std::int64_t real_address) {
  chosen_addresses_.push_back(real_address);
  return kFirstChosen + kBetweenChosen * (static_cast<std::int64_t>(chosen_addresses_.size()) - 1);
}

std::int64_t SystemVNames::shown(std::int64_t pid) const {
  const auto found = std::find(processes_.begin(), processes_.end(), pid);
  return found != processes_.end() ? found - processes_.begin() + 1 : -pid;
}

}  // namespace flinch::conformance
