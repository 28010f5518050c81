// What `flinch conformance` found on the kernel it stands on: as a table, as JSON, and each divergence as a
// C program that shows it without flinch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "conformance/scripts/explore.h"

namespace flinch::conformance {

struct Report {
  struct Entry {
    std::string mechanism;
    Exploration exploration;
  };
  std::string flinch;  // version
  std::string kernel;  // release of uname(2)
  std::uint64_t seed = 0;
  std::vector<Entry> entries;

  [[nodiscard]] bool has_divergences() const;
};

/// One errno of a call: named by its manual page, reached by a script, or both.
struct ErrnoRow {
  std::string call;
  int error;
  bool is_in_page;
  std::uint64_t reached;  // how often
  std::string reason;     // why no script can reach it; empty if none is known
};

/// Every errno that a script reached or that the manual page of a call in the scripts names, by call.
std::vector<ErrnoRow> errno_rows(const Report& report);

std::string as_table(const Report& report);
/// As contract.md has it: {flinch, kernel, seed, mechanisms, errnos}.
std::string as_json(const Report& report);
/// A program of its own that makes the script's calls and says what comes of each.
std::string as_c_program(const Report& report, const std::string& mechanism, const Divergence& divergence);

}  // namespace flinch::conformance
