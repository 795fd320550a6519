#include "node/config/config_values.h"

#include <array>
#include <charconv>

namespace galen::node {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// From the largest to the smallest, so that printing finds the largest that divides.
constexpr std::array<Unit, 4> kSizeUnits{{{"GiB", std::uint64_t{1} << 30U},
                                          {"MiB", std::uint64_t{1} << 20U},
                                          {"KiB", std::uint64_t{1} << 10U},
                                          {"B", 1}}};
constexpr std::array<Unit, 4> kTimeUnits{{{"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr std::uint64_t kMaxSizeBytes = std::uint64_t{1} << 50U;
constexpr std::uint64_t kMaxDurationMs = 24U * 3'600'000U;

/// Digits followed by exactly one of `units`; nothing above `most`.
template <std::size_t N>
Result<std::uint64_t> parse_with_unit(std::string_view text,
                                      const std::array<Unit, N>& units,
                                      std::uint64_t most) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view rest = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const Unit& unit : units) {
    if (error != std::errc{} || rest != unit.name) continue;
    if (number > most / unit.factor) break;
    return number * unit.factor;
  }
  std::string names;
  for (const Unit& unit : units) names += (names.empty() ? "" : ", ") + std::string(unit.name);
  return fail(
      ErrorCode::kConfig,
      "\"" + std::string(text) + "\" is not a number with a unit (" + names + ") within the limit");
}

template <std::size_t N>
std::string text_with_unit(std::uint64_t value, const std::array<Unit, N>& units) {
  for (const Unit& unit : units) {
    if (value != 0 && value % unit.factor == 0) {
      return std::to_string(value / unit.factor) + std::string(unit.name);
    }
  }
  return "0" + std::string(units.back().name);
}

}  // namespace

Result<std::uint64_t> parse_size_bytes(std::string_view text) {
  return parse_with_unit(text, kSizeUnits, kMaxSizeBytes);
}

std::string size_text(std::uint64_t bytes) {
  return text_with_unit(bytes, kSizeUnits);
}

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  GALEN_TRY(const std::uint64_t count, parse_with_unit(text, kTimeUnits, kMaxDurationMs));
  return std::chrono::milliseconds(count);
}

std::string duration_text(std::chrono::milliseconds duration) {
  return text_with_unit(static_cast<std::uint64_t>(duration.count()), kTimeUnits);
}

Result<std::uint64_t> parse_count(std::string_view text, std::uint64_t least, std::uint64_t most) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  if (!whole || number < least || number > most) {
    return fail(ErrorCode::kConfig,
                "\"" + std::string(text) + "\" is not a number from " + std::to_string(least) +
                    " to " + std::to_string(most));
  }
  return number;
}

Status check_address(std::string_view text, bool port_zero) {
  const auto bad = [&] {
    return fail(ErrorCode::kConfig,
                "\"" + std::string(text) + "\" is not an address host:port, e.g. 127.0.0.1:7101");
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return bad();
  std::string_view host = text.substr(0, colon);
  if (host.front() == '[') {
    if (host.size() < 4 || host.back() != ']') return bad();
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return bad();
  }
  if (host.find_first_of(" \t/\"[]") != std::string_view::npos) return bad();
  if (!parse_count(text.substr(colon + 1), port_zero ? 0 : 1, 65535)) return bad();
  return {};
}

}  // namespace galen::node
