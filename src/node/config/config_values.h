// Texts of configuration values: sizes, durations, addresses. Thread rule: any thread.
#pragma once

#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace galen::node {

/// "64MiB", "512KiB", "2GiB", "100B". kConfig without a unit or above 2^50.
[[nodiscard]] Result<std::uint64_t> parse_size_bytes(std::string_view text);
/// The largest unit that divides: 67108864 -> "64MiB".
[[nodiscard]] std::string size_text(std::uint64_t bytes);

/// "250ms", "10s", "5m", "1h". kConfig without a unit or above 24 h.
[[nodiscard]] Result<std::chrono::milliseconds> parse_duration(std::string_view text);
[[nodiscard]] std::string duration_text(std::chrono::milliseconds duration);

/// A decimal count within [least, most]. kConfig otherwise.
[[nodiscard]] Result<std::uint64_t> parse_count(std::string_view text,
                                                std::uint64_t least,
                                                std::uint64_t most);

/// "host:port" or "[v6]:port", port 0..65535 (0 only when `port_zero`). kConfig otherwise.
[[nodiscard]] Status check_address(std::string_view text, bool port_zero);

}  // namespace galen::node
