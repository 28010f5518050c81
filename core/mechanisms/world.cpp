#include "core/mechanisms/world.h"

#include <algorithm>

#include "core/mechanisms/calls_impl.h"
#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {

World::World(Limits limits) : limits_{limits}, unix_sockets_{limits.sockets} {
  Process first{};
  first.queue_bytes_max = limits.queues.bytes_max;
  first.descriptors_max = limits.descriptors_max;
  threads_.add({processes_.add(std::move(first)), std::nullopt, {}});
}

void World::make(ThreadId thread, const SystemCall& call) {
  auto start = std::visit(Calls{*this, thread}, call);
  if (Reply* reply = std::get_if<Reply>(&start))
    finish(thread, std::move(*reply));
  else
    begin(thread, std::move(std::get<Attempt>(start)));
}

void World::begin(ThreadId thread, Attempt attempt) {
  threads_.at(thread).sleep = std::move(attempt);
  settle(thread, (*threads_.at(thread).sleep)(*this, Occasion::kMade));
}

void World::run(ThreadId thread) {
  std::erase(runnable_, thread);
  settle(thread, (*threads_.at(thread).sleep)(*this, Occasion::kWoken));
}

void World::settle(ThreadId thread, Outcome outcome) {
  if (Reply* reply = std::get_if<Reply>(&outcome)) {
    threads_.at(thread).sleep.reset();
    finish(thread, std::move(*reply));
    return;
  }
  for (const Bed& bed : std::get<Sleep>(outcome).beds) {
    // A shared sleeper stands before the others, and the last to come is the first of them.
    if (bed.wait == Wait::kShared)
      sleepers_.insert(sleepers_.begin(), {thread, bed});
    else
      sleepers_.insert(MUTANT(pipe_last_come_first_served) || MUTANT(unix_last_reader_first)
                           ? sleepers_.begin()
                           : sleepers_.end(),
                       {thread, bed});
  }
}

void World::finish(ThreadId thread, Reply reply) {
  if (!threads_.contains(thread)) return;  // exit(2)
  reply.signals = std::exchange(threads_.at(thread).signals, {});
  replies_.emplace_back(thread, std::move(reply));
}

void World::answer(ThreadId sleeper, Reply reply) {
  std::erase(runnable_, sleeper);
  threads_.at(sleeper).sleep.reset();
  finish(sleeper, std::move(reply));
}

void World::rouse(ThreadId sleeper) {
  if (std::find(runnable_.begin(), runnable_.end(), sleeper) == runnable_.end()) runnable_.push_back(sleeper);
}

/// Tells an object's sleepers what has happened to it.
void World::spread_wakes(ObjectId object) {
  auto& state = objects_.at(object).state;
  if (std::holds_alternative<UnixSocketPlace>(state)) return spread_socket_wakes();
  const std::vector<Wake> wakes = std::visit([](auto& thing) { return thing.take_wakes(); }, state);
  for (const Wake& wake : wakes) wake_sleepers(object, wake);
}

void World::spread_socket_wakes() {
  for (const auto& [object, wake] : unix_sockets_.take_wakes()) wake_sleepers(object, wake);
}

void World::wake_sleepers(ObjectId object, const Wake& wake) {
  if (wake.who == Wake::Who::kThread) {
    end_sleep(wake.thread);
    return;
  }
  std::vector<ThreadId> woken;
  for (const auto& [thread, bed] : sleepers_) {
    if (bed.object != object || bed.queue != wake.queue) continue;
    if (wake.events != 0 && bed.events != 0 && (wake.events & bed.events) == 0) continue;
    woken.push_back(thread);
    if (bed.wait == Wait::kExclusive && wake.who == Wake::Who::kOne) break;
  }
  for (const ThreadId thread : woken) {
    std::erase_if(sleepers_, [thread](const Sleeper& sleeper) { return sleeper.thread == thread; });
    if (std::find(runnable_.begin(), runnable_.end(), thread) == runnable_.end()) runnable_.push_back(thread);
  }
}

