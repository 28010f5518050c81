// Is colour wanted on a descriptor? NO_COLOR and CLICOLOR_FORCE are honoured, in this order; else a
// terminal gets colour, and nothing else does.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace flinch {

inline bool wants_colour(int fd) {
  const auto value_of = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string_view(value != nullptr ? value : "");
  };
  if (!value_of("NO_COLOR").empty()) return false;
  if (const auto forced = value_of("CLICOLOR_FORCE"); !forced.empty() && forced != "0") return true;
  return isatty(fd) != 0 && value_of("TERM") != "dumb";
}

}  // namespace flinch
