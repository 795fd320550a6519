// FHIR dates and dateTimes: a text names a span of time as long as its precision, and a Period ends
// with the last instant of its end's span (HEALTH.md 1.4 "FHIR mapping"). UTC unless the text has
// an offset. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace galen::fhir {

struct Span {
  std::int64_t first_ms = 0;  ///< since 1970-01-01T00:00:00Z
  std::int64_t past_ms = 0;   ///< first instant after it
  bool has_time = false;      ///< given to the second or finer
  friend bool operator==(const Span&, const Span&) = default;
};

/// "2022", "2022-12", "2022-12-31", "2022-12-31T10:00:00Z", with up to three digits of a second and
/// an offset. nullopt for anything else, dates that do not exist included.
[[nodiscard]] std::optional<Span> parse_date_time(std::string_view text);

/// "2022-12-31T10:00:00.000Z" of milliseconds since 1970, and "2022-12-31" of days since 1970.
/// nullopt before the year 1 and after 9999, which FHIR has no text for.
[[nodiscard]] std::optional<std::string> instant_text(std::int64_t ms);
[[nodiscard]] std::optional<std::string> date_text(std::int64_t days);

inline constexpr std::int64_t kMsPerDay = std::int64_t{24} * 60 * 60 * 1000;

}  // namespace galen::fhir
