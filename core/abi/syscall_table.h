// The table of all system calls that flinch knows, and the names of its rows.
#pragma once

#include <errno.h>
#include <sys/syscall.h>

#include "core/abi/syscall_descriptor.h"

#if defined(__x86_64__)
#define FLINCH_ARCH_SYSCALLS "core/abi/x86_64/syscalls.inc"
#else
#error "flinch knows x86-64 only: add core/abi/<architecture>/ with its rows, gateway and registers"
#endif

namespace flinch {

/// A row of the table, named after its call: `Row::read`. The value is the row's index.
enum class Row : std::uint16_t {
#define FLINCH_SYSCALL(name, ...) name,
#include "core/abi/syscalls.inc"
#include FLINCH_ARCH_SYSCALLS
#undef FLINCH_SYSCALL
  kCount,
};

inline constexpr std::size_t kRowCount = static_cast<std::size_t>(Row::kCount);

namespace detail {

struct ArgList {
  Arg of[6];
};
struct ErrorList {
  std::uint8_t of[kErrorsMax];
};

constexpr SyscallDescriptor make_row(int number, const char* name, Wrapper wrapper, ArgList args,
                                     ObjectSource object, Mechanism mechanism, Direction direction,
                                     Restart restart, ErrorList errors, const char* source) {
  SyscallDescriptor row{number, name, wrapper, {}, object, mechanism, direction, restart, {}, source};
  for (int i = 0; i < 6; ++i) row.args[i] = args.of[i];
  for (std::size_t i = 0; i < kErrorsMax; ++i) row.errors[i] = errors.of[i];
  return row;
}

}  // namespace detail

// The lists in parentheses become brace initialisers; `using enum` in a lambda keeps the rows short.
#define FLINCH_LIST(...) \
  { __VA_ARGS__ }
#define FLINCH_SYSCALL(name, wrapper, args, object, mechanism, direction, restart, errors, page) \
  detail::make_row(                                                                              \
      SYS_##name, #name, Wrapper::wrapper,                                                       \
      [] {                                                                                       \
        using enum Arg;                                                                          \
        return detail::ArgList{FLINCH_LIST args};                                                \
      }(),                                                                                       \
      ObjectSource::object, Mechanism::mechanism, Direction::direction, Restart::restart,        \
      detail::ErrorList{FLINCH_LIST errors}, page),
inline constexpr SyscallDescriptor kSyscalls[] = {
#include "core/abi/syscalls.inc"
#include FLINCH_ARCH_SYSCALLS
};
#undef FLINCH_SYSCALL
#undef FLINCH_LIST

constexpr const SyscallDescriptor& descriptor(Row row) { return kSyscalls[static_cast<std::size_t>(row)]; }

inline constexpr int kNumberMax = 512;

namespace detail {

struct NumberIndex {
  std::uint16_t row[kNumberMax];
};

inline constexpr NumberIndex kNumberIndex = [] {
  NumberIndex index{};
  for (auto& row : index.row) row = static_cast<std::uint16_t>(Row::kCount);
  for (std::size_t i = 0; i < kRowCount; ++i) index.row[kSyscalls[i].number] = static_cast<std::uint16_t>(i);
  return index;
}();

}  // namespace detail

/// Row of a system call's number; `Row::kCount` if flinch does not know it.
constexpr Row row_of_number(int number) {
  if (number < 0 || number >= kNumberMax) return Row::kCount;
  return static_cast<Row>(detail::kNumberIndex.row[number]);
}

/// A set of rows, small enough for shared memory and cheap to test.
struct RowSet {
  std::uint64_t words[4];
  static_assert(kRowCount <= 256);

  constexpr void add(Row row) {
    words[static_cast<std::size_t>(row) / 64] |= std::uint64_t{1} << (static_cast<unsigned>(row) % 64);
  }
  [[nodiscard]] constexpr bool has(Row row) const {
    return (words[static_cast<std::size_t>(row) / 64] >> (static_cast<unsigned>(row) % 64)) & 1U;
  }
  [[nodiscard]] constexpr bool empty() const { return (words[0] | words[1] | words[2] | words[3]) == 0; }
};

}  // namespace flinch
