#include "modules/policy/decide.h"

namespace galen::policy {

namespace {

constexpr std::uint64_t kMsPerDay = 24ULL * 60 * 60 * 1000;

struct Civil {
  std::uint64_t year = 0;
  std::uint64_t month = 0;
  std::uint64_t day = 0;
};

/// Gregorian date of a day number from 1970-01-01, counted in 400-year eras that begin on 1 March,
/// so that the leap day is the last of its year.
Civil civil_of(std::uint64_t days) {
  constexpr std::uint64_t kDaysPerEra = 146'097;
  const std::uint64_t shifted = days + 719'468;  // from 0000-03-01
  const std::uint64_t era = shifted / kDaysPerEra;
  const std::uint64_t day_of_era = shifted % kDaysPerEra;
  const std::uint64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::uint64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::uint64_t month_from_march = (5 * day_of_year + 2) / 153;
  Civil civil;
  civil.day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  civil.month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  civil.year = era * 400 + year_of_era + (civil.month <= 2 ? 1 : 0);
  return civil;
}

std::string padded(std::uint64_t value, std::size_t width) {
  std::string text = std::to_string(value);
  return text.size() < width ? std::string(width - text.size(), '0') + text : text;
}

}  // namespace

std::string utc_text(TimeMs time) {
  const Civil date = civil_of(time.value / kMsPerDay);
  const std::uint64_t ms_of_day = time.value % kMsPerDay;
  const std::uint64_t seconds = ms_of_day / 1000;
  std::string text = padded(date.year, 4) + "-" + padded(date.month, 2) + "-" + padded(date.day, 2);
  text += "T" + padded(seconds / 3600, 2) + ":" + padded(seconds / 60 % 60, 2) + ":" +
          padded(seconds % 60, 2);
  if (ms_of_day % 1000 != 0) text += "." + padded(ms_of_day % 1000, 3);
  return text + "Z";
}

}  // namespace galen::policy
