// POSIX message queues as descriptors: mq_open(3), mq_send(3), mq_receive(3), mq_getattr(3), mq_notify(3).
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include "core/mechanisms/calls_impl.h"
#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {
namespace {

constexpr unsigned kPriorityMax = 32768;  // MQ_PRIO_MAX
constexpr std::size_t kNameMax = 255;     // NAME_MAX
constexpr int kSignalMax = 64;
constexpr int kNotKept = O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC;

/// What is wrong with a name, or 0. Queues know no folders.
int error_of_name(const std::string& name) {
  if (name.empty()) return ENOENT;
  if (name == "." || name == ".." || name.find('/') != std::string::npos) return EACCES;
  return name.size() > kNameMax ? ENAMETOOLONG : 0;
}

Ends ends_of(int flags) {
  const int access = flags & O_ACCMODE;
  return {access == O_RDONLY || access == O_RDWR, access == O_WRONLY || access == O_RDWR};
}

}  // namespace

PosixQueue* Calls::queue_of(const Description* description) {
  return description == nullptr ? nullptr : std::get_if<PosixQueue>(&world.state_of(*description));
}

Calls::Start Calls::operator()(const call::MqOpen& call) {
  const int fd = free_descriptor();
  if (call.name.empty()) return failed(ENOENT);
  if (fd < 0) return failed(EMFILE);
  if (const int error = error_of_name(call.name); error != 0) return failed(error);
  auto found = world.queues_.find(call.name);
  if (found == world.queues_.end()) {
    if ((call.flags & O_CREAT) == 0) return failed(ENOENT);
    QueueLimits limits = world.limits_.queues;
    limits.bytes_max = world.process_of(thread).queue_bytes_max;
    const QueueAttributes usual{std::min(limits.defaults.messages_max, limits.ceiling.messages_max),
                                std::min(limits.defaults.size_max, limits.ceiling.size_max)};
    const QueueAttributes attributes = call.attributes.value_or(usual);
    const auto cost = PosixQueue::charge(attributes, limits, is_privileged(), world.queue_bytes());
    if (!cost.is_value()) return failed(cost.error().value);
    const int mode = S_IFREG | (call.mode & 07777);
    const ObjectId made = world.objects_.add({PosixQueue{attributes}, 1, mode});  // for its name
    found = world.queues_.emplace(call.name, made).first;
  } else {
    const int exclusive = O_CREAT | O_EXCL;
    if ((call.flags & exclusive) == exclusive && !MUTANT(mq_excl_is_ignored)) return failed(EEXIST);
    if ((call.flags & O_ACCMODE) == O_ACCMODE) return failed(EINVAL);
    const int access = call.flags & O_ACCMODE;  // O_TRUNC asks for nothing here
    if (!may_open(world.objects_.at(found->second).mode, access) && !MUTANT(mq_modes_are_ignored))
      return failed(EACCES);
  }
  if ((call.flags & O_DIRECT) != 0) return failed(EINVAL);  // looked at last: what was made stays
  const DescriptionId description =
      world.describe(found->second, call.flags & ~kNotKept, ends_of(call.flags));
  world.hold(description);
  // Linux closes it on exec whether it was asked to or not.
  world.install(world.process_of(thread), fd, description, !MUTANT(mq_kept_on_exec));
  return done(fd);
}

Calls::Start Calls::operator()(const call::MqUnlink& call) {
  if (const int error = error_of_name(call.name); error != 0) return failed(error);
  const auto found = world.queues_.find(call.name);
  if (found == world.queues_.end()) return failed(ENOENT);
  const ObjectId object = found->second;
  if (!MUTANT(mq_unlink_keeps_name)) {
    world.queues_.erase(found);
    world.drop_object(object);
  }
  return done(0);
}

Calls::Start Calls::operator()(const call::MqSend& call) {
  if (is_invalid(call.deadline) || call.priority >= kPriorityMax) return failed(EINVAL);
  const Description* description = world.find(thread, call.fd);
  if (queue_of(description) == nullptr) return failed(EBADF);
  if (!description->ends.writes && !MUTANT(mq_anybody_sends)) return failed(EBADF);
  const DescriptionId number = world.number_of(thread, call.fd);
  world.hold(number);
  return World::Attempt{[=, me = thread](World& now, Occasion occasion) -> Outcome {
    const Description& held = now.descriptions_.at(number);
    const ObjectId object = held.object;
    auto& queue = std::get<PosixQueue>(now.objects_.at(object).state);
    if (occasion == Occasion::kWoken && queue.leave(me)) {
      now.let_go(number);
      return World::Restart::kWithFlag;
    }
    Answer<std::size_t> sent{std::size_t{0}};
    if (occasion == Occasion::kMade) sent = queue.send({call.priority, call.bytes});
    const bool waits = (held.flags & O_NONBLOCK) == 0 && call.deadline == Deadline::kNone;
    if (sent.is_blocked() && waits) {
      queue.wait_to_send(me, {call.priority, call.bytes});
      return Sleep{{{object, sent.blocked().queue, Wait::kExclusive}}};
    }
    const int refusal = (held.flags & O_NONBLOCK) != 0 ? EAGAIN : ETIMEDOUT;
    now.spread_wakes(object);
    now.let_go(number);
    if (sent.is_blocked()) return failed(refusal);
    return sent.is_value() ? done(0) : failed(sent.error().value);
  }};
}

