// galen::Error -> the one-line Failure that users see (docs/cli.md "Exit codes").
// Thread rule: functions from any thread.
#pragma once

#include "base/result.h"
#include "galen/outcome.h"

#include <exception>
#include <string>

namespace galen::client {

/// The class, the text, and what to do about it. `where` is what the user was doing.
[[nodiscard]] Failure to_failure(const Error& error, const std::string& where);

/// An argument that cannot be right.
[[nodiscard]] Failure usage_failure(const std::string& what, const std::string& remedy);

/// Runs `body`, which returns Result<T>, and gives its Outcome<T>. Exceptions of libraries end
/// here.
template <class Body>
[[nodiscard]] auto outcome_of(const std::string& where, Body&& body)
    -> Outcome<typename decltype(body())::value_type> {
  try {
    auto result = body();
    if (!result) return to_failure(result.error(), where);
    return *std::move(result);
  } catch (const std::exception& error) {
    return to_failure(Error{ErrorCode::kInternal, error.what()}, where);
  }
}

}  // namespace galen::client
