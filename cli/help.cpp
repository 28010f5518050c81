#include "cli/help.h"

namespace flinch {
namespace {

constexpr std::string_view kOverview =
    R"(flinch: finds out what makes a program flinch

  flinch run    [options] [--] PROGRAM [ARG...]   one run under faults; the program's own output and status
  flinch trace  [options] [--] PROGRAM [ARG...]   prints each IPC call of the program and its children
  flinch faults [--json]                          every fault: where it is legal, and its source
  flinch conformance [MECHANISM...] [options]     does this kernel's IPC do what its manual promises?
  flinch help COMMAND                             more on one command
  flinch --version

Every fault is one that Linux itself can produce at that very point, so whatever goes wrong is a bug.

  flinch run --inject 'read:short=1' -- ./app
  flinch run --inject '%wait:eintr:rate=1/10' --seed 7 -- ./server 8080
  flinch trace -- ls
)";

constexpr std::string_view kRunOptions =
    R"(
Options, up to the program or --:
  --plan FILE          a plan in TOML; without PROGRAM the plan's own program runs
  --inject RULE        one more rule; may be repeated
  --seed N             which of the calls a rate= picks (default: the plan's, else 0)
  --timeout SECONDS    ends the whole tree after so long, with status 124
  --log FILE           one line of JSON for each call; - is standard output
  --backend kernel     where IPC is carried out (this version has the kernel only)
  --env NAME=VALUE     sets a variable for the program; may be repeated
  --hostile            allows what Linux cannot do
  --quiet              no summary
  -h, --help           this text

)";

constexpr std::string_view kRun =
    R"(flinch run [options] [--] PROGRAM [ARG...]

Runs PROGRAM under the faults of a plan. Its input, output and exit status are its own.
)";

constexpr std::string_view kRules =
    R"(RULE is CALLS:FAULT[:SELECTOR...]
  CALLS      names, /regex, or %read %write %wait %accept %connect %network %ipc %shm %msg %sem %signal,
             separated by commas
  FAULT      short[=BYTES]     fewer bytes than there was room for
             eintr[=SIGNAL]    a signal's handler interrupts the call
             eagain            not ready, on a non-blocking descriptor
             full              the buffer as small as the kernel makes one
             signal=SIGNAL     a stray signal before the call
             delay=10ms        time passes before the call (ns, us, ms, s)
             error=EINTR       the same as eintr; error=EAGAIN as eagain
  SELECTOR   when=FIRST[..LAST][+STEP]   by the number of the thread's matching call
             rate=1/10         by chance, from the seed
             on=pipe           by mechanism: pipe fifo unix tcp eventfd sysv-sem ...
             fd=3  process=0.1  thread=0  limit=N
             nth=3             the thread's third call of that name on an IPC object

Status: the program's own; 128+N if signal N killed it; 124 after --timeout; 125 if flinch failed or the
command line is wrong; 126 if PROGRAM cannot be executed, 127 if it is not found.
)";

constexpr std::string_view kTrace =
    R"(flinch trace [options] [--] PROGRAM [ARG...]

Prints each IPC call of PROGRAM and all its children on standard error, or as JSON with --log. Without
rules the program runs undisturbed.
)";

constexpr std::string_view kTraceStatus =
    R"(Status: as for flinch run.
)";

constexpr std::string_view kFaults =
    R"(flinch faults [--json]

Every fault of this version: its class, the calls and mechanisms that it can be legal for, when it is legal,
the manual pages that say so, and the test in which the bare kernel does it.

  --json       an array of {kind, class, mechanism, calls, condition, source, witness}
  -h, --help   this text
)";

constexpr std::string_view kConformance =
    R"(flinch conformance [MECHANISM...] [options]

Makes random scripts of calls, and makes each call twice: in real processes on the running kernel, and in
flinch's own implementation of the mechanism. Results, data, signals and who waits have to agree after
every call. Where they do not, the script is made as short as it can be.

  --cases N        scripts for each mechanism (default: 10000)
  --seed N         the same scripts again (default: new ones)
  --json FILE      the same as JSON; - is standard output
  --programs DIR   a C program for each divergence, which shows it without flinch
  --list           the mechanisms of this version
  -h, --help       this text

Status: 0 if kernel and mechanisms agree, 1 if they do not, 2 if the command line is wrong, 70 if flinch
failed.
)";

}  // namespace

std::string help_on(std::string_view command) {
  if (command.empty() || command == "help") return std::string(kOverview);
  if (command == "run") return std::string(kRun) + std::string(kRunOptions) + std::string(kRules);
  if (command == "trace") return std::string(kTrace) + std::string(kRunOptions) + std::string(kTraceStatus);
  if (command == "faults") return std::string(kFaults);
  if (command == "conformance") return std::string(kConformance);
  return {};
}

std::vector<std::string> commands_of_this_version() {
  return {"run", "trace", "faults", "conformance", "help"};
}

std::vector<std::string> commands_of_later_versions() {
  return {"explore", "replay", "report", "gate", "check", "merge"};
}

}  // namespace flinch
