// Reading and filling proto fields: fixed-size ids, bounded pages, one "not found" for everything
// that is unknown or not for the caller (PRIVACY.md 28). Thread rule: pure functions.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace galen::rpc {

inline constexpr std::uint32_t kDefaultPageSize = 100;
inline constexpr std::uint32_t kMaxPageSize = 500;

[[nodiscard]] inline std::string wire(BytesView bytes) {
  return to_string(bytes);
}

/// kInvalidArgument naming the field unless it has exactly the size of T.
template <class T>
[[nodiscard]] Result<T> fixed_field(std::string_view value, std::string_view name) {
  if (value.size() != T::kSize) {
    return fail(ErrorCode::kInvalidArgument,
                std::string(name) + ": needs " + std::to_string(T::kSize) + " bytes, not " +
                    std::to_string(value.size()));
  }
  return T::from(as_bytes(value));
}

/// 0 means the default; more than the maximum is the maximum.
[[nodiscard]] inline std::size_t page_size(std::uint32_t asked) {
  return asked == 0 ? kDefaultPageSize : std::min(asked, kMaxPageSize);
}

/// The same words for unknown, erased and not permitted.
[[nodiscard]] inline tl::unexpected<Error> not_found() {
  return fail(ErrorCode::kNotFound, "not found");
}

}  // namespace galen::rpc
