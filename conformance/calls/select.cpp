#include "conformance/calls/select.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include <ctime>

#include "conformance/calls/descriptor.h"

namespace flinch::conformance {
namespace {

using mechanisms::Deadline;
using mechanisms::DescriptorSet;
using mechanisms::Selection;

const char* name_of(Deadline timeout) {
  switch (timeout) {
    case Deadline::kNone: return "NULL";
    case Deadline::kPast: return "0";
    case Deadline::kInvalid:
    case Deadline::kTooManyNanoseconds: return "-1";  // many microseconds would be seconds
  }
  return "";
}

template <typename Time>
Time* put(Deadline timeout, Encoding& to) {
  if (timeout == Deadline::kNone) return nullptr;
  return to.put_value(Time{0, timeout == Deadline::kPast ? 0 : -1});
}

std::string show(const std::optional<DescriptorSet>& set) {
  return set ? fmt::format("{:#x}", *set) : "NULL";
}
std::string show(const Selection& s, Deadline timeout) {
  return fmt::format("{}, {}, {}, {}, {}", s.count, show(s.readable), show(s.writable), show(s.exceptional),
                     name_of(timeout));
}

template <typename Time>
void encode(long number, const Selection& s, Deadline timeout, Encoding& to) {
  const auto put_set = [&](const std::optional<DescriptorSet>& set) -> fd_set* {
    if (!set) return nullptr;
    auto* place = to.take<fd_set>();
    std::memcpy(place, &*set, sizeof *set);
    return place;
  };
  to.set(number, s.count, put_set(s.readable), put_set(s.writable), put_set(s.exceptional),
         put<Time>(timeout, to), nullptr);
}

void decode_sets(const Selection& s, const Slot& slot, Reply& reply) {
  int argument = 1;
  for (const auto& set : {s.readable, s.writable, s.exceptional}) {
    if (set) reply.numbers.push_back(*memory_at<std::int64_t>(slot, argument));
    ++argument;
  }
}

}  // namespace

std::string show(const call::Ppoll& c) { return show_entries(c.entries) + name_of(c.timeout); }
std::string show(const call::Select& c) { return show(c.selection, c.timeout); }
std::string show(const call::Pselect6& c) { return show(c.selection, c.timeout); }

void encode(const call::Ppoll& c, Encoding& to) {
  to.set(SYS_ppoll, put_entries(c.entries, to), c.entries.size(), put<timespec>(c.timeout, to), nullptr, 0);
}
void encode(const call::Select& c, Encoding& to) { encode<timeval>(SYS_select, c.selection, c.timeout, to); }
void encode(const call::Pselect6& c, Encoding& to) {
  encode<timespec>(SYS_pselect6, c.selection, c.timeout, to);
}

void decode(const call::Ppoll& c, const Slot& slot, Reply& reply) {
  decode_entries(c.entries.size(), slot, reply);
}
void decode(const call::Select& c, const Slot& slot, Reply& reply) { decode_sets(c.selection, slot, reply); }
void decode(const call::Pselect6& c, const Slot& slot, Reply& reply) {
  decode_sets(c.selection, slot, reply);
}

}  // namespace flinch::conformance
