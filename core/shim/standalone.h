// The shim without the command: LD_PRELOAD=libflinch_preload.so FLINCH_PLAN=plan.toml app.
//
// The plan is compiled by the command, which is looked for beside the shim; everything else that the
// supervisor does is done here, or left out. A tree is then a program that was executed and what it
// forks: an exec begins a new one, called `0`, with counts from 1.
#pragma once

#include "core/abi/control_block.h"
#include "core/decision/decide.h"

namespace flinch {

/// True in a tree that has no supervisor. Never changes once the program runs.
bool is_standalone();

/// Begins such a tree if FLINCH_PLAN is set, and ends the program with 125 if the plan cannot be had.
void start_standalone(char** environment);

/// Runs `flinch compile-plan PATH` and maps its answer, read-only. Complains on its own.
bool map_compiled_plan(const char* path, char** environment);

/// The calling thread's slot in the control block, its own for as long as it lives; -1 if there is none.
long claim_slot();

/// Carries out or drops what only the supervisor could do: all of `decision` that is left is the shim's.
void do_without_supervisor(ThreadSlot& slot, Decision& decision);

/// Notes in the stream ledger what a read took.
void count_read(const Call& call, const Decision& decision, long result);

/// One line on standard error, begun with `flinch: `.
void say(const char* text, const char* more = "");

/// In ThreadSlot::vfork_tid: own_slot() has to compare thread numbers each time, since nobody hears of a
/// thread's end, and of a vfork neither.
inline constexpr std::uint32_t kAlwaysTellApart = ~std::uint32_t{0};

/// At the end of the private pages, so that a forked child finds it empty and knows that it is one. A
/// vfork child finds its parent's.
struct OwnProcess {
  std::atomic<std::uint32_t> state;
  std::uint32_t tgid;
};

/// Behind the control block, where a supervisor has its rings: how many children each process had.
inline constexpr std::uint32_t kFamilyMax = 1 << 16;
struct Family {
  std::atomic<std::uint32_t> processes;
  std::atomic<std::uint32_t> children[kFamilyMax];  // by the process' number, modulo the places
};
inline Family& family() { return *reinterpret_cast<Family*>(kControlAddress + kControlSize); }

/// Makes the calling process the tree's first one, `0`.
void found_family();

}  // namespace flinch
