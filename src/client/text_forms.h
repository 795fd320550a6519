// How people write dates, times and codes on the command line, and how they are shown.
// Failures are kInvalidArgument and name the option. Thread rule: functions from any thread.
#pragma once

#include "base/hex.h"
#include "base/ids.h"
#include "base/random.h"
#include "base/result.h"
#include "ledger/codes.h"
#include "ledger/operation.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace galen::client {

/// An option `--at`; 0, the head, without one. Heights begin with 1.
[[nodiscard]] Result<std::uint64_t> parse_height(const std::optional<std::uint64_t>& at);

/// "2026-03-31".
[[nodiscard]] Result<ledger::CalendarDate> parse_date(std::string_view text,
                                                      std::string_view option);
[[nodiscard]] std::string date_text(ledger::CalendarDate date);
[[nodiscard]] ledger::CalendarDate date_of(TimeMs time);

/// "2026-03-31", "2026-03-31T10:00:00Z", "now", or "+30d", "+12h", "+15m" from `now`. UTC.
[[nodiscard]] Result<TimeMs> parse_time(std::string_view text, TimeMs now, std::string_view option);
/// "2026-03-31T10:00:00.000Z"
[[nodiscard]] std::string time_text(TimeMs time);

/// Lists of the ledger are sorted and unique.
template <class T>
void sort_unique(std::vector<T>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

/// A 32-byte id in hexadecimal; kInvalidArgument naming the option.
template <class Id>
[[nodiscard]] Result<Id> parse_id(std::string_view text, std::string_view option) {
  auto id = fixed_from_hex<Id>(text, option);
  if (!id) return fail(ErrorCode::kInvalidArgument, id.error().message);
  return id;
}

template <class Id>
[[nodiscard]] Result<std::vector<Id>> parse_ids(const std::vector<std::string>& texts,
                                                std::string_view option) {
  std::vector<Id> ids;
  for (const auto& text : texts) {
    GALEN_TRY(auto id, parse_id<Id>(text, option));
    ids.push_back(id);
  }
  sort_unique(ids);
  return ids;
}

/// A code of ledger/codes.h, e.g. RecordClass "LAB".
template <class E>
[[nodiscard]] Result<E> parse_code(std::string_view text, std::string_view option) {
  const auto code = ledger::parse<E>(text);
  if (code) return *code;
  std::string known;
  for (unsigned value = 0; value < 256; ++value) {
    const auto each = static_cast<E>(value);
    if (ledger::is_valid(each)) known += " " + std::string(ledger::name(each));
  }
  return fail(
      ErrorCode::kInvalidArgument,
      std::string(option) + ": unknown code '" + std::string(text) + "'; there are" + known);
}

/// Set of codes as a bit mask; `all` for no codes at all or "*".
template <class E, class Mask>
[[nodiscard]] Result<Mask> parse_mask(const std::vector<std::string>& texts,
                                      Mask all,
                                      std::string_view option) {
  Mask mask = 0;
  for (const auto& text : texts) {
    if (text == "*") return all;
    GALEN_TRY(const E code, parse_code<E>(text, option));
    mask = static_cast<Mask>(mask | (1U << static_cast<unsigned>(code)));
  }
  return mask == 0 ? all : mask;
}

/// Names of the bits set, in the order of the enumerators 0..last.
template <class E, class Mask>
[[nodiscard]] std::vector<std::string> mask_names(Mask mask, E last) {
  std::vector<std::string> names;
  for (unsigned bit = 0; bit <= static_cast<unsigned>(last); ++bit) {
    if ((mask & (1U << bit)) != 0) names.emplace_back(ledger::name(static_cast<E>(bit)));
  }
  return names;
}

/// What an id of an encounter or the like becomes on the ledger: 64 hexadecimal digits stand for
/// themselves, other text for H("related" || patient || text).
[[nodiscard]] Random32 related_id(const PatientId& patient, const std::string& text);

/// An option `--document-commitment`; without one a random value, which commits to nothing and
/// looks like any other.
[[nodiscard]] Result<Digest> document_commitment(const std::string& text, RandomSource& random);

}  // namespace galen::client
