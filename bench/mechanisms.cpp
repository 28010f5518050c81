// What an operation of core/mechanisms costs, beside the same call made in the kernel.
//
// Two figures for each row of `flinch conformance`: the average over random scripts, as exploration makes
// them; and one typical pair of calls, against the kernel's own. Prints a Markdown table. FLINCH_ROUNDS
// (9 without it) says how often each is measured; the median counts. Arguments are the rows wanted.
#include <fcntl.h>
#include <fmt/format.h>
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <random>

#include "conformance/scripts/script.h"

namespace {

using flinch::conformance::Mechanism;
using flinch::conformance::Situation;
using flinch::conformance::Step;
using flinch::mechanisms::Bytes;
using flinch::mechanisms::Deadline;
using flinch::mechanisms::Limits;
using flinch::mechanisms::SystemCall;
using flinch::mechanisms::World;
namespace call = flinch::mechanisms::call;

constexpr int kScripts = 400;
constexpr int kSteps = 50;
constexpr int kPairs = 20'000;

int rounds() {
  const char* text = std::getenv("FLINCH_ROUNDS");
  return text != nullptr ? std::max(1, std::atoi(text)) : 9;
}

/// Median nanoseconds of one of `count` operations that `work` does.
double nanoseconds(std::size_t count, const std::function<void()>& work) {
  std::vector<double> each;
  for (int round = 0; round < rounds(); ++round) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - begin;
    each.push_back(taken.count() / static_cast<double>(count));
  }
  std::nth_element(each.begin(), each.begin() + static_cast<std::ptrdiff_t>(each.size() / 2), each.end());
  return each[each.size() / 2];
}

/// The woken run in the order of their waking.
void make(World& world, const Step& step) {
  world.make(step.thread, step.call);
  while (!world.runnable().empty()) world.run(world.runnable().front());
  world.take_replies();
}

std::vector<Step> random_script(const Mechanism& mechanism, std::mt19937& random) {
  World world{Limits{}};
  std::vector<Step> steps;
  for (int i = 0; i < kSteps; ++i) {
    const auto idle = world.idle_threads();
    if (idle.empty()) break;
    const auto thread = idle[random() % idle.size()];
    std::array<std::uint16_t, 4> numbers{};
    for (auto& number : numbers) number = static_cast<std::uint16_t>(random());
    const Situation situation{world, thread, i, numbers};
    steps.push_back({thread, choose_call(mechanism, situation, static_cast<int>(random() % 0xffff))});
    make(world, steps.back());
  }
  return steps;
}

double average_over_scripts(const Mechanism& mechanism) {
  std::mt19937 random{1};
  std::vector<std::vector<Step>> scripts;
  std::size_t operations = 0;
  for (int i = 0; i < kScripts; ++i) {
    scripts.push_back(random_script(mechanism, random));
    operations += scripts.back().size();
  }
  return nanoseconds(operations, [&] {
    for (const auto& script : scripts) {
      World world{Limits{}};
      for (const Step& step : script) make(world, step);
    }
  });
}

void must(bool is_done, const char* what) {
  if (is_done) return;
  perror(what);
  std::exit(1);
}

/// Two calls that undo each other, after what they need; and the same two in the kernel.
struct Pair {
  const char* mechanism;
  const char* text;
  std::vector<SystemCall> before;
  SystemCall first;
  SystemCall second;
  std::function<void()> native;
};

double in_world(const Pair& pair) {
  World world{Limits{}};
  for (const SystemCall& each : pair.before) make(world, {0, each});
  const Step first{0, pair.first};
  const Step second{0, pair.second};
  for (const SystemCall& each : {pair.first, pair.second}) {
    world.make(0, each);
    const auto replies = world.take_replies();
    must(replies.size() == 1 && replies[0].second.error == 0, pair.text);
  }
  return nanoseconds(std::size_t{2} * kPairs, [&] {
    for (int i = 0; i < kPairs; ++i) {
      make(world, first);
      make(world, second);
    }
  });
}

