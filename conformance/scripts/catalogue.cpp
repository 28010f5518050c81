#include "conformance/scripts/makers.h"

namespace flinch::conformance {
namespace {

std::vector<Maker> all(std::initializer_list<std::vector<Maker>> groups) {
  std::vector<Maker> makers;
  for (const auto& group : groups) makers.insert(makers.end(), group.begin(), group.end());
  return makers;
}

}  // namespace

const std::vector<Mechanism>& mechanisms_under_test() {
  static const std::vector<Mechanism> table = {
      {"pipe", all({pipe_makers(), descriptor_makers(), splice_makers(), position_makers()})},
      {"sysv-sem", system_v_semaphore_makers()},
      {"sysv-msg", system_v_queue_makers()},
      {"sysv-shm", system_v_segment_makers()},
      {"posix-mq", all({posix_queue_makers(), queue_descriptor_makers()})},
      {"futex", futex_makers()},
      {"posix-shm", all({memory_makers(), position_makers()})},
      {"eventfd", event_makers()},
      {"unix", all({socket_makers(), socket_io_makers()})},
      {"unix-names", all({socket_makers(), socket_name_makers(), socket_io_makers()})},
      {"readiness", all({watched_makers(), select_makers()})},
      {"epoll", all({watched_makers(), epoll_makers()}), is_left_out_of_epoll},
      // No futexes: whoever takes away the memory that another's semaphore lies in kills him.
      {"mixed",
       all({pipe_makers(), descriptor_makers(), splice_makers(), system_v_semaphore_makers(),
            system_v_queue_makers(), system_v_segment_makers(), posix_queue_makers(),
            queue_descriptor_makers(), memory_makers(), position_makers(), event_makers(), socket_makers(),
            socket_io_makers(), select_makers(), epoll_makers()}),
       is_left_out_of_mixture},
      {"signal", all({signal_makers(), pipe_makers(), descriptor_makers(), splice_makers()}), nullptr,
       Mechanism::LastOne::kStaysAwake},
      {"wait", all({signal_makers(), child_makers(), child_makers()}), nullptr,
       Mechanism::LastOne::kStaysAwake},
      {"interrupt",
       all({signal_makers(), system_v_semaphore_makers(), system_v_queue_makers(), posix_queue_makers(),
            event_makers(), select_makers(), futex_makers()}),
       is_left_out_of_interruption, Mechanism::LastOne::kStaysAwake},
  };
  return table;
}

}  // namespace flinch::conformance
