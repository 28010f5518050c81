// The CALLS part of a rule: `read,/^recv,%wait`.
#pragma once

#include <string_view>

#include "core/plan/plan.h"

namespace flinch {

struct CallList {
  RowSet all{};            // every call that the list names
  RowSet named{};          // of those, the ones that stand there by their own name rather than in a set
  std::size_t length = 0;  // of the list in the rule's text: up to its colon, or the end
};

/// Reads the list at the start of `rule`. A regular expression (ECMAScript, found anywhere in the
/// call's name, as in strace) begins with `/` and ends at the next comma or colon, or at a closing
/// `/`, behind which commas and colons may stand inside it. As in strace, `all` is every call, `?name` is
/// passed over where no call has that name, and `!` before the list leaves its calls out and takes the rest.
Result<CallList> parse_call_list(std::string_view rule);

/// The shortest list of names that parse_call_list() takes for exactly these rows.
std::string print_call_list(const RowSet& rows);

}  // namespace flinch