double in_kernel(const Pair& pair) {
  return nanoseconds(std::size_t{2} * kPairs, [&] {
    for (int i = 0; i < kPairs; ++i) pair.native();
  });
}

/// Objects of the kernel that live as long as the measuring.
struct Native {
  int pipe[2];
  int semaphores = semget(IPC_PRIVATE, 1, 0600);
  int queue = msgget(IPC_PRIVATE, 0600);
  int segment = shmget(IPC_PRIVATE, 4096, 0600);
  mqd_t messages;

  Native() {
    const std::string name = "/flinch-bench-" + std::to_string(getpid());
    mq_attr attributes{0, 10, 100, 0, {}};
    messages = mq_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600, &attributes);
    mq_unlink(name.c_str());
    must(pipe2(pipe, 0) == 0 && semaphores >= 0 && queue >= 0 && segment >= 0 && messages >= 0,
         "no object to measure with");
  }
  ~Native() {
    semctl(semaphores, 0, IPC_RMID);
    msgctl(queue, IPC_RMID, nullptr);
    shmctl(segment, IPC_RMID, nullptr);
  }
};

std::vector<Pair> pairs(Native& native) {
  char byte = 0;
  return {
      {"pipe",
       "write, read of 1 byte",
       {call::Pipe2{0}},
       call::Write{1, "x"},
       call::Read{0, 1},
       [&native, byte]() mutable {
         must(write(native.pipe[1], &byte, 1) == 1 && read(native.pipe[0], &byte, 1) == 1, "pipe");
       }},
      {"sysv-sem",
       "semop +1, -1",
       {call::Semget{IPC_PRIVATE, 1, 0600}},
       call::Semtimedop{0, {{0, 1, 0}}, {}},
       call::Semtimedop{0, {{0, -1, 0}}, {}},
       [&native] {
         sembuf up{0, 1, 0};
         sembuf down{0, -1, 0};
         must(semop(native.semaphores, &up, 1) == 0 && semop(native.semaphores, &down, 1) == 0, "semop");
       }},
      {"sysv-msg",
       "msgsnd, msgrcv of 1 byte",
       {call::Msgget{IPC_PRIVATE, 0600}},
       call::Msgsnd{0, 1, "x", 0},
       call::Msgrcv{0, 1, 0, 0},
       [&native] {
         struct {
           long type;
           char text;
         } message{1, 'x'};
         must(msgsnd(native.queue, &message, 1, 0) == 0 && msgrcv(native.queue, &message, 1, 0, 0) == 1,
              "message queue");
       }},
      {"posix-mq",
       "mq_send, mq_receive of 1 byte",
       {call::MqOpen{"one", O_RDWR | O_CREAT, {{10, 100}}}},
       call::MqSend{0, "x", 1, Deadline::kNone},
       call::MqReceive{0, 100, Deadline::kNone},
       [&native] {
         char text[100];
         must(mq_send(native.messages, "x", 1, 1) == 0 &&
                  mq_receive(native.messages, text, sizeof text, nullptr) == 1,
              "POSIX queue");
       }},
  };
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string_view> only(argv + 1, argv + argc);
  Native native;
  const auto all = pairs(native);
  fmt::print(
      "| mechanism | random scripts | | in a world | in the kernel | ratio |\n|---|---|---|---|---|---|\n");
  for (const Mechanism& mechanism : flinch::conformance::mechanisms_under_test()) {
    if (!only.empty() && std::find(only.begin(), only.end(), mechanism.name) == only.end()) continue;
    fmt::print("| {} | {:.0f} ns", mechanism.name, average_over_scripts(mechanism));
    const auto pair = std::find_if(all.begin(), all.end(), [&](const Pair& each) {
      return std::string_view{each.mechanism} == mechanism.name;
    });
    if (pair == all.end()) {
      fmt::print(" | | | | |\n");
      continue;
    }
    const double world = in_world(*pair);
    const double kernel = in_kernel(*pair);
    fmt::print(" | {} | {:.0f} ns | {:.0f} ns | {:.2f}x |\n", pair->text, world, kernel, world / kernel);
  }
}
