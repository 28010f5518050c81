// Bytes that scripts write: no two steps of a script write the same.
#pragma once

#include <cstdint>

#include "core/mechanisms/answer.h"

namespace flinch::conformance {

/// Never a 0, for that is what untouched memory holds.
inline mechanisms::Bytes payload(int step, std::size_t size) {
  mechanisms::Bytes bytes(size, 0);
  auto value = static_cast<std::uint32_t>(step) * 2654435761U + 1;
  for (char& byte : bytes) byte = static_cast<char>((value = value * 1664525U + 1013904223U) >> 24 | 1);
  return bytes;
}

}  // namespace flinch::conformance
