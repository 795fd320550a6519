// Steps and tables of decide() that the conformance vectors leave open.
#include "base/check.h"
#include "ledger/genesis.h"
#include "modules/policy/decide.h"
#include "modules/policy/matching.h"

#include <gtest/gtest.h>

#include <set>

namespace galen::policy {
namespace {

AccountId account(std::uint8_t n) {
  AccountId id;
  id.value[0] = n;
  return id;
}

GrantId grant_number(std::uint8_t n) {
  GrantId id;
  id.value[0] = n;
  return id;
}

class Decide : public ::testing::Test {
 protected:
  Decide() {
    requester.person = account(1);
    requester.organisation = account(10);
    record.custodian = account(11);
    terms.grantee = {ledger::GranteeKind::kOrganisation, account(10)};
    terms.purposes = {"TREAT"};
    terms.valid_to = TimeMs{1000};
    request.purpose = "TREAT";
    request.at = Instant::of_block(TimeMs{500});
  }

  Reason with(std::vector<GrantFacts> grants) {
    consent.grants = std::move(grants);
    return decided().reason;
  }

  [[nodiscard]] Decision decided() const {
    return decide(tables_of(parameters), requester, record, consent, request);
  }

  [[nodiscard]] GrantFacts grant(std::uint8_t id, ledger::Effect effect = ledger::Effect::kPermit) {
    GrantFacts facts;
    facts.id = grant_number(id);
    facts.effect = effect;
    facts.terms = &terms;
    return facts;
  }

