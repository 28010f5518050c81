// System calls as values: what a thread of a world may ask, and what it is told. Numbers, flags and structs
// are Linux's own; memory is by value, so a call means the same in any process.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "core/mechanisms/calls/descriptor_calls.h"
#include "core/mechanisms/calls/epoll_calls.h"
#include "core/mechanisms/calls/event_calls.h"
#include "core/mechanisms/calls/futex_calls.h"
#include "core/mechanisms/calls/memory_calls.h"
#include "core/mechanisms/calls/pipe_calls.h"
#include "core/mechanisms/calls/posix_queue_calls.h"
#include "core/mechanisms/calls/process_calls.h"
#include "core/mechanisms/calls/select_calls.h"
#include "core/mechanisms/calls/signal_calls.h"
#include "core/mechanisms/calls/socket_calls.h"
#include "core/mechanisms/calls/system_v_calls.h"

namespace flinch::mechanisms {

namespace detail {
template <typename... Lists>
struct Joined;
template <typename... Calls>
struct Joined<CallList<Calls...>> {
  using Variant = std::variant<Calls...>;
};
template <typename... First, typename... Second, typename... Rest>
struct Joined<CallList<First...>, CallList<Second...>, Rest...>
    : Joined<CallList<First..., Second...>, Rest...> {};
}  // namespace detail

using SystemCall = detail::Joined<  //
    PipeCalls,                      //
    DescriptorCalls,                //
    SystemVCalls,                   //
    PosixQueueCalls,                //
    MemoryCalls,                    //
    FutexCalls,                     //
    EventCalls,                     //
    EpollCalls,                     //
    SocketCalls,                    //
    SelectCalls,                    //
    SignalCalls,                    //
    ProcessCalls>::Variant;

/// What a call returns: its value or an errno, and the bytes and numbers that it wrote to memory.
struct Reply {
  std::int64_t value = 0;
  int error = 0;
  Bytes bytes;
  std::vector<std::int64_t> numbers;
  friend bool operator==(const Reply&, const Reply&) = default;
};

inline Reply done(std::int64_t value) { return {value, 0, {}, {}}; }
inline Reply failed(int error) { return {-1, error, {}, {}}; }

}  // namespace flinch::mechanisms
