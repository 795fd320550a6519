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
