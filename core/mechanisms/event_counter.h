// The counter behind a descriptor of eventfd(2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "core/mechanisms/answer.h"
#include "core/mechanisms/pipe.h"
#include "core/mechanisms/wake.h"

namespace flinch::mechanisms {

/// A counter as the kernel keeps it: 64 bits, of which the highest value is never reached. Whoever reads,
/// writes or polls it waits in one and the same queue.
class EventCounter {
 public:
  enum class Reads : std::uint8_t { kAll, kOne };  // EFD_SEMAPHORE is kOne

  EventCounter(std::uint64_t initial, Reads reads) : count_{initial}, reads_{reads} {}

  /// The counter, which is 0 then, or 1 of it. EINVAL if `size` could not hold it.
  Answer<std::uint64_t> read(std::size_t size);
  /// Adds the number that `from` is. EINVAL if it is none, or the highest there is.
  Answer<std::size_t> write(std::string_view from);

  // ---- what any object is asked ----

  /// poll(2), whatever a description is open for.
  [[nodiscard]] short events(Ends ends, std::uint64_t writers_seen) const;
  [[nodiscard]] static std::vector<Queue> watched(Ends) { return {Queue::kReaders}; }
  void remove(Ends) {}
  std::vector<Wake> take_wakes() { return std::exchange(wakes_, {}); }

 private:
  std::uint64_t count_;
  Reads reads_;
  std::vector<Wake> wakes_;
};

}  // namespace flinch::mechanisms
