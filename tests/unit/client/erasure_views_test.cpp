// What an attestation keeps for too long (PRIVACY.md 15), and whose audit log may go (20).
#include "client/erasure.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace galen::client {
namespace {

constexpr std::uint64_t kMinuteMs = 60 * 1000;
const TimeMs kNow{1'800'000'000'000};

std::vector<ledger::Retained> retained(const std::string& text) {
  const auto parsed = parse_retained({text}, kNow);
  EXPECT_TRUE(parsed) << text;
  return parsed ? *parsed : std::vector<ledger::Retained>();
}

/// Said when it is attested and shown for ever: the two must not differ.
bool is_over(const std::string& text) {
  const auto kept = retained(text);
  const auto views = retained_views(kept, kNow);
  const bool is_shown = views.size() == 1 && views.front().over_limit;
  EXPECT_EQ(retention_warnings(kept, kNow).size(), is_shown ? 1U : 0U) << text;
  return is_shown;
}

TEST(Retained, AKeyringsBackupEndsWithinThirtyDays) {
  EXPECT_FALSE(is_over("keyring-backup:+30d"));
  EXPECT_FALSE(is_over("keyring-backup:now"));
  EXPECT_TRUE(is_over("keyring-backup:+31d"));
  EXPECT_TRUE(is_over("keyring-backup:+3650d"));
  EXPECT_TRUE(is_over("keyring-backup")) << "without an end";
}

TEST(Retained, WhatOpensNothingByItselfMayStay) {
  for (const char* item : {"database-backup", "snapshot", "payload", "external-copy"}) {
    EXPECT_FALSE(is_over(std::string(item) + ":+3650d")) << item;
    EXPECT_FALSE(is_over(item)) << item;
  }
}

TEST(Retained, IsAttestedAsItIsThoughItIsTooLong) {
  const auto kept = retained("keyring-backup:+3650d");
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept.front().reason, ledger::RetentionReason::kBackupExpiry);
  EXPECT_EQ(kept.front().until.value, kNow.value + std::uint64_t{3650} * 24 * 60 * kMinuteMs);
  const auto lines = retention_warnings(kept, kNow);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines.front().rfind("OVER THE LIMIT: keyring-backup is kept until 2037-01-12T", 0), 0U)
      << lines.front();
  EXPECT_NE(retention_warnings(retained("keyring-backup"), kNow).front().find("without an end"),
            std::string::npos);
}

/// The gateway's clock and the block's are never the same.
TEST(Retained, IsMeasuredFromTheAttestationsBlockOn) {
  const auto kept = retained("keyring-backup:+30d");
  EXPECT_FALSE(retained_views(kept, TimeMs{kNow.value - 5 * kMinuteMs}).front().over_limit);
  EXPECT_TRUE(retained_views(kept, TimeMs{kNow.value - 60 * kMinuteMs}).front().over_limit);
}

ErasureView order(const std::string& path, const std::string& scope, std::uint64_t audit_until) {
  ErasureView view;
  view.path = path;
  view.scope = scope;
  view.audit_until_ms = audit_until;
  return view;
}

TEST(AuditsDue, AreOfPatientsWhoseRetentionIsOverAndThatHaveNoOrderYet) {
  const std::vector<ErasureView> every{order("over", "patient", 10),
                                       order("lasts", "patient", 12),
                                       order("gone", "audit", 0),
                                       order("gone", "patient", 10),
                                       order("over", "record", 0)};
  EXPECT_TRUE(audits_due(every, 9).empty());
  for (const std::uint64_t now : {10U, 11U}) {
    const auto due = audits_due(every, now);
    ASSERT_EQ(due.size(), 1U) << now;
    EXPECT_EQ(due.front().path, "over");
  }
  EXPECT_EQ(audits_due(every, 12).size(), 2U);
}

}  // namespace
}  // namespace galen::client
