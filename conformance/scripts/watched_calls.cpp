// What scripts about readiness watch: descriptors of all kinds, and calls that make them ready or not.
#include <fcntl.h>
#include <sys/eventfd.h>

#include <cstring>

#include "conformance/scripts/company.h"
#include "conformance/scripts/makers.h"

namespace flinch::conformance {
namespace {

namespace call = mechanisms::call;
using mechanisms::Bytes;
using mechanisms::Deadline;
using mechanisms::QueueAttributes;
using enum Maker::Needs;

std::string name(const Situation& s, std::size_t n) { return s.one_of<const char*>(n, {"one", "two"}); }

/// For a pipe any bytes, for an eventfd a number: mostly a small one, or the highest that there can be.
SystemCall write_call(const Situation& s) {
  if (s.numbers[1] % 4 == 3) return call::Write{s.descriptor(0), s.payload(s.size(2))};
  static constexpr std::uint64_t kNumbers[] = {1, 1, ~2ULL, 2};
  Bytes bytes(sizeof(std::uint64_t), 0);
  std::memcpy(bytes.data(), &kNumbers[s.numbers[2] % std::size(kNumbers)], sizeof(std::uint64_t));
  return call::Write{s.descriptor(0), bytes};
}

/// Queues are received from: what they read like tells the number of a process.
SystemCall read_call(const Situation& s) {
  if (s.world.kind(s.thread, s.descriptor(0)) == mechanisms::World::Kind::kQueue)
    return call::MqReceive{s.descriptor(0), 8, Deadline::kNone};
  return call::Read{s.descriptor(0), s.one_of<std::size_t>(1, {8, 8, 70000, 4096, 1})};
}

SystemCall send_call(const Situation& s) {
  return call::MqSend{s.descriptor(0), s.payload(3), 0, Deadline::kNone};
}

/// A pipe of one page, so that it is full at times.
SystemCall fcntl_call(const Situation& s) {
  const int command = s.one_of(1, {F_SETPIPE_SZ, F_SETFL, F_SETPIPE_SZ});
  if (command == F_SETFL)
    return call::Fcntl{s.descriptor(0), F_SETFL, s.one_of<std::int64_t>(2, {0, O_NONBLOCK})};
  return call::Fcntl{s.descriptor(0), F_SETPIPE_SZ, s.one_of<std::int64_t>(2, {4096, 4096, 8192})};
}

SystemCall open_call(const Situation& s) {
  return call::Open{name(s, 0),
                    s.one_of(1, {O_RDWR, O_RDONLY | O_NONBLOCK, O_WRONLY | O_NONBLOCK, O_RDONLY})};
}

}  // namespace

std::vector<Maker> watched_makers() {
  return {
      {5, kNothing,
       [](const Situation& s) -> SystemCall {
         return call::Pipe2{s.one_of(0, {0, O_NONBLOCK, O_DIRECT})};
       }},
      {4, kNothing,
       [](const Situation& s) -> SystemCall {
         return call::Eventfd2{s.numbers[0] % 2U, s.one_of<int>(1, {0, EFD_NONBLOCK, EFD_SEMAPHORE})};
       }},
      {2, kNothing,
       [](const Situation& s) -> SystemCall {
         const int access = s.one_of(1, {O_RDWR, O_RDWR | O_NONBLOCK, O_RDONLY, O_WRONLY});
         return call::MqOpen{name(s, 0), access | O_CREAT, QueueAttributes{1, 8}};
       }},
      {1, kNothing, [](const Situation&) -> SystemCall { return call::MemfdCreate{0}; }},
      {1, kNothing, [](const Situation& s) -> SystemCall { return call::MakeFifo{name(s, 0)}; }},
      {2, kNothing, in_company<open_call>},
      {16, kDescriptor, in_company<write_call>},
      {14, kDescriptor, in_company<read_call>},
      {2, kDescriptor, in_company<send_call>},
      {4, kDescriptor, fcntl_call},
      {6, kDescriptor, [](const Situation& s) -> SystemCall { return call::Close{s.descriptor(0)}; }},
      {2, kDescriptor, [](const Situation& s) -> SystemCall { return call::Dup{s.descriptor(0)}; }},
      {2, kDescriptor,
       [](const Situation& s) -> SystemCall {
         return call::Dup3{s.descriptor(0), s.numbers[1] % 14, 0};
       }},
      {2, kNothing, [](const Situation&) -> SystemCall { return call::Fork{}; }},
      {1, kNothing, [](const Situation& s) -> SystemCall { return call::Exit{s.numbers[0] % 256}; }},
  };
}

}  // namespace flinch::conformance
