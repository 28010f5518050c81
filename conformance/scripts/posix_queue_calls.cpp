// What scripts about POSIX message queues are made of.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "conformance/scripts/makers.h"

namespace flinch::conformance {
namespace {

namespace call = mechanisms::call;
using mechanisms::Deadline;
using mechanisms::QueueAttributes;
using enum Maker::Needs;

std::string name(const Situation& s, std::size_t n) {
  if (s.numbers[n] % 64 == 63) return s.one_of<std::string>(n, {"", ".", "..", "a/b", std::string(256, 'x')});
  return s.one_of<const char*>(n, {"one", "one", "two", "three"});
}

/// Small ones, so that they fill up and are together far from RLIMIT_MSGQUEUE, which all of a user's
/// processes share; and some that nobody can have.
std::optional<QueueAttributes> attributes(const Situation& s, std::size_t n) {
  if (s.numbers[n] % 16 == 15) return std::nullopt;
  static constexpr QueueAttributes kRefused[] = {{0, 10},      {10, 0}, {-1, 10},  {10, -1},
                                                 {65537, 1},   {11, 1}, {1, 8193}, {1, (16 << 20) + 1},
                                                 {10000, 8192}};
  if (s.numbers[n] % 16 == 14) return kRefused[s.numbers[n] / 16 % std::size(kRefused)];
  return QueueAttributes{1 + s.numbers[n] / 16 % 3, s.one_of<std::int64_t>(n, {10, 1, 64, 10})};
}

SystemCall open_call(const Situation& s) {
  const int access = s.one_of(1, {O_RDWR, O_RDWR, O_RDONLY, O_WRONLY, O_RDWR});
  const int flags = s.one_of(2, {O_CREAT, O_CREAT, O_CREAT | O_NONBLOCK, 0, O_CREAT | O_EXCL, O_NONBLOCK,
                                 O_CLOEXEC, O_CREAT | O_TRUNC, O_ACCMODE, O_CREAT | O_DIRECT});
  const int mode = s.one_of(1, {0600, 0600, 0400, 0600, 0200, 0600, 0666, 0});
  return call::MqOpen{name(s, 0), access | flags, attributes(s, 3), mode};
}

Deadline deadline(const Situation& s, std::size_t n) {
  const int choice = s.numbers[n] / 8 % 16;
  if (choice == 15) return s.numbers[n] % 8 < 4 ? Deadline::kInvalid : Deadline::kTooManyNanoseconds;
  return choice > 12 ? Deadline::kPast : Deadline::kNone;
}

SystemCall poll_call(const Situation& s) {
  call::Poll poll{{}, s.numbers[0] % 4 == 1 ? -1 : 0};
  for (std::size_t i = 0; i < 1U + s.numbers[1] % 2; ++i)
    poll.entries.push_back({s.descriptor(i + 1), poll_events(s, 3)});
  return poll;
}

SystemCall fcntl_call(const Situation& s) {
  const int command = s.one_of(1, {F_GETFL, F_SETFL, F_SETFL, F_DUPFD, F_GETFD, F_SETFD, F_GETPIPE_SZ});
  std::int64_t argument = 0;
  if (command == F_SETFL) argument = s.one_of(2, {O_NONBLOCK, 0, 0, O_DIRECT, O_APPEND});
  if (command == F_SETFD) argument = s.numbers[2] % 2;
  if (command == F_DUPFD) argument = s.one_of(2, {0, 3, 13, 9, 12, 14, -1});
  return call::Fcntl{s.descriptor(0), command, argument};
}

}  // namespace

std::vector<Maker> posix_queue_makers() {
  return {
      {12, kNothing, open_call},
      {1, kNothing, [](const Situation& s) -> SystemCall { return call::MqUnlink{name(s, 0)}; }},
      {1, kNothing,
       [](const Situation& s) -> SystemCall {
         return call::LimitQueues{s.numbers[0] % 2 == 0 ? s.world.limits().queues.bytes_max : 0};
       }},
      {20, kDescriptor,
       [](const Situation& s) -> SystemCall {
         const std::size_t size = s.one_of<std::size_t>(1, {1, 5, 0, 1, 10, 11, 1, 3, 1, 8193, 1, 9});
         const unsigned priority =
             s.one_of<unsigned>(2, {0, 0, 1, 7, 1, 32767, 0, 2, 1, 1, 0, 0, 3, 1, 0, 32768});
         return call::MqSend{s.descriptor(0), s.payload(size), priority, deadline(s, 3)};
       }},
      {20, kDescriptor,
       [](const Situation& s) -> SystemCall {
         const std::size_t size = s.one_of<std::size_t>(1, {64, 8192, 100, 64, 10, 9, 10000});
         return call::MqReceive{s.descriptor(0), size, deadline(s, 3)};
       }},
      {5, kDescriptor,
       [](const Situation& s) -> SystemCall {
         call::MqGetSetAttr call{s.descriptor(0), std::nullopt};
         if (s.numbers[1] % 2 == 1) call.flags = s.one_of<std::int64_t>(2, {0, O_NONBLOCK, 0, O_APPEND, -1});
         return call;
       }},
      {8, kDescriptor,
       [](const Situation& s) -> SystemCall {
         call::MqNotify call{s.descriptor(0), SIGEV_NONE, 0};
         if (s.numbers[1] % 4 == 0) call.method.reset();
         if (s.numbers[1] % 8 == 1) call.method = s.one_of<int>(2, {SIGEV_SIGNAL, SIGEV_SIGNAL, 4, -1});
         if (s.numbers[1] % 16 == 1) call.signal = s.one_of(3, {65, -1});
         return call;
       }},
  };
}

std::vector<Maker> queue_descriptor_makers() {
  return {
      {2, kDescriptor, [](const Situation& s) -> SystemCall { return call::Close{s.descriptor(0)}; }},
      {2, kDescriptor, [](const Situation& s) -> SystemCall { return call::Dup{s.descriptor(0)}; }},
      {1, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::Dup3{s.descriptor(0), s.numbers[1] % 50 - 2, s.one_of(2, {0, O_CLOEXEC, O_NONBLOCK})};
       }},
      {3, kDescriptor, fcntl_call},
      {1, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::Ioctl{s.descriptor(0), s.one_of<std::uint64_t>(1, {FIONREAD, FIONBIO, 0x1234}),
                            s.numbers[2] % 2};
       }},
      {1, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::Write{s.descriptor(0), s.payload(s.numbers[1] % 20)};
       }},
      {8, kDescriptor, poll_call},
      {1, kNothing, limit_descriptors_call},
      {2, kNothing, capset_call},
      {2, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::Lseek{s.descriptor(0), s.one_of<std::int64_t>(1, {0, 10, -1, 80, 100}),
                            s.one_of(2, {SEEK_SET, SEEK_CUR, SEEK_END, 9})};
       }},
      {3, kDescriptor, [](const Situation& s) -> SystemCall { return call::MqStatus{s.descriptor(0)}; }},
      {1, kDescriptor, [](const Situation& s) -> SystemCall { return call::Fstat{s.descriptor(0)}; }},
      {4, kNothing, [](const Situation&) -> SystemCall { return call::Fork{}; }},
      {1, kNothing, [](const Situation& s) -> SystemCall { return call::Exit{s.numbers[0] % 256}; }},
  };
}

}  // namespace flinch::conformance
