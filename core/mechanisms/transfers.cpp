// read(2), write(2) and their vectors, on whatever a descriptor stands for.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>

#include <memory>
#include <numeric>

#include "core/mechanisms/calls_impl.h"
#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {
namespace {

constexpr int kNone = -1;

}  // namespace

int Calls::reading_description(int fd) const {
  const Description* description = world.find(thread, fd);
  return description != nullptr && description->ends.reads ? world.number_of(thread, fd) : kNone;
}

int Calls::writing_description(int fd) const {
  const Description* description = world.find(thread, fd);
  return description != nullptr && description->ends.writes ? world.number_of(thread, fd) : kNone;
}

Calls::Start Calls::read(int fd, std::size_t size) {
  const DescriptionId number = reading_description(fd);
  if (number == kNone) {
    const bool exists = world.find(thread, fd) != nullptr;
    return failed(exists && MUTANT(wrong_end_is_einval) ? EINVAL : EBADF);
  }
  return std::visit([&](auto& state) { return read_from(state, number, size); },
                    world.state_of(world.descriptions_.at(number)));
}

Calls::Start Calls::write(int fd, Bytes bytes) {
  const DescriptionId number = writing_description(fd);
  if (number == kNone) return failed(EBADF);
  return std::visit([&](auto& state) { return write_to(state, number, std::move(bytes)); },
                    world.state_of(world.descriptions_.at(number)));
}

Calls::Start Calls::read_from(Pipe&, DescriptionId number, std::size_t size) {
  world.hold(number);
  return World::Attempt{[=, me = thread](World& now, Occasion occasion) -> Outcome {
    const Description& description = now.descriptions_.at(number);
    const ObjectId object = description.object;
    Pipe& pipe = *now.pipe_of(description);
    // Whoever was woken looks whether it is for him; only then at his call again, and at O_NONBLOCK.
    const bool was_woken = occasion == Occasion::kWoken;
    if (was_woken && !pipe.is_readable()) {
      if (!now.is_interrupted(me)) return Sleep{{{object, Queue::kReaders, Wait::kExclusive}}};
      now.let_go(number);
      return World::Restart::kWithFlag;
    }
    Answer<Bytes> answer = pipe.read(size);
    if (answer.is_blocked() && (description.flags & O_NONBLOCK) == 0)
      return Sleep{{{object, answer.blocked().queue, answer.blocked().wait}}};
    pipe.end_read(was_woken);
    now.spread_wakes(object);
    now.let_go(number);
    if (answer.is_blocked()) return failed(EAGAIN);
    if (!answer.is_value()) return failed(answer.error().value);
    Reply reply = done(static_cast<std::int64_t>(answer.value().size()));
    reply.bytes = std::move(answer.value());
    return reply;
  }};
}

Calls::Start Calls::write_to(Pipe&, DescriptionId number, Bytes bytes) {
  world.hold(number);
  // A blocking write goes on until all is written: what is left is this call's own.
  return World::Attempt{[=, me = thread, written = std::size_t{0}, bytes = std::move(bytes),
                         has_waited = false](World& now, Occasion occasion) mutable -> Outcome {
    const Description& description = now.descriptions_.at(number);
    const ObjectId object = description.object;
    Pipe& pipe = *now.pipe_of(description);
    const bool was_woken = occasion == Occasion::kWoken;
    const bool is_interrupted = now.is_interrupted(me);
    if (was_woken && !pipe.is_writable() && !is_interrupted)
      return Sleep{{{object, Queue::kWriters, Wait::kExclusive}}};
    const Packets packets = (description.flags & O_DIRECT) != 0 ? Packets::kYes : Packets::kNo;
    const auto rest = std::string_view{bytes}.substr(written);
    Answer<std::size_t> answer = pipe.write(rest, packets, has_waited ? Part::kRest : Part::kFirst);
    const bool is_broken = !answer.is_value() && !answer.is_blocked();
    if (answer.is_value()) written += answer.value();
    const bool has_more = !is_broken && written < bytes.size() && (description.flags & O_NONBLOCK) == 0;
    if (has_more && (!is_interrupted || MUTANT(signal_write_is_not_cut))) {
      has_waited = true;
      now.spread_wakes(object);
      return Sleep{{{object, Queue::kWriters, Wait::kExclusive}}};
    }
    pipe.end_write(was_woken);
    now.spread_wakes(object);
    now.let_go(number);
    if (is_broken && !MUTANT(pipe_no_sigpipe)) now.send_signal(me, SIGPIPE);
    if (is_broken && written == 0) return failed(answer.error().value);
    if (has_more && written == 0) return World::Restart::kWithFlag;
    if (written == 0 && !bytes.empty()) return failed(EAGAIN);
    return done(static_cast<std::int64_t>(written));
  }};
}

Calls::Start Calls::operator()(const call::Read& call) { return read(call.fd, call.size); }

Calls::Start Calls::operator()(const call::Write& call) { return write(call.fd, call.bytes); }

Calls::Start Calls::operator()(const call::Readv& call) {
  if (reading_description(call.fd) == kNone) return failed(EBADF);
  if (call.sizes.size() > IOV_MAX) return failed(EINVAL);
  const std::size_t size = std::accumulate(call.sizes.begin(), call.sizes.end(), std::size_t{0});
  return size == 0 && world.kind(thread, call.fd) != World::Kind::kEpoll ? Start{done(0)}
                                                                         : read(call.fd, size);
}

Calls::Start Calls::operator()(const call::Writev& call) {
  if (writing_description(call.fd) == kNone) return failed(EBADF);
  if (call.parts.size() > IOV_MAX) return failed(EINVAL);
  Bytes all;
  for (const Bytes& part : call.parts) all += part;
  const DescriptionId number = writing_description(call.fd);
  if (std::holds_alternative<EventCounter>(world.state_of(world.descriptions_.at(number)))) {
    if (all.empty()) return done(0);
    if (!MUTANT(eventfd_vector_is_one)) return write_parts(number, call.parts);
  }
  // Of no bytes at all, vectors tell nothing to a socket, though write(2) does.
  const bool is_socket = error_of_socket(call.fd) == 0;
  if (is_socket && all.empty()) return done(0);
  return write(call.fd, std::move(all));
}

}  // namespace flinch::mechanisms
