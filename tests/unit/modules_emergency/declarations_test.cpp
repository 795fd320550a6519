#include "modules/emergency/declarations.h"

#include "support/strict_codec.h"
#include "unit/modules_emergency/emergency_world.h"

#include <gtest/gtest.h>

namespace galen::emergency {
namespace {

using ledger::ResultCode;
using test::EmergencyWorld;
using test::Party;

class Declarations : public ::testing::Test {
 protected:
  /// Executes and checks that a refusal writes nothing.
  ResultCode code(const ledger::DeclareEmergency& operation) {
    const ResultCode result = world.declare(operation);
    if (result != ResultCode::kOk) {
      EXPECT_TRUE(world.last_writes.empty());
    }
    return result;
  }

  /// What the chain decides on the clinician's emergency request.
  policy::Reason decide(const RecordId& record) {
    const ledger::LogAccess access{world.emergency_request({record})};
    const auto authorisation = world.sign(access,
                                          world.doctor,
                                          ledger::AuthorisationRole::kRequester,
                                          {.submitter = world.clinic.id});
    EXPECT_EQ(world.execute(access, world.clinic, {authorisation}).code, ResultCode::kOk);
    const auto count = audit::load_access_range(world.state, world.patient.patient()).count;
    last = *audit::load_access(world.state, world.patient.patient(), count - 1);
    return last.decisions.front().reason;
  }

  void declare_many(std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
      ASSERT_EQ(code(world.declaration()), ResultCode::kOk);
    }
  }

  EmergencyWorld world;
  audit::AccessEntry last;
};

TEST_F(Declarations, OpenTheRecordOnTheChain) {
  EXPECT_EQ(decide(world.record), policy::Reason::kEmergencyNotDeclared);
  const auto declared = world.declaration();
  ASSERT_EQ(code(declared), ResultCode::kOk);
  EXPECT_EQ(decide(world.record), policy::Reason::kBreakGlass);
  EXPECT_EQ(last.decisions.front().obligations,
            (std::vector<std::string>{"notify-patient", "review"}));
  EXPECT_FALSE(last.emergency.has_value());
  const auto entry =
      DeclarationEntry::load(world.state, world.patient.patient(), declared.declaration);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->declaration, declared);
  EXPECT_EQ(entry->role, ledger::Role::kClinician);
  EXPECT_FALSE(entry->late);
  world.now.value += 2 * EmergencyWorld::kHour;
  EXPECT_EQ(decide(world.record), policy::Reason::kEmergencyExpired);
}

TEST_F(Declarations, OpenOnlyTheRecordsOfTheirScope) {
  const RecordId other = world.add_record(world.custodian, world.patient);
  auto declared = world.declaration();
  declared.scope = ledger::EmergencyScope::kRecords;
  declared.records = {world.record};
  world.rename(declared);
  ASSERT_EQ(code(declared), ResultCode::kOk);
  EXPECT_EQ(decide(world.record), policy::Reason::kBreakGlass);
  EXPECT_EQ(decide(other), policy::Reason::kEmergencyNotDeclared);
}

TEST_F(Declarations, AnotherPersonsDeclarationOpensNothing) {
  const Party colleague = world.add_practitioner(world.clinic, ledger::Role::kClinician, true);
  auto declared = world.declaration();
  declared.person = colleague.id;
  world.rename(declared);
  ASSERT_EQ(world.execute(declared, world.clinic, {world.signed_by(declared, colleague)}).code,
            ResultCode::kOk);
  EXPECT_EQ(decide(world.record), policy::Reason::kEmergencyNotDeclared);
}

TEST_F(Declarations, ADenyThatForbidsStandsAgainstThem) {
  ASSERT_EQ(code(world.declaration()), ResultCode::kOk);
  auto deny = world.deny_all(world.patient);
  deny.terms.emergency_override = ledger::EmergencyOverride::kForbid;
  world.must_give(deny, world.patient);
  EXPECT_EQ(decide(world.record), policy::Reason::kEmergencyForbidden);
}

TEST_F(Declarations, OneFoundUnjustifiedOpensNothingMore) {
  const auto declared = world.declaration();
  ASSERT_EQ(code(declared), ResultCode::kOk);
  auto review = world.review(declared, world.officer);
  review.outcome = ledger::ReviewOutcome::kUnjustified;
  ASSERT_EQ(world.execute(review, world.clinic, {world.signed_by(review, world.officer)}).code,
            ResultCode::kOk);
  EXPECT_EQ(decide(world.record), policy::Reason::kEmergencyNotDeclared);
}

TEST_F(Declarations, NeedThePrivilegeOfTheirPerson) {
  auto declared = world.declaration();
  declared.person = world.officer.id;
  world.rename(declared);
  EXPECT_EQ(code(declared), ResultCode::kNotPrivileged);
  declared.person = test::test_id<AccountId>(3);
  world.rename(declared);
  EXPECT_EQ(code(declared), ResultCode::kUnknownPractitioner);
  declared.person = world.custodian_officer.id;
  world.rename(declared);
  EXPECT_EQ(code(declared), ResultCode::kNotAuthorised);
}

