#include "core/mechanisms/world.h"

#include <signal.h>

#include <algorithm>
#include <iterator>

#include "core/mechanisms/calls_impl.h"
#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {

World::World(Limits limits) : limits_{limits}, unix_sockets_{limits.sockets} {
  Process first{};
  first.queue_bytes_max = limits.queues.bytes_max;
  first.signals.action(SIGPIPE).handler = SignalAction::Handler::kFunction;
  first.descriptors_max = limits.descriptors_max;
  threads_.add({processes_.add(std::move(first))});
}

void World::make(ThreadId thread, const SystemCall& call) {
  threads_.at(thread).call = call;
  current_ = thread;
  start(thread);
  current_ = kNobody;
}

/// The call that is under way, from its beginning.
void World::start(ThreadId thread) {
  const SystemCall call = *threads_.at(thread).call;
  auto begun = std::visit(Calls{*this, thread}, call);
  if (Reply* reply = std::get_if<Reply>(&begun)) {
    finish(thread, std::move(*reply));
    return;
  }
  threads_.at(thread).sleep = std::move(std::get<Attempt>(begun));
  settle(thread, (*threads_.at(thread).sleep)(*this, Occasion::kMade));
}

void World::run(ThreadId thread) {
  std::erase(runnable_, thread);
  current_ = thread;
  if (is_asleep(thread))
    settle(thread, (*threads_.at(thread).sleep)(*this, Occasion::kWoken));
  else
    return_to_program(thread);
  current_ = kNobody;
}

std::vector<ThreadId> World::runnable() const {
  // Handlers do nothing, so those who only handle signals come first, as long as nobody who could send another
  // one runs: by his end, his stop or his going on.
  const auto is_quiet = [this](ThreadId id) {
    const Thread& thread = threads_.at(id);
    const Process& process = processes_.at(thread.process);
    if (process.family.is_ending || process.family.will_tell_continued) return false;
    const SignalSet pending = thread.signals.pending.set() | process.signals.pending.set();
    for (int signal = 1; signal <= kSignalCount; ++signal)
      if ((pending & set_of(signal)) != 0 &&
          (process.signals.is_fatal(signal) || disposition_of(signal) == Disposition::kStop))
        return false;
    return true;
  };
  if (!std::all_of(runnable_.begin(), runnable_.end(), is_quiet)) return runnable_;
  const auto idle =
      std::find_if(runnable_.begin(), runnable_.end(), [this](ThreadId id) { return !is_asleep(id); });
  return idle == runnable_.end() ? runnable_ : std::vector<ThreadId>{*idle};
}

void World::settle(ThreadId thread, Outcome outcome) {
  if (Reply* reply = std::get_if<Reply>(&outcome)) {
    finish(thread, std::move(*reply));
    return;
  }
  if (const Restart* restart = std::get_if<Restart>(&outcome)) {
    threads_.at(thread).sleep.reset();
    threads_.at(thread).ending = *restart;
    return_to_program(thread);
    return;
  }
  for (const Bed& bed : std::get<Sleep>(outcome).beds) {
    if (is_first(bed.wait))
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
  threads_.at(thread).sleep.reset();
  threads_.at(thread).ending = std::move(reply);
  return_to_program(thread);
}

void World::answer(ThreadId sleeper, Reply reply) {
  std::erase(runnable_, sleeper);
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
  std::vector<Sleeper> queue;  // as it is now: whoever is woken leaves it
  std::copy_if(sleepers_.begin(), sleepers_.end(), std::back_inserter(queue), [&](const Sleeper& sleeper) {
    return sleeper.bed.object == object && sleeper.bed.queue == wake.queue;
  });
  for (const auto& [thread, bed, watch] : queue) {
    bool is_served = true;
    if (watch)
      is_served = tell(*watch, static_cast<std::uint16_t>(wake.events));
    else if (wake.events == 0 || bed.events == 0 || (wake.events & bed.events) != 0)
      wake_thread(thread);
    else
      continue;
    if (is_served && is_exclusive(bed.wait) && wake.who == Wake::Who::kOne) break;
  }
}

void World::wake_thread(ThreadId thread) {
  std::erase_if(sleepers_, [thread](const Sleeper& sleeper) { return sleeper.thread == thread; });
  rouse(thread);
}

void World::end_sleep(ThreadId thread) {
  std::erase_if(sleepers_, [thread](const Sleeper& sleeper) { return sleeper.thread == thread; });
  std::erase(runnable_, thread);
  settle(thread, (*threads_.at(thread).sleep)(*this, Occasion::kWoken));
}

std::vector<ThreadId> World::idle_threads() const {
  std::vector<ThreadId> idle;
  for (ThreadId thread = 0; thread < threads_.size(); ++thread)
    if (threads_.contains(thread) && !is_asleep(thread) && !is_stopped(thread)) idle.push_back(thread);
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
  if (std::holds_alternative<Epoll>(state)) return Kind::kEpoll;
  return std::holds_alternative<UnixSocketPlace>(state) ? Kind::kSocket : Kind::kOther;
}

const UnixSocket* World::socket(ThreadId thread, int fd) const {
  if (kind(thread, fd) != Kind::kSocket) return nullptr;
  const auto& descriptor = processes_.at(threads_.at(thread).process).descriptors.at(fd);
  return &unix_sockets_.at(descriptions_.at(descriptor.description).object);
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
  if (MUTANT(epoll_forgets_closed_numbers)) end_watches_of(description);
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
  if (std::holds_alternative<Epoll>(state)) return epoll_events(description.object);
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
  end_watches_of(number);
  if (std::holds_alternative<Epoll>(state)) end_watches_by(object);
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
