// The calls that scripts choose from, by what they are about.
#pragma once

#include <vector>

#include "conformance/scripts/script.h"

namespace flinch::conformance {

std::vector<Maker> pipe_makers();              // making and opening pipes and FIFOs
std::vector<Maker> splice_makers();            // moving pages between them
std::vector<Maker> descriptor_makers();        // what any descriptor can do
std::vector<Maker> posix_queue_makers();       // POSIX message queues
std::vector<Maker> queue_descriptor_makers();  // what descriptors of queues can do
std::vector<Maker> memory_makers();            // shared memory
std::vector<Maker> signal_makers();            // signals
std::vector<Maker> child_makers();             // waiting for children
/// What a signal does to a function of the C library goes beyond the call that it interrupts.
bool is_left_out_of_interruption(const Situation& situation, const SystemCall& call);
std::vector<Maker> futex_makers();        // futexes and semaphores in it
std::vector<Maker> event_makers();        // eventfd and what its descriptors can do
std::vector<Maker> socket_makers();       // sockets
std::vector<Maker> socket_name_makers();  // names of Unix sockets, and connections
std::vector<Maker> socket_io_makers();    // what descriptors of sockets can do
std::vector<Maker> watched_makers();      // descriptors of all kinds, and what makes them ready
std::vector<Maker> select_makers();       // poll, select
std::vector<Maker> epoll_makers();        // epoll
bool is_left_out_of_epoll(const Situation& situation, const SystemCall& call);

/// Of everything in one script, what only a mixture could do and what tells of numbers that are the
/// machine's own.
bool is_left_out_of_mixture(const Situation& situation, const SystemCall& call);
/// prlimit(2): as many descriptors as in the beginning, half the time, or too few.
mechanisms::SystemCall limit_descriptors_call(const Situation& situation);
/// capset(2): with all capabilities, or without those that let root pass over modes and limits.
mechanisms::SystemCall capset_call(const Situation& situation);
/// Where descriptors read and write: lseek(2), pread(2), pwrite(2).
std::vector<Maker> position_makers();
/// What poll(2) may be asked to look for.
short poll_events(const Situation& situation, std::size_t n);

std::vector<Maker> system_v_semaphore_makers();
std::vector<Maker> system_v_queue_makers();
std::vector<Maker> system_v_segment_makers();

}  // namespace flinch::conformance
