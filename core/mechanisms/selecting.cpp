// select(2): poll(2) with sets.
#include <errno.h>
#include <poll.h>

#include <bit>

#include "core/mechanisms/calls_impl.h"
#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {
namespace {

constexpr int kSetSize = 64;

// What of poll(2) makes a descriptor readable, writable, exceptional (select(2), "Correspondence between
// select() and poll() notifications").
constexpr short kExceptional = POLLPRI | POLLNVAL;
short readable_events() {
  constexpr short kReadable = POLLRDNORM | POLLRDBAND | POLLIN | POLLERR | POLLNVAL;
  return static_cast<short>(MUTANT(select_hang_up_is_nothing) ? kReadable : kReadable | POLLHUP);
}
short writable_events() {
  constexpr short kWritable = POLLWRNORM | POLLWRBAND | POLLOUT | POLLNVAL;
  if (MUTANT(select_hang_up_is_writable)) return kWritable | POLLERR | POLLHUP;
  return static_cast<short>(MUTANT(select_error_is_not_writable) ? kWritable : kWritable | POLLERR);
}

/// The descriptors below `count`.
DescriptorSet below(int count) {
  if (MUTANT(select_counts_to_the_last)) ++count;
  return count >= kSetSize ? ~DescriptorSet{0} : (DescriptorSet{1} << count) - 1;
}

bool has(const std::optional<DescriptorSet>& set, int fd) { return set.has_value() && (*set >> fd & 1) != 0; }

}  // namespace

Calls::Start Calls::operator()(const call::Select& call) { return select(call.selection, call.timeout); }

Calls::Start Calls::operator()(const call::Pselect6& call) { return select(call.selection, call.timeout); }

Calls::Start Calls::select(const Selection& selection, Deadline timeout) {
  if (is_invalid(timeout) || selection.count < 0) return failed(EINVAL);
  const DescriptorSet all =
      below(selection.count) &
      (selection.readable.value_or(0) | selection.writable.value_or(0) | selection.exceptional.value_or(0));
  const auto& table = world.process_of(thread).descriptors;
  World::Watch watch;
  for (int fd = 0; fd < kSetSize; ++fd) {
    if (!has(all, fd)) continue;
    // A number whose open(2) still waits counts as open here, and below as closed.
    if (!table.contains(fd) && !MUTANT(select_closed_is_nothing)) {
      world.let_go(watch);
      return failed(EBADF);
    }
    int events = kExceptional;
    if (has(selection.readable, fd)) events |= readable_events();
    if (has(selection.writable, fd)) events |= writable_events();
    world.watch(thread, fd, static_cast<short>(events), watch);
  }
  return World::Attempt{[=, me = thread](World& now, Occasion) -> Outcome {
    DescriptorSet readable = 0;
    DescriptorSet writable = 0;
    DescriptorSet exceptional = 0;
    std::int64_t count = 0;
    for (int fd = 0; fd < kSetSize; ++fd) {
      if (!has(all, fd)) continue;
      const DescriptorSet bit = DescriptorSet{1} << fd;
      const bool is_open = now.find(me, fd) != nullptr;
      const int events = is_open ? now.events_of(now.number_of(me, fd)) : POLLNVAL;
      if (has(selection.readable, fd) && (events & readable_events()) != 0) readable |= bit, ++count;
      if (has(selection.writable, fd) && (events & writable_events()) != 0) writable |= bit, ++count;
      const int exceptions = MUTANT(select_error_is_exceptional) ? kExceptional | POLLERR : kExceptional;
      if (has(selection.exceptional, fd) && (events & exceptions) != 0) exceptional |= bit, ++count;
    }
    if (count == 0 && timeout == Deadline::kNone) return Sleep{watch.beds};
    now.let_go(watch);
    Reply reply = done(count);
    if (MUTANT(select_counts_descriptors)) reply.value = std::popcount(readable | writable | exceptional);
    // Without a descriptor there is nothing to write back.
    const bool writes = selection.count > 0 && !(count == 0 && MUTANT(select_keeps_sets));
    for (const auto& [before, after] : {std::pair{selection.readable, readable},
                                        {selection.writable, writable},
                                        {selection.exceptional, exceptional}})
      if (before) reply.numbers.push_back(static_cast<std::int64_t>(writes ? after : *before));
    return reply;
  }};
}

}  // namespace flinch::mechanisms
