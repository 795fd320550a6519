#include "cli/audit_words.h"

#include "modules/policy/reason.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace galen::cli {
namespace {

client::AccessDecision decided(bool permit, std::string reason, std::string grant = {}) {
  client::AccessDecision decision;
  decision.record = "r";
  decision.permit = permit;
  decision.reason = std::move(reason);
  decision.grant = std::move(grant);
  return decision;
}

TEST(AuditWords, GroundsNameThePermitThatDecidedOrFailed) {
  const std::string grant(64, 'a');
  EXPECT_EQ(ground_words(decided(true, "grant", grant), false), "your permit aaaaaaaaaaaa");
  EXPECT_EQ(ground_words(decided(false, "deny-grant", grant), false), "your denial aaaaaaaaaaaa");
  EXPECT_EQ(ground_words(decided(false, "expired", grant), true),
            "your permit " + grant + " had ended");
  EXPECT_EQ(ground_words(decided(true, "break-glass"), false), "emergency");
  EXPECT_EQ(ground_words(decided(false, "no-consent"), false), "you gave no consent");
  EXPECT_EQ(ground_words(decided(false, "a code of tomorrow"), false), "a code of tomorrow");
}

/// decide() names a permit or denial with these, and with no others.
bool may_name_grant(policy::Reason reason) {
  using policy::Reason;
  return reason == Reason::kGrant || reason == Reason::kDenyGrant ||
         reason == Reason::kEmergencyForbidden ||
         (reason >= Reason::kRevoked && reason <= Reason::kUsesExhausted);
}

/// A patient reads no codes, whatever was decided. A new reason fails here until it has words.
TEST(AuditWords, EveryReasonHasWords) {
  const std::string grant(64, 'a');
  int walked = 0;
  for (int number = 0; number <= 255; ++number) {
    const auto reason = static_cast<policy::Reason>(number);
    if (!policy::is_valid(reason)) continue;
    ++walked;
    const std::string code(policy::name(reason));
    const bool permit = policy::is_permit(reason);
    EXPECT_NE(ground_words(decided(permit, code), true), code);
    if (!may_name_grant(reason)) continue;
    const std::string words = ground_words(decided(permit, code, grant), true);
    EXPECT_NE(words.find(grant), std::string::npos) << code << ": " << words;
    EXPECT_NE(words, "your permit " + grant + " " + code);
  }
  EXPECT_GE(walked, 44) << "the reasons of today";
}

TEST(AuditWords, ADenialThatForbidsEmergenciesIsNoPermit) {
  const std::string grant(64, 'a');
  EXPECT_EQ(ground_words(decided(false, "btg-forbidden", grant), false),
            "your denial aaaaaaaaaaaa, even in an emergency");
  EXPECT_EQ(ground_words(decided(false, "btg-forbidden"), false),
            "you forbade it even in an emergency");
}

TEST(AuditWords, ALogIsALineForEachRecordAndAct) {
  client::AccessView access;
  access.kind = "access";
  access.organisation = "hospital-2";
  access.role = "clinician";
  access.person = "p";
  access.purpose = "TREAT";
  access.action = "READ";
  access.late = true;
  access.decisions = {decided(true, "break-glass"), decided(false, "no-consent")};
  client::AccessView reading;
  reading.kind = "audit-read";
  reading.organisation = "hospital-1";
  reading.role = "privacy-officer";
  reading.person = "o";
  reading.purpose = "HOPERAT";
  reading.permit = true;
  reading.reason = "own-record";
  client::AccessView act;
  act.kind = "export";
  act.organisation = "hospital-1";
  act.role = "organisation";
  act.purpose = "PATRQT";
  act.records = {"exported-1", "exported-2"};
  act.recipient = "hospital-3";
  const std::string text = words_text({access, reading, act}, true);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 5) << text;
  for (const char* told : {"export of data", "exported-1", "exported-2", "for hospital-3"})
    EXPECT_NE(text.find(told), std::string::npos) << told << text;
  EXPECT_NE(text.find("treatment (told afterwards)"), std::string::npos) << text;
  EXPECT_NE(text.find("emergency"), std::string::npos) << text;
  EXPECT_NE(text.find("privacy officer"), std::string::npos) << text;
  EXPECT_NE(text.find("read this log"), std::string::npos) << text;
  EXPECT_NE(text.find("running the organisation"), std::string::npos) << text;
}

}  // namespace
}  // namespace galen::cli
