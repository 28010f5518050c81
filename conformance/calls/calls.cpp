#include "conformance/calls/calls.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "conformance/calls/descriptor.h"
#include "conformance/calls/epoll.h"
#include "conformance/calls/event.h"
#include "conformance/calls/futex.h"
#include "conformance/calls/memory.h"
#include "conformance/calls/pipe.h"
#include "conformance/calls/posix_queue.h"
#include "conformance/calls/process.h"
#include "conformance/calls/select.h"
#include "conformance/calls/signal.h"
#include "conformance/calls/socket.h"
#include "conformance/calls/system_v.h"

namespace flinch::conformance {
namespace {

/// Short, and different for different data.
std::string show_bytes(const Bytes& bytes) {
  return fmt::format(", {} bytes #{:08x}", bytes.size(), std::hash<Bytes>{}(bytes)&0xffffffffU);
}

template <typename Call, typename... Calls>
constexpr bool is_in(const Call&, mechanisms::CallList<Calls...>) {
  return (std::is_same_v<Call, Calls> || ...);
}

}  // namespace

std::string name_of(const SystemCall& call) {
  return std::visit([](const auto& made) { return std::string{made.kName}; }, call);
}

std::string show_call(const SystemCall& call) {
  return fmt::format("{}({})", name_of(call), std::visit([](const auto& made) { return show(made); }, call));
}

std::string show_reply(const Reply& reply) {
  const bool has_failed = reply.error != 0;
  std::string text =
      has_failed ? fmt::format("= -1 {}", strerrorname_np(reply.error)) : fmt::format("= {}", reply.value);
  if (!reply.numbers.empty()) text += fmt::format(", {}", reply.numbers);
  if (!reply.bytes.empty()) text += show_bytes(reply.bytes);
  return text;
}

bool is_about_signals(const SystemCall& call) {
  return std::visit([](const auto& made) { return is_in(made, mechanisms::SignalCalls{}); }, call);
}

void encode_call(const SystemCall& call, Slot& slot) {
  Encoding encoding{slot};
  std::visit([&](const auto& made) { encode(made, encoding); }, call);
}

Reply decode_reply(const SystemCall& call, const Slot& slot) {
  if (slot.result < 0 && slot.result > -4096) return mechanisms::failed(static_cast<int>(-slot.result));
  Reply reply = mechanisms::done(slot.result);
  const auto write_out = [&](const auto& made) {
    if constexpr (requires { decode(made, slot, reply); }) decode(made, slot, reply);
  };
  std::visit(write_out, call);
  return reply;
}

}  // namespace flinch::conformance