Calls::Start Calls::operator()(const call::MqReceive& call) {
  if (is_invalid(call.deadline)) return failed(EINVAL);
  const Description* description = world.find(thread, call.fd);
  if (queue_of(description) == nullptr || !description->ends.reads) return failed(EBADF);
  const DescriptionId number = world.number_of(thread, call.fd);
  world.hold(number);
  return World::Attempt{[=, me = thread](World& now, Occasion occasion) -> Outcome {
    const Description& held = now.descriptions_.at(number);
    const ObjectId object = held.object;
    auto& queue = std::get<PosixQueue>(now.objects_.at(object).state);
    if (occasion == Occasion::kWoken && queue.leave(me)) {
      now.let_go(number);
      return World::Restart::kWithFlag;
    }
    auto received =
        occasion == Occasion::kMade ? queue.receive(call.size) : Answer<QueueMessage>{queue.take_handed(me)};
    const bool waits = (held.flags & O_NONBLOCK) == 0 && call.deadline == Deadline::kNone;
    if (received.is_blocked() && waits) {
      queue.wait_to_receive(me);
      return Sleep{{{object, received.blocked().queue, Wait::kExclusive}}};
    }
    const int refusal = (held.flags & O_NONBLOCK) != 0 ? EAGAIN : ETIMEDOUT;
    now.spread_wakes(object);
    now.let_go(number);
    if (received.is_blocked()) return failed(refusal);
    if (!received.is_value()) return failed(received.error().value);
    Reply reply = done(static_cast<std::int64_t>(received.value().bytes.size()));
    reply.numbers = {received.value().priority};
    reply.bytes = std::move(received.value().bytes);
    return reply;
  }};
}

Calls::Start Calls::operator()(const call::MqGetSetAttr& call) {
  if (call.flags && (*call.flags & ~std::int64_t{O_NONBLOCK}) != 0) return failed(EINVAL);
  Description* description = world.find(thread, call.fd);
  const PosixQueue* queue = queue_of(description);
  if (queue == nullptr) return failed(EBADF);
  Reply reply = done(0);
  reply.numbers = {description->flags & O_NONBLOCK, queue->attributes().messages_max,
                   queue->attributes().size_max, static_cast<std::int64_t>(queue->count())};
  if (call.flags && !MUTANT(mq_setattr_does_nothing))
    description->flags = (description->flags & ~O_NONBLOCK) | static_cast<int>(*call.flags);
  return reply;
}

Calls::Start Calls::operator()(const call::MqNotify& call) {
  if (call.method && *call.method != SIGEV_NONE && *call.method != SIGEV_SIGNAL) return failed(EINVAL);
  if (call.method == SIGEV_SIGNAL && (call.signal < 0 || call.signal > kSignalMax)) return failed(EINVAL);
  PosixQueue* queue = queue_of(world.find(thread, call.fd));
  if (queue == nullptr) return failed(EBADF);
  const ProcessId process = world.threads_.at(thread).process;
  if (!call.method) {
    if (queue->owner() == process || MUTANT(mq_anybody_unregisters)) queue->remove_owner();
    return done(0);
  }
  const auto registered = queue->register_owner(process, *call.method, call.signal);
  return registered.is_value() ? done(0) : failed(registered.error().value);
}

Calls::Start Calls::operator()(const call::MqStatus& call) {
  const Description* description = world.find(thread, call.fd);
  if (description == nullptr) return failed(EBADF);
  if (!has_position(*description)) return failed(ESPIPE);
  const PosixQueue* queue = queue_of(description);
  if (queue == nullptr || !description->ends.reads) return failed(EBADF);
  const auto registration = queue->registration();
  Reply reply = done(0);
  reply.numbers = {static_cast<std::int64_t>(MUTANT(mq_status_counts_messages) ? queue->count()
                                                                               : queue->bytes_in_messages()),
                   registration ? registration->method : 0, 0,
                   registration ? shown(registration->process) : 0};
  if (registration && registration->method == SIGEV_SIGNAL) reply.numbers[2] = registration->signal;
  return reply;
}

Calls::Start Calls::operator()(const call::LimitQueues& call) {
  world.process_of(thread).queue_bytes_max = call.bytes_max;
  return done(0);
}

std::uint64_t World::queue_bytes() const {
  QueueLimits boundless = limits_.queues;
  boundless.bytes_max = ~std::uint64_t{0};
  std::uint64_t sum = 0;
  for (ObjectId number = 0; number < objects_.size(); ++number) {
    if (!objects_.contains(number)) continue;
    if (const auto* queue = std::get_if<PosixQueue>(&objects_.at(number).state))
      sum += PosixQueue::charge(queue->attributes(), boundless, true, 0).value();
  }
  return sum;
}

/// The text of MqStatus tells the number of a process, which is a driver's affair, so read(2) leaves it out: a
/// queue reads as an empty file.
Calls::Start Calls::read_from(PosixQueue&, DescriptionId, std::size_t) { return done(0); }

/// A queue cannot be written to but by mq_send(3).
Calls::Start Calls::write_to(PosixQueue&, DescriptionId, const Bytes&) { return failed(EINVAL); }

}  // namespace flinch::mechanisms
