// wait(2): wait4(2) and waitid(2).
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "core/mechanisms/calls_impl.h"
#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {
namespace {

constexpr int kKinds = __WNOTHREAD | __WALL | static_cast<int>(__WCLONE);
constexpr int kContinued = 0xffff;

/// What a dead process says.
ChildNews news_of_end(ProcessId process, const Family& family) {
  const int signal = family.status & 0x7f;
  if (signal == 0) return {process, CLD_EXITED, family.status >> 8, family.status};
  return {process, CLD_KILLED, signal, family.status};
}

}  // namespace

/// The first child, by age, that has something to tell; what was learned is not learned again.
Answer<ChildNews> Calls::news_of_children(const Target& whom, int options) {
  const bool keeps = (options & WNOWAIT) != 0 && !MUTANT(wait_nowait_takes);
  bool has_children = false;
  for (ProcessId number = 0; number < world.processes_.size(); ++number) {
    if (!world.processes_.contains(number)) continue;
    Family& family = world.processes_.at(number).family;
    if (family.parent != process()) continue;
    const bool is_meant = whom.kind == Target::Kind::kProcess ? family.first_thread == whom.number
                                                              : whom.kind != Target::Kind::kUnused;
    // Children of clone(2) with another signal are another kind; there are none here.
    const bool is_kind = (options & __WALL) != 0 || (options & static_cast<int>(__WCLONE)) == 0;
    if ((!is_meant && !MUTANT(wait_takes_anybody)) || !is_kind) continue;
    if (family.is_dead) {
      if ((options & WEXITED) == 0) continue;
      const ChildNews news = news_of_end(number, family);
      if (!keeps) world.processes_.remove(number);
      return news;
    }
    has_children = true;
    if ((options & WUNTRACED) != 0 && family.is_stopped && family.status != 0) {
      const int signal = keeps ? family.status : std::exchange(family.status, 0);
      return ChildNews{number, CLD_STOPPED, signal, signal << 8 | 0x7f};
    }
    if ((options & WCONTINUED) != 0 && family.has_continued) {
      if (!keeps && !MUTANT(wait_continued_stays)) family.has_continued = false;
      return ChildNews{number, CLD_CONTINUED, SIGCONT, kContinued};
    }
  }
  if (!has_children) return Errno{ECHILD};
  return ChildNews{};
}

World::Attempt Calls::wait_for_children(const Target& whom, int options,
                                        Reply (*tell)(const ChildNews& news)) {
  return World::Attempt{[=, me = thread](World& now, Occasion) -> Outcome {
    now.threads_.at(me).awaits_children = false;
    const auto news = Calls{now, me}.news_of_children(whom, options);
    if (!news.is_value()) return failed(news.error().value);
    if (news.value().process >= 0 || (options & WNOHANG) != 0) return tell(news.value());
    if (now.is_interrupted(me))
      return MUTANT(wait_never_restarts) ? World::Restart::kWithoutHandler : World::Restart::kWithFlag;
    now.threads_.at(me).awaits_children = true;
    return Sleep{};
  }};
}

Calls::Start Calls::operator()(const call::Wait4& call) {
  if ((call.options & ~(WNOHANG | WUNTRACED | WCONTINUED | kKinds)) != 0) return failed(EINVAL);
  if (call.whom.kind == Target::Kind::kInvalid) return failed(ESRCH);
  return wait_for_children(call.whom, call.options | WEXITED, [](const ChildNews& news) {
    Reply reply = done(news.process < 0 ? 0 : shown(news.process));
    if (news.process >= 0) reply.numbers = {news.status};
    return reply;
  });
}

Calls::Start Calls::operator()(const call::Waitid& call) {
  constexpr int kWhat = WEXITED | WSTOPPED | WCONTINUED;
  if ((call.options & ~(WNOHANG | WNOWAIT | kWhat | kKinds)) != 0) return failed(EINVAL);
  if ((call.options & kWhat) == 0 || call.whom.kind == Target::Kind::kInvalid) return failed(EINVAL);
  return wait_for_children(call.whom, call.options, [](const ChildNews& news) {
    Reply reply = done(0);
    reply.numbers = {news.code, news.process < 0 ? 0 : shown(news.process), news.value};
    return reply;
  });
}

std::vector<ThreadId> World::children(ThreadId thread) const {
  std::vector<ThreadId> children;
  for (ProcessId number = 0; number < processes_.size(); ++number)
    if (processes_.contains(number) && processes_.at(number).family.parent == threads_.at(thread).process)
      children.push_back(processes_.at(number).family.first_thread);
  return children;
}

/// Whoever of its threads waits for children looks again.
void World::wake_waiting_parent(ProcessId parent) {
  for (const ThreadId thread : threads_of(parent))
    if (threads_.at(thread).awaits_children && is_asleep(thread) && !MUTANT(wait_is_not_woken)) rouse(thread);
}

}  // namespace flinch::mechanisms
