// splice(2), tee(2), vmsplice(2) between descriptors.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include "core/mechanisms/calls_impl.h"
#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {
namespace {

constexpr unsigned kAllFlags = SPLICE_F_MOVE | SPLICE_F_NONBLOCK | SPLICE_F_MORE | SPLICE_F_GIFT;

}  // namespace

Calls::Start Calls::operator()(const call::Splice& call) {
  // Pipes have no offsets; whether they are the right ends is looked at later.
  const auto is_pipe = [&](int fd) {
    const Description* description = world.find(thread, fd);
    return description != nullptr && world.pipe_of(*description) != nullptr;
  };
  const bool is_known = (call.flags & ~kAllFlags) == 0 && world.find(thread, call.in) != nullptr &&
                        world.find(thread, call.out) != nullptr;
  if (call.size > 0 && is_known && !MUTANT(pipe_splices_from_offset) &&
      ((call.in_offset && is_pipe(call.in)) || (call.out_offset && is_pipe(call.out))))
    return failed(ESPIPE);
  return between(call.in, call.out, call.size, call.flags, false);
}

Calls::Start Calls::operator()(const call::Tee& call) {
  return between(call.in, call.out, call.size, call.flags, true);
}

/// First there has to be something to take, then room to put it, then both at once.
Calls::Start Calls::between(int in, int out, std::size_t size, unsigned flags, bool copies) {
  if (size == 0 && !copies) return done(0);
  if ((flags & ~kAllFlags) != 0) return failed(EINVAL);
  if (size == 0) return done(0);
  const DescriptionId from = reading_description(in);
  const DescriptionId to = writing_description(out);
  if (from < 0 || to < 0) return failed(EBADF);
  if (world.pipe_of(world.descriptions_.at(from)) == nullptr ||
      world.pipe_of(world.descriptions_.at(to)) == nullptr)
    return failed(EINVAL);
  const ObjectId source = world.descriptions_.at(from).object;
  const ObjectId target = world.descriptions_.at(to).object;
  if (source == target) return failed(EINVAL);
  world.hold(from);
  world.hold(to);
  const int both = world.descriptions_.at(from).flags | world.descriptions_.at(to).flags;
  const bool is_nonblocking = (flags & SPLICE_F_NONBLOCK) != 0 || (both & O_NONBLOCK) != 0;
  return World::Attempt{[=, me = thread](World& now, Occasion) -> Outcome {
    auto& input = std::get<Pipe>(now.objects_.at(source).state);
    auto& output = std::get<Pipe>(now.objects_.at(target).state);
    const auto end = [&](Reply reply) -> Outcome {
      now.spread_wakes(source);
      now.spread_wakes(target);
      now.let_go(from);
      now.let_go(to);
      if (reply.error == EPIPE) now.send_signal(me, SIGPIPE);
      return reply;
    };
    if (input.is_empty() && now.is_interrupted(me)) {
      std::ignore = end(done(0));
      return World::Restart::kWithFlag;
    }
    if (!input.is_readable()) {
      if (is_nonblocking) return end(failed(EAGAIN));
      return Sleep{{{source, Queue::kReaders, Wait::kShared}}};
    }
    if (output.is_full() && output.has_readers()) {
      if (is_nonblocking) return end(failed(EAGAIN));
      if (!now.is_interrupted(me)) return Sleep{{{target, Queue::kWriters, Wait::kShared}}};
      std::ignore = end(done(0));
      return World::Restart::kWithFlag;
    }
    Answer<std::size_t> moved = copies ? input.tee_to(output, size) : input.splice_to(output, size);
    if (moved.is_value() && copies && MUTANT(tee_takes)) std::ignore = input.read(moved.value());
    return end(moved.is_value() ? done(static_cast<std::int64_t>(moved.value()))
                                : failed(moved.error().value));
  }};
}

Calls::Start Calls::operator()(const call::TakePages& call) {
  if ((call.flags & ~kAllFlags) != 0) return failed(EINVAL);
  const Description* description = world.find(thread, call.fd);
  if (description == nullptr) return failed(EBADF);
  if (call.size == 0) return done(0);  // whatever it is
  if (world.pipe_of(*description) == nullptr) return failed(EBADF);
  if (description->ends.writes) return give_pages(call.fd, Bytes(call.size, 0), 0, call.flags, true);
  return take_pages(call.fd, call.size, call.flags, true);
}

/// A read that only SPLICE_F_NONBLOCK keeps from waiting.
Calls::Start Calls::take_pages(int fd, std::size_t size, unsigned flags, bool tells) {
  if (size == 0) return done(0);
  const DescriptionId number = world.number_of(thread, fd);
  const ObjectId object = world.descriptions_.at(number).object;
  world.hold(number);
  return World::Attempt{[=, me = thread](World& now, Occasion) -> Outcome {
    Answer<Bytes> answer = std::get<Pipe>(now.objects_.at(object).state).take(size);
    const bool would_wait = answer.is_blocked() && (flags & SPLICE_F_NONBLOCK) == 0;
    if (would_wait && !now.is_interrupted(me))
      return Sleep{{{object, answer.blocked().queue, answer.blocked().wait}}};
    now.spread_wakes(object);
    now.let_go(number);
    if (would_wait) return World::Restart::kWithFlag;
    if (answer.is_blocked()) return failed(EAGAIN);
    Reply reply = done(static_cast<std::int64_t>(answer.value().size()));
    if (tells) reply.bytes = std::move(answer.value());
    return reply;
  }};
}

Calls::Start Calls::operator()(const call::Vmsplice& call) {
  if ((call.flags & ~kAllFlags) != 0) return failed(EINVAL);
  const Description* description = world.find(thread, call.fd);
  if (description == nullptr) return failed(EBADF);
  if (call.bytes.empty()) return done(0);  // whatever it is
  if (world.pipe_of(*description) == nullptr) return failed(EBADF);
  if (!description->ends.writes) return take_pages(call.fd, call.bytes.size(), call.flags, false);
  return give_pages(call.fd, call.bytes, call.offset, call.flags, false);
}

Calls::Start Calls::give_pages(int fd, const Bytes& bytes, std::size_t offset, unsigned flags, bool tells) {
  if (bytes.empty()) return done(0);
  const DescriptionId number = world.number_of(thread, fd);
  const ObjectId object = world.descriptions_.at(number).object;
  world.hold(number);
  return World::Attempt{[=, me = thread](World& now, Occasion) -> Outcome {
    auto& pipe = std::get<Pipe>(now.objects_.at(object).state);
    const auto answer = pipe.vmsplice(bytes, offset);
    const bool would_wait = answer.is_blocked() && (flags & SPLICE_F_NONBLOCK) == 0;
    if (would_wait && !now.is_interrupted(me))
      return Sleep{{{object, answer.blocked().queue, answer.blocked().wait}}};
    now.spread_wakes(object);
    now.let_go(number);
    if (would_wait) return World::Restart::kWithFlag;
    if (answer.is_blocked()) return failed(EAGAIN);
    if (!answer.is_value()) {
      now.send_signal(me, SIGPIPE);
      return failed(answer.error().value);
    }
    Reply reply = done(static_cast<std::int64_t>(answer.value()));
    if (tells) reply.bytes = bytes.substr(0, answer.value());
    return reply;
  }};
}

}  // namespace flinch::mechanisms