  ledger::Parameters parameters = ledger::default_parameters();
  Requester requester;
  RecordFacts record;
  ledger::GrantTerms terms;
  ConsentContext consent;
  Request request;
};

TEST_F(Decide, StepZeroComesBeforeEveryOtherStep) {
  EXPECT_EQ(with({grant(1)}), Reason::kGrant);
  requester.role = ledger::Role::kBilling;
  requester.organisation_active = false;
  record.status = ledger::RecordStatus::kErased;
  const Decision decision = decided();
  EXPECT_EQ(decision.reason, Reason::kPurpose);
  EXPECT_FALSE(decision.grant.has_value());
}

TEST_F(Decide, AnEmptyStepZeroTableOpensNothing) {
  parameters.role_purposes.clear();
  EXPECT_EQ(with({grant(1)}), Reason::kPurpose);
}

TEST_F(Decide, StalenessSparesBreakGlassOnly) {
  request.state_age_ms = parameters.stale_ms + 1;
  EXPECT_EQ(with({grant(1)}), Reason::kStaleState);
  request.purpose = "BTG";
  EXPECT_EQ(decided().reason, Reason::kEmergencyNotPrivileged);
}

TEST_F(Decide, TheSmallestMatchingPermitDecides) {
  EXPECT_EQ(with({grant(7), grant(3), grant(5)}), Reason::kGrant);
  EXPECT_EQ(decided().grant, grant_number(3));
}

TEST_F(Decide, NearestMissTiesGoToTheSmallestId) {
  request.action = ledger::Action::kCopy;
  GrantFacts revoked = grant(1);
  revoked.status = GrantStatus::kRevoked;
  EXPECT_EQ(with({grant(7), revoked, grant(3)}), Reason::kAction);
  EXPECT_EQ(decided().grant, grant_number(3));
}

TEST_F(Decide, SupersededGrantsSayWhy) {
  GrantFacts old = grant(1);
  old.status = GrantStatus::kSuperseded;
  old.ended_at = TimeMs{501};
  EXPECT_EQ(with({old}), Reason::kGrant);
  old.ended_at = TimeMs{500};
  EXPECT_EQ(with({old}), Reason::kSuperseded);
}

TEST_F(Decide, OnlyDeniesThatDoNotMatchMeanNoConsent) {
  requester.organisation = account(12);
  EXPECT_EQ(with({grant(1, ledger::Effect::kDeny)}), Reason::kNoConsent);
  parameters.implicit_policy = ledger::ImplicitPolicy::kAllNormal;
  EXPECT_EQ(decided().reason, Reason::kNoConsent);
}

TEST_F(Decide, ARevocationAloneEndsTheImplicitPolicy) {
  parameters.implicit_policy = ledger::ImplicitPolicy::kAllNormal;
  EXPECT_EQ(with({}), Reason::kImplicit);
  consent.ever_granted = true;
  EXPECT_EQ(decided().reason, Reason::kNoConsent);
}

TEST_F(Decide, OwnRecordIsForReadingNotForPassingOn) {
  requester.organisation = record.custodian;
  EXPECT_EQ(with({}), Reason::kOwnRecord);
  request.action = ledger::Action::kRedisclose;
  EXPECT_EQ(decided().reason, Reason::kNoConsent);
}

TEST_F(Decide, TagsUnderAnotherKeyFailClosed) {
  record.labels = {"t1"};
  record.labels_key_id = 1;
  terms.labels = {"t1"};
  terms.labels_key_id = 1;
  EXPECT_EQ(with({grant(1)}), Reason::kGrant);
  EXPECT_EQ(decided().label_tags, (LabelTags{*record.labels_key_id, record.labels}));
  terms.labels_key_id = 2;
  EXPECT_EQ(with({grant(1)}), Reason::kLabel);
  terms.labels = {"t9"};
  terms.confidentiality = ledger::Confidentiality::kU;
  EXPECT_EQ(with({grant(1, ledger::Effect::kDeny)}), Reason::kDenyGrant);
  terms.labels_key_id = 1;
  EXPECT_EQ(with({grant(1, ledger::Effect::kDeny)}), Reason::kNoConsent);
}

TEST_F(Decide, TagsHaveNoObligationsHere) {
  record.labels = {"SUD"};
  terms.labels = {"SUD"};
  EXPECT_EQ(with({grant(1)}), Reason::kGrant);
  EXPECT_EQ(decided().obligations, std::vector<std::string>{"42cfr2-notice"});
  EXPECT_FALSE(decided().label_tags);
  record.labels_key_id = terms.labels_key_id = 1;
  EXPECT_TRUE(decided().obligations.empty());
}

TEST_F(Decide, ASupersededRecordIsMarkedOnEveryPermit) {
  record.status = ledger::RecordStatus::kSuperseded;
  EXPECT_EQ(with({grant(1)}), Reason::kGrant);
  EXPECT_EQ(decided().obligations, std::vector<std::string>{"superseded-version"});
  requester.role = ledger::Role::kPatient;
  request.purpose = "PATRQT";
  EXPECT_EQ(decided().obligations, std::vector<std::string>{"superseded-version"});
}

TEST_F(Decide, AnEmergencyIsCutAtTheLimitWhateverItDeclares) {
  requester.emergency_privilege = true;
  request.purpose = "BTG";
  consent.emergencies = {{requester.person, TimeMs{100}, TimeMs{kMaxCounter}, {}}};
  request.at = Instant::of_block(TimeMs{100 + parameters.emergency_max_ms - 1});
  EXPECT_EQ(decided().reason, Reason::kBreakGlass);
  request.at = Instant::of_block(TimeMs{100 + parameters.emergency_max_ms});
  EXPECT_EQ(decided().reason, Reason::kEmergencyExpired);
}

TEST_F(Decide, ForbiddingBreakGlassIgnoresThePurpose) {
  requester.emergency_privilege = true;
  request.purpose = "BTG";
  consent.emergencies = {{requester.person, TimeMs{100}, TimeMs{900}, {}}};
  terms.purposes = {"HRESCH"};
  terms.confidentiality = ledger::Confidentiality::kU;
  EXPECT_EQ(with({grant(1, ledger::Effect::kDeny)}), Reason::kBreakGlass);
  terms.emergency_override = ledger::EmergencyOverride::kForbid;
  EXPECT_EQ(with({grant(1, ledger::Effect::kDeny)}), Reason::kEmergencyForbidden);
  terms.classes = ledger::class_bit(ledger::RecordClass::kLab);
  EXPECT_EQ(with({grant(1, ledger::Effect::kDeny)}), Reason::kBreakGlass);
}

TEST_F(Decide, WhoMayNotReadInAnEmergencyMayNotCopyEither) {
  requester.emergency_privilege = true;
  request.purpose = "BTG";
  consent.emergencies = {{requester.person, TimeMs{100}, TimeMs{900}, {}}};
  terms.confidentiality = ledger::Confidentiality::kU;
  terms.emergency_override = ledger::EmergencyOverride::kForbid;
  terms.actions = ledger::action_bit(ledger::Action::kRead);
  for (const auto action :
       {ledger::Action::kRead, ledger::Action::kCopy, ledger::Action::kRedisclose}) {
    request.action = action;
    EXPECT_EQ(with({grant(1, ledger::Effect::kDeny)}), Reason::kEmergencyForbidden);
  }
  request.action = ledger::Action::kDiscover;
  EXPECT_EQ(with({grant(1, ledger::Effect::kDeny)}), Reason::kBreakGlass);
}

TEST_F(Decide, DeniesStartByTheLaterClockAndEndByTheEarlier) {
  terms.confidentiality = ledger::Confidentiality::kU;
  terms.valid_from = TimeMs{500};
  const std::vector<GrantFacts> denial{grant(1, ledger::Effect::kDeny)};
  request.at = {TimeMs{499}, TimeMs{500}};
  EXPECT_EQ(with(denial), Reason::kDenyGrant);
  request.at = {TimeMs{999}, TimeMs{1000}};
  EXPECT_EQ(with(denial), Reason::kDenyGrant);
  request.at = {TimeMs{1000}, TimeMs{1000}};
  EXPECT_EQ(with(denial), Reason::kNoConsent);
}

TEST(Terminology, PermitsInheritByTheShortListOnly) {
  const Terminology& tables = terminology(1);
  for (const auto& [granted, covered] : tables.permit_covers) {
    EXPECT_TRUE(covered.contains(granted));
    EXPECT_FALSE(covered.contains("BTG"));
    const bool inherits = granted == "TREAT" || granted == "HPAYMT" || granted == "HRESCH";
    EXPECT_EQ(covered.size() > 1, inherits) << granted;
  }
  EXPECT_FALSE(covers(tables.permit_covers, "TREAT", "CLINTRL"));
  EXPECT_TRUE(covers(tables.permit_covers, "TREAT", "COC"));
  EXPECT_TRUE(covers(tables.permit_covers, "HRESCH", "TRANSRCH"));
  EXPECT_FALSE(covers(tables.permit_covers, "HOPERAT", "TRAIN"));
  EXPECT_FALSE(tables.permit_covers.contains("BTG"));
}

TEST(Terminology, DeniesCoverTheSubtreeButBreakGlass) {
  const Terminology& tables = terminology(1);
  EXPECT_EQ(tables.deny_covers.size(), 59U);
  EXPECT_EQ(tables.deny_covers.at("TREAT"),
            (std::set<std::string, std::less<>>{
                "TREAT", "CLINTRL", "COC", "ETREAT", "ERTREAT", "POPHLTH"}));
  EXPECT_TRUE(covers(tables.deny_covers, "HOPERAT", "HTEST"));
  EXPECT_TRUE(covers(tables.deny_covers, "HRESCH", "PRECLINTRCH"));
  EXPECT_FALSE(covers(tables.deny_covers, "ETREAT", "TREAT"));
  EXPECT_TRUE(covers(tables.deny_covers, "*", "anything"));
  for (const auto& [denied, covered] : tables.deny_covers) {
    EXPECT_EQ(covered.contains("BTG"), denied == "BTG") << denied;
  }
}

TEST(Terminology, UnknownVersionsPermitNothing) {
  EXPECT_TRUE(terminology(2).permit_covers.empty());
  EXPECT_FALSE(terminology(2).is_purpose("TREAT"));
  EXPECT_TRUE(covers(terminology(2).deny_covers, "*", "TREAT"));
}

TEST(Reasons, NumbersAndNamesAreFixed) {
  EXPECT_EQ(static_cast<int>(Reason::kGrant), 1);
  EXPECT_EQ(static_cast<int>(Reason::kNoConsent), 32);
  EXPECT_EQ(static_cast<int>(Reason::kGrantee), 64);
  EXPECT_EQ(static_cast<int>(Reason::kUsesExhausted), 77);
  EXPECT_EQ(static_cast<int>(Reason::kUnknownRecord), 99);
  EXPECT_EQ(static_cast<int>(Reason::kAuditor), 8);
  EXPECT_EQ(static_cast<int>(Reason::kListed), 9);
  EXPECT_EQ(static_cast<int>(Reason::kRecipientKey), 100);
  EXPECT_EQ(static_cast<int>(Reason::kNotAReader), 101);
  EXPECT_EQ(static_cast<int>(Reason::kNotFound), 102);
  std::set<std::string_view> names;
  for (int n = 0; n < 256; ++n) {
    const auto reason = static_cast<Reason>(n);
    EXPECT_EQ(name(reason) != "?", is_valid(reason));
    if (!is_valid(reason)) continue;
    EXPECT_TRUE(names.insert(name(reason)).second);
    EXPECT_EQ(parse_reason(name(reason)), reason);
    EXPECT_EQ(is_permit(reason), n <= 9);
  }
  EXPECT_EQ(names.size(), 44U);
  EXPECT_FALSE(parse_reason("?").has_value());
}

TEST(UtcText, SecondsUnlessThereAreMilliseconds) {
  EXPECT_EQ(utc_text(TimeMs{0}), "1970-01-01T00:00:00Z");
  EXPECT_EQ(utc_text(TimeMs{951'782'400'000}), "2000-02-29T00:00:00Z");
  EXPECT_EQ(utc_text(TimeMs{951'868'799'999}), "2000-02-29T23:59:59.999Z");
  EXPECT_EQ(utc_text(TimeMs{951'868'800'000}), "2000-03-01T00:00:00Z");
  EXPECT_EQ(utc_text(TimeMs{4'107'542'400'000}), "2100-03-01T00:00:00Z");
  EXPECT_EQ(utc_text(TimeMs{1'767'225'599'005}), "2025-12-31T23:59:59.005Z");
  EXPECT_LE(utc_text(TimeMs{kMaxCounter}).size(), 40U);
}

}  // namespace
}  // namespace galen::policy