void World::end_sleep(ThreadId thread) {
  std::erase_if(sleepers_, [thread](const Sleeper& sleeper) { return sleeper.thread == thread; });
  settle(thread, (*threads_.at(thread).sleep)(*this, Occasion::kWoken));
}

std::vector<ThreadId> World::idle_threads() const {
  std::vector<ThreadId> idle;
  for (ThreadId thread = 0; thread < threads_.size(); ++thread)
    if (threads_.contains(thread) && !is_asleep(thread)) idle.push_back(thread);
  return idle;
}

std::vector<int> World::descriptors(ThreadId thread) const {
  std::vector<int> numbers;
  for (const auto& [fd, descriptor] : processes_.at(threads_.at(thread).process).descriptors)
    if (descriptor.description != kReserved) numbers.push_back(fd);
  return numbers;
}

std::optional<World::Kind> World::kind(ThreadId thread, int fd) const {
  const auto& table = processes_.at(threads_.at(thread).process).descriptors;
  const auto found = table.find(fd);
  if (found == table.end() || found->second.description == kReserved) return std::nullopt;
  const State& state = objects_.at(descriptions_.at(found->second.description).object).state;
  if (std::holds_alternative<Pipe>(state)) return Kind::kPipe;
  if (std::holds_alternative<PosixQueue>(state)) return Kind::kQueue;
  if (std::holds_alternative<SharedMemory>(state)) return Kind::kMemory;
  return std::holds_alternative<UnixSocketPlace>(state) ? Kind::kSocket : Kind::kOther;
}

World::Description* World::find(ThreadId thread, int fd) {
  const auto& table = process_of(thread).descriptors;
  const auto found = table.find(fd);
  if (found == table.end() || found->second.description == kReserved) return nullptr;
  return &descriptions_.at(found->second.description);
}

int World::free_descriptor(const Process& process, int from) const {
  int number = from;
  for (auto it = process.descriptors.lower_bound(from);
       it != process.descriptors.end() && it->first == number; ++it)
    ++number;
  return number < process.descriptors_max ? number : -1;
}

void World::install(Process& process, int fd, DescriptionId description, bool closes_on_exec) {
  process.descriptors[fd] = {description, closes_on_exec};
}

/// Precondition: `fd` is in the table.
void World::close(Process& process, int fd) {
  const DescriptionId description = process.descriptors.at(fd).description;
  process.descriptors.erase(fd);
  if (description == kReserved) return;
  // Whoever closes a descriptor of a queue is no longer told of its messages, mq_notify(3).
  auto* queue = std::get_if<PosixQueue>(&state_of(descriptions_.at(description)));
  if (queue != nullptr && queue->owner() && &processes_.at(*queue->owner()) == &process &&
      !MUTANT(mq_notify_survives_close))
    queue->remove_owner();
  let_go(description);
}

short World::events_of(DescriptionId number) {
  const Description& description = descriptions_.at(number);
  State& state = state_of(description);
  if (std::holds_alternative<UnixSocketPlace>(state)) return unix_sockets_.events(description.object);
  return std::visit([&](auto& thing) { return thing.events(description.ends, description.writers_seen); },
                    state);
}

DescriptionId World::describe(ObjectId object, int flags, Ends ends) {
  ++objects_.at(object).references;
  return descriptions_.add({object, flags, ends, ~std::uint64_t{0}, 0});
}

void World::let_go(DescriptionId number) {
  Description& description = descriptions_.at(number);
  if (--description.references > 0) return;
  const ObjectId object = description.object;
  State& state = objects_.at(object).state;
  if (std::holds_alternative<UnixSocketPlace>(state)) unix_sockets_.close(object);
  std::visit([&](auto& thing) { thing.remove(description.ends); }, state);
  descriptions_.remove(number);
  spread_wakes(object);
  drop_object(object);
}

void World::drop_object(ObjectId number) {
  Object& object = objects_.at(number);
  if (--object.references > 0) return;
  // A FIFO keeps nothing while nobody has it open (fifo(7)).
  for (auto& [name, fifo] : fifos_)
    if (fifo.object == number) fifo.object.reset();
  objects_.remove(number);
}

}  // namespace flinch::mechanisms
