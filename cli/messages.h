// What flinch itself says, on the two standard streams.
#pragma once

#include <string_view>

namespace flinch {

inline constexpr int kStatusUsage = 2;
inline constexpr int kStatusFailure = 70;
inline constexpr int kStatusRunUsage = 125;  // of run and trace, whose low statuses are the program's

/// `flinch: text` on standard error. Where colour is wanted, the name is red, yellow or bold.
void print_error(std::string_view text);
void print_warning(std::string_view text);
void print_remark(std::string_view text);

/// The text on standard output; kStatusFailure if it could not be written (a full disk), else 0.
int print_output(std::string_view text);

}  // namespace flinch
