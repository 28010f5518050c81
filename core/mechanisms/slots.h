// Things with numbers that are never given twice.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace flinch::mechanisms {

template <typename T>
class Slots {
 public:
  int add(T thing) {
    slots_.emplace_back(std::move(thing));
    return static_cast<int>(slots_.size()) - 1;
  }
  void remove(int number) { slots_[static_cast<std::size_t>(number)].reset(); }
  [[nodiscard]] bool contains(int number) const {
    return number >= 0 && static_cast<std::size_t>(number) < slots_.size() &&
           slots_[static_cast<std::size_t>(number)].has_value();
  }
  /// Precondition: contains(number).
  [[nodiscard]] T& at(int number) { return *slots_[static_cast<std::size_t>(number)]; }
  [[nodiscard]] const T& at(int number) const { return *slots_[static_cast<std::size_t>(number)]; }
  /// How many are there.
  [[nodiscard]] int count() const {
    return static_cast<int>(
        std::count_if(slots_.begin(), slots_.end(), [](const auto& slot) { return slot.has_value(); }));
  }
  /// One more than the highest number ever given.
  [[nodiscard]] int size() const { return static_cast<int>(slots_.size()); }

 private:
  std::vector<std::optional<T>> slots_;
};

}  // namespace flinch::mechanisms
