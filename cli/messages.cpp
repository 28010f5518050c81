#include "cli/messages.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstring>

#include "cli/colour.h"

namespace flinch {

namespace {

void print_after_name(std::string_view name_colour, std::string_view text) {
  const bool colour = wants_colour(STDERR_FILENO);
  fmt::print(stderr, "{}flinch:{} {}\n", colour ? name_colour : "", colour ? "\x1b[0m" : "", text);
}

}  // namespace

void print_error(std::string_view text) { print_after_name("\x1b[1;31m", text); }
void print_warning(std::string_view text) { print_after_name("\x1b[1;33m", text); }
void print_remark(std::string_view text) { print_after_name("\x1b[1m", text); }

int print_output(std::string_view text) {
  errno = 0;
  const bool is_whole = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (is_whole && std::fflush(stdout) == 0) return 0;
  print_error(fmt::format("standard output: {}", std::strerror(errno)));
  return kStatusFailure;
}

}  // namespace flinch
