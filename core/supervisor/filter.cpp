#include "core/supervisor/filter.h"

#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <memory>

#include "core/abi/control_block.h"
#include "core/common/fd.h"

namespace flinch {
namespace {

using Context = std::unique_ptr<void, decltype(&seccomp_release)>;

Result<std::vector<sock_filter>> exported(const Context& context) {
  const Fd file{memfd_create("flinch-filter", MFD_CLOEXEC)};
  if (!file || seccomp_export_bpf(context.get(), file.get()) != 0)
    return fail("can't export the seccomp filter");
  const off_t size = lseek(file.get(), 0, SEEK_END);
  std::vector<sock_filter> program(static_cast<std::size_t>(size) / sizeof(sock_filter));
  if (pread(file.get(), program.data(), static_cast<std::size_t>(size), 0) != size)
    return fail("can't read the seccomp filter back");
  return program;
}

/// Sends what would be notified through one more test: calls from the gateway page are allowed.
void add_gateway_test(std::vector<sock_filter>& program) {
  const auto epilogue = static_cast<std::uint32_t>(program.size());
  for (std::uint32_t at = 0; at < epilogue; ++at) {
    sock_filter& instruction = program[at];
    if (instruction.code == (BPF_RET | BPF_K) && instruction.k == SECCOMP_RET_USER_NOTIF)
      instruction = BPF_STMT(BPF_JMP | BPF_JA, epilogue - at - 1);
  }
  constexpr std::uint32_t kPointer = offsetof(seccomp_data, instruction_pointer);
  constexpr auto kHigh = static_cast<std::uint32_t>(kGatewayAddress >> 32);
  constexpr auto kLow = static_cast<std::uint32_t>(kGatewayAddress & 0xffffffffU);
  const sock_filter test[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kPointer + 4),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kHigh, 0, 4),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kPointer),
      BPF_STMT(BPF_ALU | BPF_AND | BPF_K, ~std::uint32_t{0xfff}),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kLow, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
  };
  program.insert(program.end(), std::begin(test), std::end(test));
}

}  // namespace

Result<std::vector<sock_filter>> build_filter(const PlanImage& plan) {
  const Context context{seccomp_init(SCMP_ACT_ALLOW), &seccomp_release};
  if (!context) return fail("libseccomp can't make a filter");
  seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW);
  seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  if (seccomp_rule_add(context.get(), SCMP_ACT_NOTIFY, kHelloNumber, 0) != 0)
    return fail("libseccomp has no user notifications: version 2.5 is needed");
  for (const std::uint64_t option : {PR_SET_PDEATHSIG, PR_GET_PDEATHSIG}) {
    const scmp_arg_cmp is_option{0, SCMP_CMP_EQ, option, 0};
    if (seccomp_rule_add_array(context.get(), SCMP_ACT_NOTIFY, SCMP_SYS(prctl), 1, &is_option) != 0)
      return fail("libseccomp refuses a rule for prctl(2)");
  }
  if (!plan.trapped.empty()) {
    // Sandboxes: the shim has to hear of them before they begin.
    const scmp_arg_cmp is_sandbox{0, SCMP_CMP_EQ, PR_SET_SECCOMP, 0};
    if (seccomp_rule_add(context.get(), SCMP_ACT_NOTIFY, SCMP_SYS(seccomp), 0) != 0 ||
        seccomp_rule_add_array(context.get(), SCMP_ACT_NOTIFY, SCMP_SYS(prctl), 1, &is_sandbox) != 0)
      return fail("libseccomp refuses a rule for seccomp(2)");
  }
  RowSet trapped = plan.trapped;
  for (const Row row : {Row::fork, Row::vfork, Row::clone, Row::clone3, Row::execve, Row::execveat, Row::exit,
                        Row::rt_sigaction})
    trapped.add(row);
  for (std::size_t i = 0; i < kRowCount; ++i) {
    if (!trapped.has(static_cast<Row>(i))) continue;
    if (seccomp_rule_add(context.get(), SCMP_ACT_NOTIFY, kSyscalls[i].number, 0) != 0)
      return fail(std::string("libseccomp refuses a rule for ") + kSyscalls[i].name);
  }
  if (plan.logs_calls != 0 && !trapped.has(Row::mmap)) {
    // Of the hottest call the log wants the rare ones, which the filter can tell by their flags.
    const scmp_arg_cmp is_shared{3, SCMP_CMP_MASKED_EQ, MAP_SHARED, MAP_SHARED};
    if (seccomp_rule_add_array(context.get(), SCMP_ACT_NOTIFY, SCMP_SYS(mmap), 1, &is_shared) != 0)
      return fail("libseccomp refuses a rule for mmap(2)");
  }
  auto program = exported(context);
  if (program) add_gateway_test(*program);
  return program;
}

}  // namespace flinch
