// Byte strings, views and fixed-size typed byte arrays. Thread rule: values.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace galen {

using Bytes = std::vector<std::uint8_t>;
using BytesView = std::span<const std::uint8_t>;

/// The characters of `text` as bytes; the view lives as long as the text.
[[nodiscard]] inline BytesView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

[[nodiscard]] inline std::string_view as_text(BytesView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

[[nodiscard]] inline Bytes to_bytes(BytesView view) {
  return {view.begin(), view.end()};
}

[[nodiscard]] inline Bytes to_bytes(std::string_view text) {
  return to_bytes(as_bytes(text));
}

[[nodiscard]] inline std::string to_string(BytesView view) {
  return std::string(as_text(view));
}

[[nodiscard]] inline bool equal(BytesView a, BytesView b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

/// N bytes that are told apart from other N bytes by `Tag`. Value-initialised to zero.
template <class Tag, std::size_t N>
struct FixedBytes {
  static constexpr std::size_t kSize = N;
  std::array<std::uint8_t, N> value{};

  friend auto operator<=>(const FixedBytes&, const FixedBytes&) = default;

  [[nodiscard]] BytesView view() const { return {value.data(), N}; }

  operator BytesView() const { return view(); }  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool is_zero() const { return *this == FixedBytes{}; }

  /// REQUIRES: bytes.size() == N.
  [[nodiscard]] static FixedBytes from(BytesView bytes);
};

namespace base {
void check_size(std::size_t actual, std::size_t expected);
}

template <class Tag, std::size_t N>
FixedBytes<Tag, N> FixedBytes<Tag, N>::from(BytesView bytes) {
  base::check_size(bytes.size(), N);
  FixedBytes result;
  std::memcpy(result.value.data(), bytes.data(), N);
  return result;
}

}  // namespace galen
