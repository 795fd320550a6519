// A day without a place or a time. Thread rule: values.
#pragma once

#include <compare>
#include <cstdint>

namespace galen::ledger {

/// Days since 1970-01-01 in the proleptic Gregorian calendar; may be negative.
struct CalendarDate {
  std::int32_t days = 0;
  friend auto operator<=>(const CalendarDate&, const CalendarDate&) = default;
};

}  // namespace galen::ledger
