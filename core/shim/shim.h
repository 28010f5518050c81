// The shim's parts. Everything here is freestanding: no libc function (but for errno's address and the
// thread's cancellation type, which libc itself uses around its calls), no heap, no thread-local
// storage; so it loads into anything and is async-signal-safe by construction.
#pragma once

#include "core/abi/control_block.h"

namespace flinch {

/// Maps the gateway and the private pages, then plan and control block by `map_memory`.
bool attach(bool (*map_memory)());

/// The same, with the supervisor's plan and control block. False if there is none.
bool attach_to_supervisor();

/// Gives the unwinder, if the program has one, the gateway page's frame: once, and cheap afterwards.
void describe_gateway();

/// True once attach_to_supervisor() has succeeded in this process or in the one that it was forked from.
bool is_attached();

const PlanImage& shared_plan();
ControlBlock& shared_control();

/// The calling thread's slot; nullptr if it has none, and then its calls have to be visible ones.
ThreadSlot* own_slot();

/// Appends to the thread's ring; waits for the supervisor when that is full.
void put_event(ThreadSlot& slot, const Event& event);

/// A wrapped call: decides, carries out, logs. The kernel's answer, -errno for an error.
long handle_call(Row row, const unsigned long (&args)[6], bool is_cancellation_point);

/// A call that the supervisor sees by itself where there is one, and only the shim where there is none.
long handle_watched(Row row, const unsigned long (&args)[6], bool is_cancellation_point);

/// Takes out of an environment what the supervisor put there. True if there was something.
bool scrub_environment(char** environment);

}  // namespace flinch
