#include <errno.h>

#include <map>
#include <string_view>

#include "conformance/report/report.h"
#include "core/abi/syscall_table.h"

namespace flinch::conformance {
namespace {

struct Unreachable {
  std::string_view call;  // empty: of any
  int error;
  const char* reason;
};

constexpr Unreachable kUnreachable[] = {
#define FLINCH_UNREACHABLE(call, error, reason) {call, error, reason},
#include "conformance/report/unreachable.inc"
#undef FLINCH_UNREACHABLE
};

std::string reason_for(const std::string& call, int error) {
  for (const Unreachable& row : kUnreachable)
    if (row.error == error && row.call == call) return row.reason;
  for (const Unreachable& row : kUnreachable)
    if (row.error == error && row.call.empty()) return row.reason;
  return {};
}

}  // namespace

std::vector<ErrnoRow> errno_rows(const Report& report) {
  std::map<std::string, std::map<int, ErrnoRow>> table;
  const auto row = [&](const std::string& call, int error) -> ErrnoRow& {
    return table[call].try_emplace(error, ErrnoRow{call, error, false, 0, {}}).first->second;
  };
  for (const Report::Entry& entry : report.entries) {
    for (const auto& [call, count] : entry.exploration.tally.calls) table.try_emplace(call);
    for (const auto& [key, count] : entry.exploration.tally.errnos)
      row(key.first, key.second).reached += count;
  }
  for (const SyscallDescriptor& described : kSyscalls) {
    if (!table.contains(described.name)) continue;
    for (const int error : described.errors)
      if (error != 0) row(described.name, error).is_in_page = true;
  }
  std::vector<ErrnoRow> rows;
  for (auto& [call, errors] : table) {
    for (auto& [error, line] : errors) {
      if (line.reached == 0) line.reason = reason_for(call, error);
      rows.push_back(std::move(line));
    }
  }
  return rows;
}

}  // namespace flinch::conformance