TEST_F(Declarations, ASuspendedPersonDeclaresNothing) {
  auto entry = identity::PractitionerEntry::load(world.state, world.doctor.id);
  entry->set_status(ledger::AccountStatus::kSuspended, Height{1});
  world.state.put(identity::PractitionerEntry::key(world.doctor.id), entry->encode());
  EXPECT_EQ(code(world.declaration()), ResultCode::kAccountInactive);
}

TEST_F(Declarations, V14LastAtMostTheParameter) {
  auto declared = world.declaration();
  declared.to = TimeMs{declared.from.value + world.parameters.emergency_max_ms};
  world.rename(declared);
  EXPECT_EQ(code(declared), ResultCode::kOk);
  declared = world.declaration();
  declared.to = TimeMs{declared.from.value + world.parameters.emergency_max_ms + 1};
  world.rename(declared);
  EXPECT_EQ(code(declared), ResultCode::kInvalidWindow);
  declared.to = declared.from;
  world.rename(declared);
  EXPECT_EQ(code(declared), ResultCode::kInvalidWindow);
}

TEST_F(Declarations, AreNotMadeInAdvance) {
  auto declared = world.declaration();
  declared.from = TimeMs{world.now.value + kDeclarationSlackMs};
  world.rename(declared);
  EXPECT_EQ(code(declared), ResultCode::kOk);
  declared = world.declaration();
  declared.from = TimeMs{world.now.value + kDeclarationSlackMs + 1};
  world.rename(declared);
  EXPECT_EQ(code(declared), ResultCode::kInvalidWindow);
}

TEST_F(Declarations, ComeLateAndAreFlagged) {
  const auto declared = world.declaration();
  world.now.value += kDeclarationSlackMs + 1;
  ASSERT_EQ(code(declared), ResultCode::kOk);
  const auto entry =
      DeclarationEntry::load(world.state, world.patient.patient(), declared.declaration);
  EXPECT_TRUE(entry->late);
}

TEST_F(Declarations, AreAuthorisedByTheirPersonAlone) {
  const auto declared = world.declaration();
  EXPECT_EQ(world.execute(declared, world.clinic).code, ResultCode::kBadAuthorisation);
  const auto stranger = world.signed_by(declared, world.officer);
  EXPECT_EQ(world.execute(declared, world.clinic, {stranger}).code, ResultCode::kBadAuthorisation);
  auto own = world.signed_by(declared, world.doctor);
  own.signature = stranger.signature;
  EXPECT_EQ(world.execute(declared, world.clinic, {own}).code, ResultCode::kBadSignature);
  const auto patient = world.sign(declared, world.doctor, ledger::AuthorisationRole::kPatient);
  EXPECT_EQ(world.execute(declared, world.clinic, {patient}).code, ResultCode::kBadAuthorisation);
}

TEST_F(Declarations, AreBroughtByTheirOrganisation) {
  const auto declared = world.declaration();
  const auto signature = world.signed_by(declared, world.doctor);
  EXPECT_EQ(world.execute(declared, world.custodian, {signature}).code, ResultCode::kNotAuthorised);
  world.suspend(world.clinic.id);
  EXPECT_EQ(code(declared), ResultCode::kOrganisationInactive);
}

TEST_F(Declarations, NameAPatientAndAnIdOfTheirOwn) {
  auto declared = world.declaration();
  declared.declaration = test::test_id<DeclarationId>(4);
  EXPECT_EQ(code(declared), ResultCode::kBadIdentifier);
  // One id, one content: no second window under the first one's review and place.
  declared = world.declaration();
  declared.to.value -= 1;
  EXPECT_EQ(code(declared), ResultCode::kBadIdentifier);
  declared = world.declaration();
  declared.patient = test::test_id<PatientId>(4);
  world.rename(declared);
  EXPECT_EQ(code(declared), ResultCode::kUnknownPatient);
  world.put_tombstone(world.patient.patient());
  EXPECT_EQ(code(world.declaration()), ResultCode::kErased);
}

TEST_F(Declarations, AreMadeOnce) {
  const auto declared = world.declaration();
  ASSERT_EQ(code(declared), ResultCode::kOk);
  EXPECT_EQ(code(declared), ResultCode::kAlreadyExists);
  EXPECT_EQ(OrganisationEmergencies::load(world.state, world.clinic.id).declared, 1U);
}

