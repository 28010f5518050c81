// Scripts: random calls by random threads, made in a world and in the kernel, step by step.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "conformance/kernel/kernel.h"
#include "core/mechanisms/world.h"

namespace flinch::conformance {

/// One step before it is known what there is to call: plain numbers, so that any of them can be left out or
/// made smaller and the script still makes sense. `what` picks the call, `who` the thread.
struct Operation {
  std::uint16_t who;
  std::uint16_t what;
  std::array<std::uint16_t, 4> numbers;
};
using Script = std::vector<Operation>;

/// What an operation may look at when it becomes a call.
struct Situation {
  const mechanisms::World& world;
  ThreadId thread;
  int step;
  const std::array<std::uint16_t, 4>& numbers;

  /// The n-th open descriptor; now and then one that is not open.
  [[nodiscard]] int descriptor(std::size_t n) const;
  [[nodiscard]] std::size_t size(std::size_t n) const;
  /// `size` bytes that no other step writes.
  [[nodiscard]] mechanisms::Bytes payload(std::size_t size) const;
  /// One of several, the first for 0.
  template <typename T>
  [[nodiscard]] T one_of(std::size_t n, std::initializer_list<T> choices) const {
    return choices.begin()[numbers[n] % choices.size()];
  }
};

/// A way to make a call; `weight` says how often against the others.
struct Maker {
  enum class Needs : std::uint8_t { kNothing, kDescriptor };  // for there to be much to see
  int weight;
  Needs needs;
  SystemCall (*make)(const Situation& situation);
};

/// What scripts of one mechanism are made of.
struct Mechanism {
  const char* name;
  std::vector<Maker> makers;
  /// Of what its makers make: not to be tried in this situation.
  bool (*leaves_out)(const Situation& situation, const SystemCall& call) = nullptr;
  /// Whether another process is made instead of a call after which nobody could make one: what wakes those who
  /// wait is what such scripts are about.
  enum class LastOne : std::uint8_t { kMayWait, kStaysAwake };
  LastOne last_one = LastOne::kMayWait;
};

const std::vector<Mechanism>& mechanisms_under_test();

/// What an operation is in this situation: `what` picks by the makers' weights.
SystemCall choose_call(const Mechanism& mechanism, const Situation& situation, int what);

/// A call as it was made.
struct Step {
  ThreadId thread;
  SystemCall call;
};

/// One call a line, with the thread that makes it.
std::string show(const std::vector<Step>& steps);

/// Where kernel and world went apart.
struct Divergence {
  std::vector<Step> steps;  // the last one is where it shows
  std::string expected;     // of the world
  std::string got;          // of the kernel
};

/// What scripts have reached so far.
struct Tally {
  std::uint64_t scripts = 0;
  std::uint64_t operations = 0;
  std::uint64_t sleeps = 0;         // calls that did not end at once
  std::uint64_t forks_in_time = 0;  // steps after which more than one order of the woken was possible
  std::map<std::string, std::uint64_t> calls;                   // made, by name
  std::map<std::pair<std::string, int>, std::uint64_t> errnos;  // by call
};

/// Runs a script in both. Null if the kernel did what some order of woken threads does in the world.
std::optional<Divergence> compare(const Mechanism& mechanism, const Script& script, Stage& stage,
                                  Tally& tally);

}  // namespace flinch::conformance
