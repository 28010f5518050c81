// What calls are made of in a real process: registers, and memory in the slot.
#pragma once

#include <sys/syscall.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <type_traits>

#include "conformance/kernel/actor.h"
#include "core/mechanisms/calls.h"

namespace flinch::conformance {

namespace call = mechanisms::call;
using mechanisms::Bytes;
using mechanisms::Reply;
using mechanisms::SystemCall;

/// Puts one call into a slot.
class Encoding {
 public:
  explicit Encoding(Slot& slot) : slot_{slot}, next_{slot.arena} {}

  /// Registers as the kernel takes them; the actor makes the call.
  template <typename... Arguments>
  void set(long number, Arguments... arguments) {
    slot_.kind = Slot::Kind::kSystemCall;
    slot_.number = number;
    slot_.has_expired = false;
    slot_.process_arguments = 0;
    slot_.group_arguments = 0;
    const long values[6] = {word(arguments)...};
    std::copy(std::begin(values), std::end(values), slot_.arguments);
  }
  /// An argument of the call that was set is a slot's number, and stands for its process.
  void name_process(int argument) { slot_.process_arguments |= 1U << argument; }
  /// Or for its process group.
  void name_group(int argument) {
    name_process(argument);
    slot_.group_arguments |= 1U << argument;
  }
  /// The call that was set ends by itself, however it waits.
  void expire() { slot_.has_expired = true; }
  /// Something that the actor does by more than a system call.
  void set(Slot::Kind kind, long argument = 0) {
    slot_.kind = kind;
    slot_.arguments[0] = argument;
  }

  /// What the kernel calls the world's System V objects.
  [[nodiscard]] const SystemVNames& names() const { return *slot_.names; }
  /// A function of <semaphore.h>; who waits in it is seen in futex(2).
  template <typename T>
  void set(SemaphoreOperation operation, long semaphore, T value) {
    set(SYS_futex, static_cast<long>(operation), semaphore, value);
    slot_.kind = Slot::Kind::kSemaphore;
  }
  /// Of the process that will make the call.
  [[nodiscard]] pid_t pid() const { return slot_.pid; }

  /// Zeroed memory for this call, at the start of a page.
  template <typename T = char>
  T* take(std::size_t count = 1) {
    char* place = next_;
    const std::size_t size = (count * sizeof(T) + 4095) / 4096 * 4096;
    if (place + size > slot_.arena + kArenaSize) std::abort();  // a call that no generator of ours makes
    std::memset(place, 0, count * sizeof(T));
    next_ = place + size;
    return reinterpret_cast<T*>(place);
  }
  /// A copy, with a 0 behind it.
  char* put(const Bytes& bytes) {
    char* place = take(bytes.size() + 1);
    std::copy(bytes.begin(), bytes.end(), place);
    return place;
  }
  template <typename T>
  T* put_value(const T& value) {
    T* place = take<T>();
    *place = value;
    return place;
  }
  /// A copy that no other call's memory will ever lie over, `offset` bytes into a page.
  char* lend(const Bytes& bytes, std::size_t offset) {
    char* place = slot_.lent + slot_.lent_size + offset;
    slot_.lent_size += (offset + bytes.size() + 4095) / 4096 * 4096;
    if (slot_.lent_size > kLentSize) std::abort();
    std::copy(bytes.begin(), bytes.end(), place);
    return place;
  }

 private:
  template <typename T>
  static long word(T value) {
    if constexpr (std::is_pointer_v<T>)
      return reinterpret_cast<long>(value);
    else if constexpr (std::is_null_pointer_v<T>)
      return 0;
    else
      return static_cast<long>(value);
  }

  Slot& slot_;
  char* next_;
};

/// Memory behind an argument of a call that has ended.
template <typename T = char>
const T* memory_at(const Slot& slot, int argument) {
  return reinterpret_cast<const T*>(slot.arguments[argument]);
}

/// As many bytes as the call returned.
inline Bytes result_bytes(const Slot& slot, const void* from) {
  return {static_cast<const char*>(from), static_cast<std::size_t>(slot.result)};
}

}  // namespace flinch::conformance
