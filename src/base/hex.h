// Lower-case hexadecimal. Thread rule: any thread.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <string>
#include <string_view>

namespace galen {

[[nodiscard]] std::string to_hex(BytesView bytes);

/// Strict: lower-case digits only, even length. kMalformed otherwise.
[[nodiscard]] Result<Bytes> from_hex(std::string_view text);

/// Strict hexadecimal of exactly T::kSize bytes. kMalformed otherwise, naming `what`.
template <class T>
[[nodiscard]] Result<T> fixed_from_hex(std::string_view text, std::string_view what) {
  auto bytes = from_hex(text);
  if (!bytes) return fail_in(what, bytes.error());
  if (bytes->size() != T::kSize) {
    return fail(ErrorCode::kMalformed,
                std::string(what) + ": needs " + std::to_string(2 * T::kSize) +
                    " hexadecimal digits, not " + std::to_string(text.size()));
  }
  return T::from(*bytes);
}

}  // namespace galen
