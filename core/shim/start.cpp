// What happens when the shim is loaded: before every other constructor (-z initfirst), in the order
// environment, gateway, shared memory.
#include "core/shim/shim.h"
#include "core/shim/standalone.h"
#include "core/shim/x86_64/call.h"

extern "C" {
extern char** environ __attribute__((weak));
// glibc calls constructors with main's arguments; musl calls them with nothing.
const char* gnu_get_libc_version() __attribute__((weak));

[[gnu::constructor, gnu::used]] void flinch_start(int /*argc*/, char** /*argv*/, char** environment) {
  const bool is_glibc = &gnu_get_libc_version != nullptr;
  char** variables = is_glibc ? environment : (&environ != nullptr ? environ : nullptr);
  if (variables == nullptr) return;
  if (flinch::scrub_environment(variables))
    flinch::attach_to_supervisor();
  else
    flinch::start_standalone(variables);
}

// The compiler may call these for copies and fills; libc's could be wrapped by others, or not be there yet.
void* memcpy(void* into, const void* from, std::size_t size) {
  auto* to = static_cast<unsigned char*>(into);
  const auto* source = static_cast<const unsigned char*>(from);
  while (size-- > 0) *to++ = *source++;
  return into;
}

void* memset(void* into, int value, std::size_t size) {
  auto* to = static_cast<unsigned char*>(into);
  while (size-- > 0) *to++ = static_cast<unsigned char>(value);
  return into;
}

void* memmove(void* into, const void* from, std::size_t size) {
  auto* to = static_cast<unsigned char*>(into);
  const auto* source = static_cast<const unsigned char*>(from);
  if (to <= source) return memcpy(into, from, size);
  while (size-- > 0) to[size] = source[size];
  return into;
}

int memcmp(const void* one, const void* other, std::size_t size) {
  const auto* a = static_cast<const unsigned char*>(one);
  const auto* b = static_cast<const unsigned char*>(other);
  for (; size > 0; --size, ++a, ++b)
    if (*a != *b) return *a - *b;
  return 0;
}
}
