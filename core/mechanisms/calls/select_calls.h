// select(2) and its relatives; no signal mask is given.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/mechanisms/calls/call_list.h"
#include "core/mechanisms/calls/descriptor_calls.h"
#include "core/mechanisms/deadline.h"

namespace flinch::mechanisms {

/// Bit n is descriptor n. There are no more than 64 of them.
using DescriptorSet = std::uint64_t;

/// What select(2) is asked about: of the descriptors below `count`, which of each of the sets there are.
struct Selection {
  int count;
  std::optional<DescriptorSet> readable;
  std::optional<DescriptorSet> writable;
  std::optional<DescriptorSet> exceptional;
};

namespace call {

struct Ppoll {
  static constexpr const char* kName = "ppoll";
  std::vector<PollEntry> entries;
  Deadline timeout;
};
/// Told are the sets that were given, as they are afterwards.
struct Select {
  static constexpr const char* kName = "select";
  Selection selection;
  Deadline timeout;
};
/// As select(2).
struct Pselect6 {
  static constexpr const char* kName = "pselect6";
  Selection selection;
  Deadline timeout;
};

}  // namespace call

using SelectCalls = CallList<call::Ppoll, call::Select, call::Pselect6>;

}  // namespace flinch::mechanisms
