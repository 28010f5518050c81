// Our own failures: a value, or an error with a text that the user reads. Outcomes under test are not
// of this kind.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace flinch {

/// A text for the user: one line, no prefix, no full stop.
struct Error {
  std::string text;
};

template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(std::string text) { return tl::unexpected<Error>{Error{std::move(text)}}; }

}  // namespace flinch
