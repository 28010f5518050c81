#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "conformance/calls/calls.h"
#include "conformance/calls/signal.h"
#include "conformance/scripts/script.h"

namespace flinch::conformance {
namespace {

using mechanisms::World;

constexpr std::size_t kWorldsMax = 64;

/// A world that the kernel may be in, and what it said in this step.
struct Candidate {
  World world;
  std::map<ThreadId, Reply> replies;
  std::map<ThreadId, std::vector<mechanisms::SignalInfo>> handled;

  /// Threads of which something is true.
  template <typename Test>
  [[nodiscard]] std::vector<ThreadId> those(Test test) const {
    std::vector<ThreadId> threads;
    for (ThreadId thread = 0; thread < world.thread_count(); ++thread)
      if (world.is_alive(thread) && test(thread)) threads.push_back(thread);
    return threads;
  }
  [[nodiscard]] std::vector<ThreadId> asleep() const {
    return those([this](ThreadId thread) { return world.is_asleep(thread); });
  }
  [[nodiscard]] std::vector<ThreadId> stopped() const {
    return those([this](ThreadId thread) { return world.is_stopped(thread); });
  }
  [[nodiscard]] std::vector<ThreadId> alive() const {
    return those([](ThreadId) { return true; });
  }
};

/// Lets the woken run in every order; each end is a world of its own.
void settle(Candidate candidate, std::vector<Candidate>& ends) {
  for (;;) {
    for (auto& [thread, reply] : candidate.world.take_replies()) candidate.replies[thread] = std::move(reply);
    for (const auto& [thread, info] : candidate.world.take_handled())
      candidate.handled[thread].push_back(info);
    const std::vector<ThreadId> woken = candidate.world.runnable();
    if (woken.empty() || ends.size() >= kWorldsMax) break;
    for (std::size_t i = 1; i < woken.size(); ++i) {
      Candidate other = candidate;
      other.world.run(woken[i]);
      settle(std::move(other), ends);
    }
    candidate.world.run(woken[0]);
  }
  ends.push_back(std::move(candidate));
}

bool agrees(const Candidate& candidate, const Kernel::Settled& kernel) {
  return candidate.replies == kernel.replies && candidate.handled == kernel.handled &&
         candidate.asleep() == kernel.asleep && candidate.stopped() == kernel.stopped &&
         candidate.alive() == kernel.alive;
}

/// Of a candidate, or of what was seen of the kernel.
std::string describe(const std::map<ThreadId, Reply>& replies,
                     const std::map<ThreadId, std::vector<mechanisms::SignalInfo>>& handled,
                     const std::vector<ThreadId>& asleep, const std::vector<ThreadId>& stopped,
                     const std::vector<ThreadId>& alive) {
  std::string text;
  const auto add_handled = [&](ThreadId thread) {
    const auto found = handled.find(thread);
    if (found == handled.end()) return;
    for (const auto& info : found->second) text += ", " + show_signal(info);
  };
  for (const auto& [thread, reply] : replies) {
    text += fmt::format("thread {}: {}", thread, show_reply(reply));
    add_handled(thread);
    text += "; ";
  }
  for (const auto& [thread, signals] : handled) {
    if (replies.contains(thread)) continue;
    text += fmt::format("thread {} handles", thread);
    add_handled(thread);
    text += "; ";
  }
  for (const ThreadId thread : asleep) text += fmt::format("thread {} waits; ", thread);
  for (const ThreadId thread : stopped) text += fmt::format("thread {} is stopped; ", thread);
  if (text.empty()) text = fmt::format("threads {} are alive; ", fmt::join(alive, ", "));
  text.resize(text.size() - 2);
  return text;
}

/// Whether nobody could make another call after this one.
bool ends_script(const Situation& situation, const SystemCall& call) {
  if (situation.world.idle_threads().size() > 1) return false;
  World world = situation.world;
  world.make(situation.thread, call);
  return world.idle_threads().empty();
}

void count(const std::vector<Step>& steps, const Kernel::Settled& settled, Tally& tally) {
  ++tally.operations;
  ++tally.calls[name_of(steps.back().call)];
  if (!settled.asleep.empty() && settled.asleep.back() == steps.back().thread) ++tally.sleeps;
  for (const auto& [thread, reply] : settled.replies) {
    if (reply.error == 0) continue;
    // Whose call it was that has ended: the last that this thread made.
    const auto step =
        std::find_if(steps.rbegin(), steps.rend(), [t = thread](const Step& s) { return s.thread == t; });
    ++tally.errnos[{name_of(step->call), reply.error}];
  }
}

}  // namespace

/// Without a descriptor most calls say EBADF, so most of the time another call is made then.
SystemCall choose_call(const Mechanism& mechanism, const Situation& situation, int what) {
  const bool has_descriptor = !situation.world.descriptors(situation.thread).empty() || what % 16 == 15;
  const auto weight = [&](const Maker& maker) {
    return has_descriptor || maker.needs == Maker::Needs::kNothing ? maker.weight : 0;
  };
  int all = 0;
  for (const Maker& maker : mechanism.makers) all += weight(maker);
  if (all == 0) return mechanism.makers.front().make(situation);
  int left = what / 16 % all;
  for (const Maker& maker : mechanism.makers)
    if ((left -= weight(maker)) < 0) return maker.make(situation);
  return mechanism.makers.front().make(situation);
}

std::string show(const std::vector<Step>& steps) {
  std::string text;
  for (const Step& step : steps) text += fmt::format("  thread {}: {}\n", step.thread, show_call(step.call));
  return text;
}

std::optional<Divergence> compare(const Mechanism& mechanism, const Script& script, Stage& stage,
                                  Tally& tally) {
  ++tally.scripts;
  Kernel kernel{stage};
  std::vector<Candidate> worlds;
  worlds.push_back({World{stage.limits()}, {}, {}});
  std::vector<Step> steps;
  for (const Operation& operation : script) {
    const World& first = worlds.front().world;
    const std::vector<ThreadId> idle = first.idle_threads();
    if (idle.empty()) break;
    const ThreadId thread = idle[operation.who % idle.size()];
    const Situation situation{first, thread, static_cast<int>(steps.size()), operation.numbers};
    SystemCall call = choose_call(mechanism, situation, operation.what);
    if (mechanism.leaves_out != nullptr && mechanism.leaves_out(situation, call)) continue;
    if (mechanism.last_one == Mechanism::LastOne::kStaysAwake && ends_script(situation, call))
      call = mechanisms::call::Fork{};
    if (std::holds_alternative<mechanisms::call::Fork>(call) && first.thread_count() >= kSlotCount) continue;
    steps.push_back({thread, std::move(call)});
    const Kernel::Settled settled = kernel.make(thread, steps.back().call);
    count(steps, settled, tally);
    std::vector<Candidate> possible;
    for (Candidate& world : worlds) {
      world.replies.clear();
      world.handled.clear();
      world.world.make(thread, steps.back().call);
      settle(std::move(world), possible);
    }
    if (possible.size() > 1) ++tally.forks_in_time;
    // Not all orders were followed, so whatever the kernel did may be one of the others: nothing can be said.
    if (possible.size() >= kWorldsMax) return std::nullopt;
    const Candidate& likely = possible.front();
    const std::string expected =
        describe(likely.replies, likely.handled, likely.asleep(), likely.stopped(), likely.alive());
    std::erase_if(possible, [&](const Candidate& candidate) { return !agrees(candidate, settled); });
    if (possible.empty())
      return Divergence{std::move(steps), expected,
                        settled.is_stuck ? "a thread that neither ends nor sleeps"
                                         : describe(settled.replies, settled.handled, settled.asleep,
                                                    settled.stopped, settled.alive)};
    worlds = std::move(possible);
  }
  return std::nullopt;
}

}  // namespace flinch::conformance
