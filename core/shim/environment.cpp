// Takes out of the environment what the supervisor wrote into the new image's stack (see
// core/supervisor/exec_image.h): LD_PRELOAD, or our part of the program's own, and the marks.
#include "core/shim/shim.h"

namespace flinch {
namespace {

/// What follows `prefix` in `text`; nullptr if it does not begin so.
const char* after(const char* text, const char* prefix) {
  for (; *prefix != '\0'; ++text, ++prefix)
    if (*text != *prefix) return nullptr;
  return text;
}

std::uintptr_t from_hex(const char* text) {
  std::uintptr_t value = 0;
  for (; *text != '\0'; ++text)
    value = value * 16 + static_cast<std::uintptr_t>(*text <= '9' ? *text - '0' : *text - 'a' + 10);
  return value;
}

}  // namespace

bool scrub_environment(char** environment) {
  std::uintptr_t own = 0;
  bool is_marked = false;
  for (char** at = environment; *at != nullptr; ++at) {
    if (const char* mark = after(*at, "FLINCH_SHIM=")) {
      is_marked = true;
      own = from_hex(mark);
    }
  }
  if (!is_marked) return false;
  char** to = environment;
  for (char** at = environment; *at != nullptr; ++at) {
    if (after(*at, "FLINCH_SHIM=") != nullptr) continue;
    if (after(*at, "LD_PRELOAD=") != nullptr) {
      if (own == 0) continue;
      *to++ = reinterpret_cast<char*>(own);
      continue;
    }
    *to++ = *at;
  }
  *to = nullptr;
  return true;
}

}  // namespace flinch
