#include "fhir/date_time.h"

#include <gtest/gtest.h>

#include <string>

namespace galen::fhir {
namespace {

constexpr std::int64_t kHourMs = 60 * 60 * 1000;

TEST(DateTime, ATextIsAsLongAsItsPrecision) {
  EXPECT_EQ(parse_date_time("1970"), (Span{0, 365 * kMsPerDay, false}));
  EXPECT_EQ(parse_date_time("1970-02"), (Span{31 * kMsPerDay, 59 * kMsPerDay, false}));
  EXPECT_EQ(parse_date_time("1970-01-02"), (Span{kMsPerDay, 2 * kMsPerDay, false}));
  EXPECT_EQ(parse_date_time("1970-01-01T01:00:00Z"), (Span{kHourMs, kHourMs + 1000, true}));
  EXPECT_EQ(parse_date_time("1970-01-01T01:00:00.25Z"), (Span{kHourMs + 250, kHourMs + 260, true}));
  EXPECT_EQ(parse_date_time("1970-01-01T01:00:00.001Z"), (Span{kHourMs + 1, kHourMs + 2, true}));
}

TEST(DateTime, OffsetsCount) {
  EXPECT_EQ(parse_date_time("1970-01-01T02:00:00+02:00"), parse_date_time("1970-01-01T00:00:00Z"));
  EXPECT_EQ(parse_date_time("1969-12-31T19:30:00-04:30"), parse_date_time("1970-01-01T00:00:00Z"));
}

TEST(DateTime, CalendarIsGregorian) {
  EXPECT_EQ(parse_date_time("2024-02-29")->first_ms, std::int64_t{19'782} * kMsPerDay);
  EXPECT_EQ(parse_date_time("2000-03-01")->first_ms, std::int64_t{11'017} * kMsPerDay);
  EXPECT_EQ(parse_date_time("1969-12-31")->first_ms, -kMsPerDay);
  EXPECT_EQ(parse_date_time("2023-12")->past_ms, parse_date_time("2024")->first_ms);
  EXPECT_FALSE(parse_date_time("2023-02-29"));
  EXPECT_FALSE(parse_date_time("1900-02-29"));
}

TEST(DateTime, TextsComeBack) {
  EXPECT_EQ(instant_text(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(instant_text(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(date_text(19'782), "2024-02-29");
  for (std::int64_t day = -719'162; day <= 2'932'896; day += 97) {
    const auto date = date_text(day);
    ASSERT_TRUE(date) << day;
    ASSERT_EQ(parse_date_time(*date), (Span{day * kMsPerDay, (day + 1) * kMsPerDay, false}));
    const std::int64_t ms = day * kMsPerDay + (day * 7919 & 0x3ffffff);
    ASSERT_EQ(parse_date_time(*instant_text(ms)), (Span{ms, ms + 1, true}));
  }
}

TEST(DateTime, YearsOutsideOfFourDigitsHaveNoText) {
  EXPECT_EQ(date_text(-719'162), "0001-01-01");
  EXPECT_FALSE(date_text(-719'163));
  EXPECT_EQ(date_text(2'932'896), "9999-12-31");
  EXPECT_FALSE(date_text(2'932'897));
  EXPECT_FALSE(instant_text(std::int64_t{1} << 62));
}

TEST(DateTime, EverythingElseIsRefused) {
  for (const std::string text : {"",
                                 "0000",
                                 "22",
                                 "2022-13",
                                 "2022-00",
                                 "2022-1-1",
                                 "2022-01-32",
                                 "2022-01-01T",
                                 "20220101",
                                 "2022-01-01T10:00",
                                 "2022-01-01T10:00:00",
                                 "2022-01-01T24:00:00Z",
                                 "2022-01-01T10:60:00Z",
                                 "2022-01-01T10:00:60Z",
                                 "2022-01-01T10:00:00.Z",
                                 "2022-01-01T10:00:00.1234Z",
                                 "2022-01-01T10:00:00+15:00",
                                 "2022-01-01T10:00:00+14:30",
                                 "2022-01-01T10:00:00+0200",
                                 "2022-01-01T10:00:00ZZ",
                                 "2022-01-01 10:00:00Z",
                                 " 2022",
                                 "2022 ",
                                 "-2022",
                                 "+022"}) {
    EXPECT_FALSE(parse_date_time(text)) << text;
  }
}

}  // namespace
}  // namespace galen::fhir
