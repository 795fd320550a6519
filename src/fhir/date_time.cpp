#include "fhir/date_time.h"

namespace galen::fhir {

namespace {

/// Takes a text apart from the front.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool done() const { return rest_.empty(); }

  [[nodiscard]] bool take(char expected) {
    if (rest_.empty() || rest_.front() != expected) return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// Exactly `digits` digits of a number in [least, most].
  [[nodiscard]] bool number(std::size_t digits, int least, int most, int& value) {
    if (rest_.size() < digits) return false;
    value = 0;
    for (const char c : rest_.substr(0, digits)) {
      if (c < '0' || c > '9') return false;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(digits);
    return value >= least && value <= most;
  }

  [[nodiscard]] std::size_t digits_ahead() const {
    const std::size_t end = rest_.find_first_not_of("0123456789");
    return end == std::string_view::npos ? rest_.size() : end;
  }

 private:
  std::string_view rest_;
};

int days_in(int year, int month) {
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  if (month == 2) return leap ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/// Days from 1970-01-01. Years begin in March, so that the leap day is the last of its year.
std::int64_t day_number(int year, int month, int day) {
  const std::int64_t y = month <= 2 ? year - 1 : year;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return y * 365 + y / 4 - y / 100 + y / 400 + day_of_year - 719'468;
}

/// "T10:00:00.5+02:00", added to the day's span.
bool take_time(Cursor& cursor, Span& span) {
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!cursor.take('T') || !cursor.number(2, 0, 23, hour) || !cursor.take(':') ||
      !cursor.number(2, 0, 59, minute) || !cursor.take(':') || !cursor.number(2, 0, 59, second)) {
    return false;
  }
  std::int64_t ms = ((std::int64_t{hour} * 60 + minute) * 60 + second) * 1000;
  std::int64_t length = 1000;
  if (cursor.take('.')) {
    const std::size_t digits = cursor.digits_ahead();
    int fraction = 0;
    if (digits < 1 || digits > 3 || !cursor.number(digits, 0, 999, fraction)) return false;
    for (std::size_t i = 0; i < digits; ++i) length /= 10;
    ms += fraction * length;
  }
  span.first_ms += ms;
  span.past_ms = span.first_ms + length;
  span.has_time = true;
  return true;
}

bool take_offset(Cursor& cursor, Span& span) {
  if (cursor.take('Z')) return true;
  const bool west = cursor.take('-');
  int hours = 0;
  int minutes = 0;
  if ((!west && !cursor.take('+')) || !cursor.number(2, 0, 14, hours) || !cursor.take(':') ||
      !cursor.number(2, 0, hours == 14 ? 0 : 59, minutes)) {
    return false;
  }
  const std::int64_t offset = (std::int64_t{hours} * 60 + minutes) * 60'000 * (west ? -1 : 1);
  span.first_ms -= offset;
  span.past_ms -= offset;
  return true;
}

std::string digits(std::int64_t number, std::size_t count) {
  const std::string text = std::to_string(number);
  return std::string(count - text.size(), '0') + text;
}

Span days_from(std::int64_t first, std::int64_t past) {
  return Span{first * kMsPerDay, past * kMsPerDay, false};
}

}  // namespace

std::optional<Span> parse_date_time(std::string_view text) {
  Cursor cursor(text);
  int year = 0;
  int month = 0;
  int day = 0;
  if (!cursor.number(4, 1, 9999, year)) return std::nullopt;
  if (cursor.done()) return days_from(day_number(year, 1, 1), day_number(year + 1, 1, 1));
  if (!cursor.take('-') || !cursor.number(2, 1, 12, month)) return std::nullopt;
  if (cursor.done()) {
    const std::int64_t first = day_number(year, month, 1);
    return days_from(first, first + days_in(year, month));
  }
  if (!cursor.take('-') || !cursor.number(2, 1, days_in(year, month), day)) return std::nullopt;
  const std::int64_t date = day_number(year, month, day);
  Span span = days_from(date, date + 1);
  if (cursor.done()) return span;
  if (!take_time(cursor, span) || !take_offset(cursor, span) || !cursor.done()) return std::nullopt;
  return span;
}

std::optional<std::string> date_text(std::int64_t days) {
  if (days < day_number(1, 1, 1) || days >= day_number(10'000, 1, 1)) return std::nullopt;
  // 365.2425 days a year: at most one off, in either direction.
  int year = static_cast<int>((days - day_number(1, 1, 1)) * 400 / 146'097) + 1;
  while (day_number(year, 1, 1) > days) --year;
  while (day_number(year + 1, 1, 1) <= days) ++year;
  int month = 1;
  while (month < 12 && day_number(year, month + 1, 1) <= days) ++month;
  const std::int64_t day = days - day_number(year, month, 1) + 1;
  return digits(year, 4) + "-" + digits(month, 2) + "-" + digits(day, 2);
}

std::optional<std::string> instant_text(std::int64_t ms) {
  std::int64_t days = ms / kMsPerDay;
  if (ms % kMsPerDay < 0) --days;
  const auto date = date_text(days);
  if (!date) return std::nullopt;
  const std::int64_t rest = ms - days * kMsPerDay;
  return *date + "T" + digits(rest / 3'600'000, 2) + ":" + digits(rest / 60'000 % 60, 2) + ":" +
         digits(rest / 1000 % 60, 2) + "." + digits(rest % 1000, 3) + "Z";
}

}  // namespace galen::fhir
