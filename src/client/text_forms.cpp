#include "client/text_forms.h"

#include "crypto/digest.h"

#include <chrono>
#include <cstdio>
#include <optional>

namespace galen::client {

namespace {

using std::chrono::days;
using std::chrono::sys_days;

constexpr std::uint64_t kMinuteMs = 60 * 1000;
constexpr std::uint64_t kHourMs = 60 * kMinuteMs;
constexpr std::uint64_t kDayMs = 24 * kHourMs;

tl::unexpected<Error> bad(std::string_view option, std::string_view text, const char* form) {
  return fail(ErrorCode::kInvalidArgument,
              std::string(option) + ": '" + std::string(text) + "' is not " + form);
}

/// Exactly `size` digits at the front; removes them.
std::optional<unsigned> take_number(std::string_view& text, std::size_t size) {
  if (text.size() < size) return std::nullopt;
  unsigned value = 0;
  for (const char c : text.substr(0, size)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  text.remove_prefix(size);
  return value;
}

bool take_char(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<sys_days> take_date(std::string_view& text) {
  const auto year = take_number(text, 4);
  if (!year || !take_char(text, '-')) return std::nullopt;
  const auto month = take_number(text, 2);
  if (!month || !take_char(text, '-')) return std::nullopt;
  const auto day = take_number(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(*month),
                                         std::chrono::day(*day)};
  if (!date.ok()) return std::nullopt;
  return sys_days(date);
}

std::optional<std::uint64_t> take_time_of_day(std::string_view& text) {
  const auto hour = take_number(text, 2);
  if (!hour || *hour > 23 || !take_char(text, ':')) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || *minute > 59 || !take_char(text, ':')) return std::nullopt;
  const auto second = take_number(text, 2);
  if (!second || *second > 59) return std::nullopt;
  return *hour * kHourMs + *minute * kMinuteMs + *second * std::uint64_t{1000};
}

std::optional<std::uint64_t> relative_ms(std::string_view text) {
  if (text.size() < 2 || text.size() > 8) return std::nullopt;
  const char unit = text.back();
  text.remove_suffix(1);
  const auto count = take_number(text, text.size());
  if (!count) return std::nullopt;
  if (unit == 'd') return *count * kDayMs;
  if (unit == 'h') return *count * kHourMs;
  if (unit == 'm') return *count * kMinuteMs;
  return std::nullopt;
}

}  // namespace

Result<std::uint64_t> parse_height(const std::optional<std::uint64_t>& at) {
  if (!at) return std::uint64_t{0};
  if (*at == 0 || *at > kMaxCounter)
    return fail(ErrorCode::kInvalidArgument, "--at: heights begin with 1");
  return *at;
}

Result<ledger::CalendarDate> parse_date(std::string_view text, std::string_view option) {
  std::string_view rest = text;
  const auto date = take_date(rest);
  if (!date || !rest.empty()) return bad(option, text, "a date like 2026-03-31");
  return ledger::CalendarDate{static_cast<std::int32_t>(date->time_since_epoch().count())};
}

std::string date_text(ledger::CalendarDate date) {
  const std::chrono::year_month_day day{sys_days(days(date.days))};
  char buffer[48];
  std::snprintf(buffer,
                sizeof(buffer),
                "%04d-%02u-%02u",
                static_cast<int>(day.year()),
                static_cast<unsigned>(day.month()),
                static_cast<unsigned>(day.day()));
  return buffer;
}

ledger::CalendarDate date_of(TimeMs time) {
  return ledger::CalendarDate{static_cast<std::int32_t>(time.value / kDayMs)};
}

Result<TimeMs> parse_time(std::string_view text, TimeMs now, std::string_view option) {
  constexpr const char* kForm =
      "a time like 2026-03-31, 2026-03-31T10:00:00Z, now, +30d, +12h or +15m";
  if (text == "now") return now;
  std::string_view rest = text;
  if (take_char(rest, '+')) {
    const auto ms = relative_ms(rest);
    if (!ms) return bad(option, text, kForm);
    return TimeMs{now.value + *ms};
  }
  const auto date = take_date(rest);
  if (!date || date->time_since_epoch().count() < 0) return bad(option, text, kForm);
  const auto start = static_cast<std::uint64_t>(date->time_since_epoch().count()) * kDayMs;
  if (rest.empty()) return TimeMs{start};
  if (!take_char(rest, 'T')) return bad(option, text, kForm);
  const auto in_day = take_time_of_day(rest);
  if (!in_day || rest != "Z") return bad(option, text, kForm);
  return TimeMs{start + *in_day};
}

std::string time_text(TimeMs time) {
  const std::uint64_t in_day = time.value % kDayMs;
  char buffer[48];
  std::snprintf(buffer,
                sizeof(buffer),
                "T%02u:%02u:%02u.%03uZ",
                static_cast<unsigned>(in_day / kHourMs),
                static_cast<unsigned>(in_day / kMinuteMs % 60),
                static_cast<unsigned>(in_day / 1000 % 60),
                static_cast<unsigned>(in_day % 1000));
  return date_text(date_of(time)) + buffer;
}

Random32 related_id(const PatientId& patient, const std::string& text) {
  const auto id = fixed_from_hex<Random32>(text, "related");
  if (id) return *id;
  return id_cast<Random32>(crypto::Hasher("related").raw(patient).bytes(as_bytes(text)).finish());
}

Result<Digest> document_commitment(const std::string& text, RandomSource& random) {
  if (text.empty()) return random.next<Digest>();
  return parse_id<Digest>(text, "--document-commitment");
}

}  // namespace galen::client
