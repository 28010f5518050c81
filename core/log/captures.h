// The captures of an event, taken apart again.
//
// The program under test can write the ring that events travel through, so a capture area holds
// whatever bytes it likes: every length is checked against the area before it is used.
#pragma once

#include <cstring>
#include <optional>
#include <string_view>
#include <type_traits>

#include "core/abi/event.h"

namespace flinch {

struct Capture {
  std::string_view bytes;
  std::uint32_t full_length = 0;

  [[nodiscard]] bool is_cut() const { return full_length > bytes.size(); }

  /// The value that stands at `offset`; nothing if the capture ends before it does.
  template <typename T>
  [[nodiscard]] std::optional<T> at(std::size_t offset) const {
    static_assert(std::is_trivially_copyable_v<T>);
    if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
  }
};

/// Refers to the event, which must outlive it.
class Captures {
 public:
  explicit Captures(const Event& event);

  /// What was captured first for an argument (0..5), and what was captured after that (the sets of
  /// select(2), which the kernel overwrites). Null without.
  [[nodiscard]] const Capture* first(unsigned argument) const { return get(first_[argument]); }
  [[nodiscard]] const Capture* second(unsigned argument) const { return get(second_[argument]); }

 private:
  static const Capture* get(const std::optional<Capture>& capture) { return capture ? &*capture : nullptr; }

  std::optional<Capture> first_[6];
  std::optional<Capture> second_[6];
};

}  // namespace flinch
