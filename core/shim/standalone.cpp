// How a tree without a supervisor begins.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <cstddef>

#include "core/decision/probe.h"
#include "core/shim/shim.h"
#include "core/shim/standalone.h"
#include "core/shim/x86_64/call.h"

namespace flinch {
namespace {

constexpr const char* kLeftOut =
    "without the command only calls through libc's wrappers are disturbed: not libc's own, static or raw "
    "ones; "
    "no eintr, no cut blocking writes, eagain only for TCP writes; no log, no summary";

bool standalone = false;
const char* plan_path = nullptr;
char** variables = nullptr;

std::size_t length_of(const char* text) {
  std::size_t length = 0;
  while (text[length] != '\0') ++length;
  return length;
}

const char* value_of(char** environment, const char* prefix) {
  const std::size_t length = length_of(prefix);
  for (; *environment != nullptr; ++environment) {
    std::size_t i = 0;
    while (i < length && (*environment)[i] == prefix[i]) ++i;
    if (i == length) return *environment + length;
  }
  return nullptr;
}

/// Was this program executed by one that has the shim? Its parent's memory map has our fixed addresses then.
/// Who has lost its parent, or may not look, is a beginning of its own.
bool has_parent_in_tree() {
  char path[32] = "/proc/";
  char digits[12];
  int count = 0;
  for (long rest = visible_call(SYS_getppid); count == 0 || rest > 0; rest /= 10)
    digits[count++] = static_cast<char>('0' + rest % 10);
  char* to = path + 6;
  while (count > 0) *to++ = digits[--count];
  for (const char* from = "/maps"; *from != '\0';) *to++ = *from++;
  const long fd = visible_call(SYS_open, reinterpret_cast<unsigned long>(path), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  constexpr char kGateway[] = "7ea000000000-";
  static_assert(kGatewayAddress == 0x7ea000000000);
  std::size_t matched = 0;
  bool is_found = false;
  char buffer[4096];
  long size = 0;
  while (!is_found && (size = visible_call(SYS_read, static_cast<unsigned long>(fd),
                                           reinterpret_cast<unsigned long>(buffer), sizeof buffer)) > 0) {
    for (long i = 0; i < size && !is_found; ++i) {
      matched = buffer[i] == kGateway[matched] ? matched + 1 : (buffer[i] == kGateway[0] ? 1 : 0);
      is_found = matched == sizeof kGateway - 1;
    }
  }
  visible_call(SYS_close, static_cast<unsigned long>(fd));
  return is_found;
}

/// The parent's memory, as far as it lets itself be read (ptrace(2), ptrace_scope).
bool read_parent(std::uintptr_t address, void* into, std::size_t size) {
  struct iovec local = {into, size};
  struct iovec remote = {reinterpret_cast<void*>(address), size};
  return exempt_call(SYS_process_vm_readv, static_cast<unsigned long>(exempt_call(SYS_getppid)),
                     reinterpret_cast<unsigned long>(&local), 1, reinterpret_cast<unsigned long>(&remote), 1,
                     0) == static_cast<long>(size);
}

/// Did the parent, which has a tree of its own, find this stream there as well, and never wrote to it?
bool is_from_outside_of_parent(std::uint64_t key) {
  std::uint32_t head[3] = {};
  if (!read_parent(kControlAddress, head, sizeof head)) return false;
  if (head[0] != kPlanMagic || head[offsetof(ControlBlock, sees_wrappers_only) / 4] != 1) return false;
  for (std::uint32_t probe = 0; probe < StreamLedger::kProbes; ++probe) {
    const std::size_t place = StreamLedger::place_of(key, probe);
    StreamRecord record;
    if (!read_parent(reinterpret_cast<std::uintptr_t>(&shared_control().streams[place]), &record,
                     sizeof record))
      return false;
    const std::uint64_t found = record.key.load();
    if (found == key)
      return (record.flags.load() & kStreamInherited) != 0 && record.written.load() == 0 &&
             record.in_flight.load() == 0;
    if (found == 0) return false;
  }
  return false;
}

/// Streams that were there before the program are written to by others, who may split them as they like;
/// unless the one that executed it is of the tree itself, and may have written whole messages.
void mark_inherited_streams(bool has_parent) {
  constexpr int kLooked = 256;
  Probe probe{ExemptSyscall{}};
  StreamLedger ledger{shared_control()};
  for (int fd = 0; fd < kLooked; ++fd) {
    const ObjectIdentity identity = probe.identify(fd);
    std::uint64_t key = is_pipe(identity.mechanism) ? identity.key : 0;
    if (identity.mechanism == Mechanism::kUnixStream) {
      const std::uint32_t peer = probe.unix_peer(static_cast<std::uint32_t>(identity.key));
      key = peer == 0 ? 0 : (identity.key & ~std::uint64_t{0xffffffffU}) | peer;
    }
    if (key != 0 && (!has_parent || is_from_outside_of_parent(key))) ledger.set_flag(key, kStreamInherited);
  }
}

/// The control block is shared with all that is forked from here on.
bool map_own_memory() {
  if (!map_compiled_plan(plan_path, variables)) return false;
  constexpr unsigned long kFlags = MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_NORESERVE;
  const long at = exempt_call(SYS_mmap, kControlAddress, kControlSize + sizeof(Family),
                              PROT_READ | PROT_WRITE, kFlags, -1UL, 0);
  if (at != static_cast<long>(kControlAddress)) {
    say("there is no memory for the control block");
    return false;
  }
  shared_control().magic = kPlanMagic;
  shared_control().sees_wrappers_only = 1;
  found_family();
  return true;
}

}  // namespace

bool is_standalone() { return standalone; }

void say(const char* text, const char* more) {
  char line[1024];
  std::size_t size = 0;
  for (const char* part : {"flinch: ", text, more})
    for (; *part != '\0' && size < sizeof line - 1; ++part) line[size++] = *part;
  line[size++] = '\n';
  visible_call(SYS_write, 2, reinterpret_cast<unsigned long>(line), size);
}

void start_standalone(char** environment) {
  plan_path = value_of(environment, "FLINCH_PLAN=");
  if (plan_path == nullptr || *plan_path == '\0') return;
  variables = environment;
  constexpr unsigned long kOwnFailure = 125;
  if (!attach(map_own_memory)) visible_call(SYS_exit_group, kOwnFailure);
  standalone = true;
  const bool has_parent = has_parent_in_tree();
  if (shared_plan().tracks_streams != 0) mark_inherited_streams(has_parent);
  if (!has_parent) say(kLeftOut);
}

}  // namespace flinch
