#include "core/mechanisms/system_v_semaphores.h"

#include <errno.h>
#include <sys/ipc.h>
#include <sys/sem.h>

#include <algorithm>

#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {
namespace {

bool changes(const SemaphoreOperation& operation) { return operation.change != 0; }

}  // namespace

void SystemVSemaphores::remember(ProcessId process) {
  adjustments_.try_emplace(process, std::vector<int>(size(), 0));
}

/// All operations one after another on a copy, which becomes the set if none of them fails or has to wait.
std::optional<int> SystemVSemaphores::perform(Request& request) {
  auto semaphores = semaphores_;
  const auto remembered = adjustments_.find(request.process);
  std::vector<int> adjustments = remembered != adjustments_.end() ? remembered->second : std::vector<int>{};
  for (std::size_t i = 0; i < request.operations.size(); ++i) {
    const SemaphoreOperation& operation = request.operations[i];
    Semaphore& semaphore = semaphores[operation.number];
    const int value = semaphore.value + operation.change;
    if (value < 0 || (!changes(operation) && value != 0)) {
      request.blocking = i;
      if (MUTANT(semaphore_set_is_not_atomic)) semaphores_ = std::move(semaphores);
      return (operation.flags & IPC_NOWAIT) != 0 ? std::optional{EAGAIN} : std::nullopt;
    }
    if (value > kSemaphoreMax && !MUTANT(semaphore_has_no_maximum)) return ERANGE;
    if ((operation.flags & SEM_UNDO) != 0) {
      int& adjustment = adjustments[operation.number];
      adjustment -= operation.change;
      if (adjustment < -kSemaphoreMax - 1 || adjustment > kSemaphoreMax) return ERANGE;
    }
    semaphore = {value, request.process};
  }
  semaphores_ = std::move(semaphores);
  if (remembered != adjustments_.end()) remembered->second = std::move(adjustments);
  has_operated_ = true;
  return 0;
}

std::optional<int> SystemVSemaphores::operate(Request request, Patience patience) {
  const bool alters = std::any_of(request.operations.begin(), request.operations.end(), changes);
  const std::optional<int> result = perform(request);
  if (result == 0 && alters) serve(&request.operations);
  if (result) return result;
  if (patience == Patience::kNone) return EAGAIN;
  auto& queue = alters ? changers_ : watchers_;
  if (MUTANT(semaphore_last_come_first_served))
    queue.push_front(std::move(request));
  else
    queue.push_back(std::move(request));
  return std::nullopt;
}

/// After a change, of known semaphores or of any: those who wait for zero first, then the others in the order
/// of their coming. Whoever is served may have made room for one who came before him.
void SystemVSemaphores::serve(const Operations* changed) {
  serve_zero(changed);
  for (auto waiter = changers_.begin(); waiter != changers_.end();) {
    const std::optional<int> result = perform(*waiter);
    if (!result) {
      ++waiter;
      continue;
    }
    ended_.emplace_back(waiter->thread, *result);
    const Operations operations = std::move(waiter->operations);
    waiter = changers_.erase(waiter);
    if (MUTANT(semaphore_wakes_one)) return;
    if (*result != 0) continue;
    serve_zero(&operations);
    if (!MUTANT(semaphore_never_looks_back)) waiter = changers_.begin();
  }
}

/// Linux looks at nobody unless one of the semaphores has become zero, and then at requests of one operation
/// before the others: GETPID shows who was last, GETZCNT whom it did not look at.
void SystemVSemaphores::serve_zero(const Operations* changed) {
  const auto is_zero = [](const Semaphore& semaphore) { return semaphore.value == 0; };
  const bool has_zero = changed == nullptr ? std::any_of(semaphores_.begin(), semaphores_.end(), is_zero)
                                           : std::any_of(changed->begin(), changed->end(),
                                                         [&](const SemaphoreOperation& operation) {
                                                           return is_zero(semaphores_[operation.number]);
                                                         });
  if (!has_zero || MUTANT(semaphore_zero_wakes_nobody)) return;
  for (const bool is_single : {true, false}) {
    for (auto waiter = watchers_.begin(); waiter != watchers_.end();) {
      const bool is_its_turn = (waiter->operations.size() == 1) == is_single;
      const std::optional<int> result = is_its_turn ? perform(*waiter) : std::nullopt;
      if (result) ended_.emplace_back(waiter->thread, *result);
      waiter = result ? watchers_.erase(waiter) : waiter + 1;
    }
  }
}

/// A value that is set is nobody's to undo.
void SystemVSemaphores::forget_adjustments(std::size_t number) {
  if (MUTANT(semaphore_setval_keeps_undo)) return;
  for (auto& [process, adjustments] : adjustments_) adjustments[number] = 0;
}

void SystemVSemaphores::set(std::size_t number, int value, ProcessId process) {
  forget_adjustments(number);
  semaphores_[number] = {value, process};
  if (!MUTANT(semaphore_setval_wakes_nobody)) serve(nullptr);
}

void SystemVSemaphores::set_all(const std::vector<std::uint16_t>& values, ProcessId process) {
  for (std::size_t number = 0; number < size(); ++number) {
    forget_adjustments(number);
    semaphores_[number] = {number < values.size() ? values[number] : 0, process};
  }
  serve(nullptr);
}

int SystemVSemaphores::waiting(std::size_t number, For what) const {
  const auto waits = [&](const Request& request) {
    const SemaphoreOperation& operation =
        request.operations[MUTANT(semaphore_counts_first) ? 0 : request.blocking];
    return operation.number == number && changes(operation) == (what == For::kIncrease);
  };
  return static_cast<int>(std::count_if(changers_.begin(), changers_.end(), waits) +
                          std::count_if(watchers_.begin(), watchers_.end(), waits));
}

void SystemVSemaphores::end_process(ProcessId process) {
  const auto remembered = adjustments_.find(process);
  if (remembered == adjustments_.end()) return;
  const std::vector<int> adjustments = std::move(remembered->second);
  adjustments_.erase(remembered);
  if (MUTANT(semaphore_undo_is_forgotten)) return;
  for (std::size_t number = 0; number < size(); ++number) {
    if (adjustments[number] == 0) continue;
    const int value = semaphores_[number].value + adjustments[number];
    const int least = MUTANT(semaphore_undo_below_zero) ? -kSemaphoreMax : 0;
    semaphores_[number] = {std::clamp(value, least, kSemaphoreMax), process};
  }
  has_operated_ = true;
  serve(nullptr);
}

void SystemVSemaphores::leave(ThreadId thread) {
  if (MUTANT(interrupted_operation_stays)) return;
  for (auto* queue : {&changers_, &watchers_})
    std::erase_if(*queue, [thread](const Request& request) { return request.thread == thread; });
}

void SystemVSemaphores::remove() {
  for (const auto* queue : {&changers_, &watchers_})
    for (const Request& waiter : *queue) ended_.emplace_back(waiter.thread, EIDRM);
}

}  // namespace flinch::mechanisms