TEST_F(Declarations, WaitForReviewInALimitedNumber) {
  declare_many(kMaxUnreviewed);
  const auto refused = world.declaration();
  EXPECT_EQ(code(refused), ResultCode::kQuotaExceeded);
  const auto waiting = list_unreviewed(world.state, world.clinic.id);
  ASSERT_EQ(waiting.size(), kMaxUnreviewed);
  auto reviewed = world.declaration();
  reviewed.declaration = waiting.front().declaration;
  EXPECT_EQ(world.review_by(reviewed, world.officer, world.clinic), ResultCode::kOk);
  EXPECT_EQ(code(refused), ResultCode::kOk);
}

TEST_F(Declarations, OverdueReviewsShrinkTheQuotaToNothing) {
  declare_many(3);
  EXPECT_EQ(quota_of(world.state, world.clinic.id, world.now).limit, kMaxUnreviewed);
  world.now.value += kReviewMs + 1;
  const Quota quota = quota_of(world.state, world.clinic.id, world.now);
  EXPECT_EQ(quota.overdue, 3U);
  EXPECT_EQ(quota.open, 0U);
  EXPECT_EQ(quota.limit, kMaxUnreviewed - 3 * (kOverdueWeight + 1));
  declare_many(quota.limit);
  EXPECT_EQ(code(world.declaration()), ResultCode::kQuotaExceeded);
  world.now.value += kReviewMs + 1;
  EXPECT_EQ(quota_of(world.state, world.clinic.id, world.now).limit, 0U);
  EXPECT_EQ(code(world.declaration()), ResultCode::kQuotaExceeded);
}

TEST_F(Declarations, AreReviewedByAnotherRoleOfThoseConcerned) {
  const auto declared = world.declaration();
  ASSERT_EQ(code(declared), ResultCode::kOk);
  EXPECT_EQ(world.review_by(declared, world.doctor, world.clinic), ResultCode::kSameReviewer);
  const Party colleague = world.add_practitioner(world.clinic);
  EXPECT_EQ(world.review_by(declared, colleague, world.clinic), ResultCode::kSameReviewer);
  const Party stranger = world.add_practitioner(world.hospitals[2], ledger::Role::kPrivacyOfficer);
  EXPECT_EQ(world.review_by(declared, stranger, world.hospitals[2]), ResultCode::kNotAuthorised);
  EXPECT_EQ(world.review_by(declared, stranger, world.clinic), ResultCode::kNotAuthorised);
  auto unsigned_review = world.review(declared, world.officer);
  EXPECT_EQ(world.execute(unsigned_review, world.clinic).code, ResultCode::kBadAuthorisation);
  unsigned_review.reviewer = test::test_id<AccountId>(9);
  EXPECT_EQ(world.execute(unsigned_review, world.clinic).code, ResultCode::kUnknownPractitioner);
  EXPECT_EQ(world.review_by(declared, world.custodian_officer, world.custodian), ResultCode::kOk);
  EXPECT_TRUE(list_unreviewed(world.state, world.clinic.id).empty());
  EXPECT_EQ(world.review_by(declared, world.officer, world.clinic), ResultCode::kAlreadyReviewed);
  const auto entry = ReviewEntry::load(world.state, declared.patient, declared.declaration);
  ASSERT_TRUE(entry);
  EXPECT_FALSE(entry->overdue);
  EXPECT_EQ(entry->organisation, world.custodian.id);
}

TEST_F(Declarations, WhatWasNeverDeclaredIsNotReviewed) {
  EXPECT_EQ(world.review_by(world.declaration(), world.officer, world.clinic),
            ResultCode::kUnknownDeclaration);
}

TEST_F(Declarations, LateReviewsAreFlagged) {
  const auto declared = world.declaration();
  ASSERT_EQ(code(declared), ResultCode::kOk);
  world.now.value += kReviewMs;
  const auto on_time = world.declaration();
  ASSERT_EQ(code(on_time), ResultCode::kOk);
  world.now.value += 1;
  ASSERT_EQ(world.review_by(declared, world.officer, world.clinic), ResultCode::kOk);
  ASSERT_EQ(world.review_by(on_time, world.officer, world.clinic), ResultCode::kOk);
  EXPECT_TRUE(ReviewEntry::load(world.state, declared.patient, declared.declaration)->overdue);
  EXPECT_FALSE(ReviewEntry::load(world.state, on_time.patient, on_time.declaration)->overdue);
}

TEST_F(Declarations, EntriesDecodeStrictly) {
  const auto declared = world.declaration();
  test::expect_strict(
      DeclarationEntry{declared, ledger::Role::kClinician, world.now, world.height, true});
  test::expect_strict(ReviewEntry{world.review(declared, world.officer),
                                  world.clinic.id,
                                  ledger::Role::kPrivacyOfficer,
                                  world.now,
                                  world.height,
                                  true});
  test::expect_strict(UnreviewedEntry{declared.patient, declared.person, world.now});
  test::expect_strict(OrganisationEmergencies{world.journal, 1, 2});
}

}  // namespace
}  // namespace galen::emergency
