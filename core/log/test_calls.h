// Events for tests, made as the tiers make them: captured from this process' own memory.
#pragma once

#include <sys/uio.h>
#include <unistd.h>

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

#include "core/abi/capture.h"
#include "core/abi/syscall_table.h"
#include "core/log/log.h"

namespace flinch {

/// This process' memory, where a bad address is an answer and not a crash.
struct OwnMemory {
  bool read(std::uint64_t address, void* into, std::size_t size) const {
    iovec local{into, size};
    iovec remote{reinterpret_cast<void*>(address), size};
    return process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == static_cast<ssize_t>(size);
  }
};

/// One argument: a number or a pointer.
struct Argument {
  template <typename T>
  requires std::is_integral_v<T> || std::is_enum_v<T> Argument(T number)
      : value(static_cast<std::uint64_t>(static_cast<std::int64_t>(number))) {}
  Argument(const void* pointer) : value(reinterpret_cast<std::uint64_t>(pointer)) {}
  Argument(std::nullptr_t) : value(0) {}

  std::uint64_t value;
};

/// A call that has begun: its entry is captured.
inline Event begin_call(Row row, std::initializer_list<Argument> arguments,
                        Mechanism mechanism = Mechanism::kNone) {
  Event event{};
  event.row = static_cast<std::uint16_t>(row);
  event.mechanism = mechanism;
  event.nth = 1;
  std::size_t i = 0;
  for (const Argument& argument : arguments) event.args[i++] = argument.value;
  capture_arguments(event, descriptor(row), 0, Phase::kEntry, OwnMemory{});
  return event;
}

/// It ended with `ret`, a negative errno for an error.
inline Event end_call(Event event, std::int64_t ret) {
  event.ret = ret;
  event.ret_known = 1;
  capture_arguments(event, descriptor(static_cast<Row>(event.row)), ret, Phase::kExit, OwnMemory{});
  return event;
}

inline Event call(Row row, std::initializer_list<Argument> arguments, std::int64_t ret,
                  Mechanism mechanism = Mechanism::kNone) {
  return end_call(begin_call(row, arguments, mechanism), ret);
}

inline const Caller kSomeone{"0.1", 4242, 0};

/// The trace line without the process in front of it.
inline std::string text_of_call(const Event& event) {
  return to_text(event, kSomeone, Colour::kNever).substr(std::string_view{"0.1 "}.size());
}

}  // namespace flinch
