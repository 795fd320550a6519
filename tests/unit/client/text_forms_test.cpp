#include "client/text_forms.h"

#include <gtest/gtest.h>

namespace galen::client {
namespace {

constexpr TimeMs kNow{1'700'000'000'000};

TEST(TextForms, DatesReadBack) {
  for (const char* text : {"1970-01-01", "2026-03-31", "1931-12-01", "2024-02-29"}) {
    const auto date = parse_date(text, "--date");
    ASSERT_TRUE(date) << text;
    EXPECT_EQ(date_text(*date), text);
  }
  EXPECT_EQ(parse_date("1970-01-02", "")->days, 1);
  EXPECT_EQ(parse_date("1969-12-31", "")->days, -1);
}

TEST(TextForms, BadDatesAreRefusedNamingTheOption) {
  for (const char* text : {"",
                           "2026",
                           "2026-13-01",
                           "2026-02-30",
                           "2025-02-29",
                           "2026-3-31",
                           "2026-03-31x",
                           "31.03.2026"}) {
    const auto date = parse_date(text, "--service-date");
    ASSERT_FALSE(date) << text;
    EXPECT_EQ(date.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(date.error().message.find("--service-date"), std::string::npos);
  }
}

TEST(TextForms, TimesAreAbsoluteOrRelative) {
  EXPECT_EQ(parse_time("now", kNow, "")->value, kNow.value);
  EXPECT_EQ(parse_time("+30d", kNow, "")->value, kNow.value + 30ULL * 86'400'000);
  EXPECT_EQ(parse_time("+12h", kNow, "")->value, kNow.value + 12ULL * 3'600'000);
  EXPECT_EQ(parse_time("+15m", kNow, "")->value, kNow.value + 15ULL * 60'000);
  EXPECT_EQ(parse_time("1970-01-02", kNow, "")->value, 86'400'000U);
  EXPECT_EQ(parse_time("1970-01-01T01:02:03Z", kNow, "")->value, 3'723'000U);
}

TEST(TextForms, BadTimesAreRefused) {
  for (const char* text : {"",
                           "+",
                           "+d",
                           "+1y",
                           "tomorrow",
                           "2026-03-31T10:00",
                           "2026-03-31T25:00:00Z",
                           "2026-03-31T10:00:00+01:00",
                           "1969-12-31",
                           "+999999999d"}) {
    EXPECT_FALSE(parse_time(text, kNow, "--until")) << text;
  }
}

TEST(TextForms, TimesAreShownInUtcWithMilliseconds) {
  EXPECT_EQ(time_text(TimeMs{1'700'000'000'123}), "2023-11-14T22:13:20.123Z");
}

TEST(TextForms, MasksAreSetsOfNames) {
  using ledger::ClassSet;
  using ledger::RecordClass;
  const auto mask =
      parse_mask<RecordClass, ClassSet>({"LAB", "NOTE"}, ledger::kAllClasses, "--class");
  ASSERT_TRUE(mask);
  EXPECT_EQ(mask_names(*mask, RecordClass::kOther), (std::vector<std::string>{"NOTE", "LAB"}));
  EXPECT_EQ((*parse_mask<RecordClass, ClassSet>({}, ledger::kAllClasses, "")), ledger::kAllClasses);
  EXPECT_EQ((*parse_mask<RecordClass, ClassSet>({"*"}, ledger::kAllClasses, "")),
            ledger::kAllClasses);
  EXPECT_FALSE((parse_mask<RecordClass, ClassSet>({"lab"}, ledger::kAllClasses, "")));
}

TEST(TextForms, RelatedTextBecomesAnIdOfThePatient) {
  PatientId other;
  other.value.fill(1);
  const auto id = related_id(PatientId{}, "encounter-7");
  EXPECT_EQ(id, related_id(PatientId{}, "encounter-7"));
  EXPECT_NE(id, related_id(other, "encounter-7"));
  EXPECT_EQ(related_id(other, to_hex(id)), id);
}

TEST(TextForms, IdsAreStrict) {
  EXPECT_TRUE(parse_id<TxId>(std::string(64, 'a'), "id"));
  EXPECT_FALSE(parse_id<TxId>(std::string(64, 'A'), "id"));
  EXPECT_EQ(parse_id<TxId>("12", "--patient").error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace galen::client
