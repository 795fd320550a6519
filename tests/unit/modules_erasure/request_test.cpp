// Requests of erasures: who asks, who takes back, how long they serve (PRIVACY.md 13).
#include "support/identity_steps.h"
#include "unit/modules_erasure/erasures_fixture.h"

namespace galen::erasure {
namespace {

TEST_F(Erasures, APatientAsksWithHisSignature) {
  const auto asked = request();
  ASSERT_EQ(by_patient(asked), ResultCode::kOk);
  const auto stored = world.state.get(ledger::ErasureRequestEntry::key(asked.request));
  ASSERT_TRUE(stored);
  const auto entry = ledger::ErasureRequestEntry::decode(*stored).value();
  EXPECT_EQ(entry.path, path);
  EXPECT_TRUE(entry.by_patient);
  EXPECT_EQ(entry.key_held_by, ledger::KeyHolder::kPatient) << "so everybody sees it";
  EXPECT_EQ(entry.custodian, custodian.id);
  EXPECT_EQ(by_patient(asked), ResultCode::kAlreadyExists);
}

TEST_F(Erasures, TheCustodianAloneAsksForNothing) {
  for (const auto basis : {ErasureBasis::kPatientRequest, ErasureBasis::kUnlawful}) {
    EXPECT_EQ(alone(request(ErasureScope::kPatient, basis)), ResultCode::kNotApproved);
  }
  const auto asked = request(ErasureScope::kPatient, ErasureBasis::kUnlawful);
  EXPECT_EQ(by_two(asked, custodian), ResultCode::kNotApproved);
  EXPECT_EQ(by_two(asked, other), ResultCode::kOk);
}

/// A snooper at the custodian's has everything he needs to sign.
TEST_F(Erasures, WithAPatientsKeyThatItHoldsTheCustodianStillNeedsASecondOrganisation) {
  patient = world.add_patient(custodian);
  record = world.add_record(custodian, patient);
  for (const auto scope : {ErasureScope::kPatient, ErasureScope::kRecord}) {
    const auto asked = request(scope);
    const auto his = [&](std::uint64_t sequence) {
      return world.sign(asked, patient, AuthorisationRole::kPatient, {.sequence = sequence});
    };
    const auto by = [&](const Party& second) {
      return world.sign(asked, second, AuthorisationRole::kOrganisation);
    };
    const std::uint64_t first = scope == ErasureScope::kPatient ? 10 : 20;
    EXPECT_EQ(world.execute(asked, custodian, {his(first)}).code, ResultCode::kNotApproved);
    EXPECT_EQ(world.execute(asked, custodian, {his(first), by(custodian)}).code,
              ResultCode::kNotApproved);
    EXPECT_EQ(world.execute(asked, custodian, {his(first), his(first)}).code,
              ResultCode::kBadAuthorisation);
    EXPECT_EQ(world.execute(asked, custodian, {by(other), his(first)}).code,
              ResultCode::kBadAuthorisation);
    const auto forged =
        world.sign(asked, Party{other.id, patient.key}, AuthorisationRole::kOrganisation);
    EXPECT_EQ(world.execute(asked, custodian, {his(first), forged}).code,
              ResultCode::kBadSignature);
    EXPECT_EQ(world.execute(asked, custodian, {his(first), by(other), by(world.hospitals[2])}).code,
              ResultCode::kBadAuthorisation);
    EXPECT_EQ(world.execute(asked, custodian, {his(first), by(other)}).code, ResultCode::kOk)
        << "what was refused took no sequence number";
    const auto stored = world.state.get(ledger::ErasureRequestEntry::key(asked.request));
    const auto entry = ledger::ErasureRequestEntry::decode(stored.value()).value();
    EXPECT_EQ(entry.key_held_by, ledger::KeyHolder::kCustodian) << "so everybody sees it";
  }
}

/// A custodian that makes a new key and says that it is now the patient's has it all the same.
TEST_F(Erasures, HandingTheKeyOverToItselfDoesNotMakeTheCustodianTwo) {
  patient = world.add_patient(custodian);
  ledger::RotatePersonKey handover;
  handover.account = patient.id;
  handover.signing = test::new_key(
      ledger::KeyUse::kSigning, patient.id, test::test_key(60), 1, patient.key.public_key());
  handover.held_by = ledger::KeyHolder::kPatient;
  ASSERT_EQ(world.execute(handover, custodian).code, ResultCode::kOk);
  patient.key = test::test_key(60);
  const auto asked = request();
  const auto his =
      world.sign(asked, patient, AuthorisationRole::kPatient, {.sequence = 10, .key_index = 1});
  const auto agreed = world.sign(asked, other, AuthorisationRole::kOrganisation);
  EXPECT_EQ(world.execute(asked, custodian, {his}).code, ResultCode::kNotApproved);
  world.suspend(other.id);
  EXPECT_EQ(world.execute(asked, custodian, {his, agreed}).code, ResultCode::kOrganisationInactive);
  const auto third = world.sign(asked, world.hospitals[2], AuthorisationRole::kOrganisation);
  EXPECT_EQ(world.execute(asked, custodian, {his, third}).code, ResultCode::kOk);
}

TEST_F(Erasures, AnotherMemberThatBringsItIsTheSecondOrganisation) {
  patient = world.add_patient(custodian);
  auto asked = request();
  asked.request = ledger::erasure_id(world.chain, other.id, asked.seed);
  EXPECT_EQ(world.give(asked, patient, other).code, ResultCode::kOk);
}

TEST_F(Erasures, NobodyAsksInThePatientsNameWithoutHim) {
  EXPECT_EQ(by_two(request(), other), ResultCode::kNotApproved);
}

TEST_F(Erasures, ASecondOrganisationDoesNotHelpWhoIsNotTheCustodian) {
  auto asked = request(ErasureScope::kPatient, ErasureBasis::kUnlawful);
  asked.request = ledger::erasure_id(world.chain, other.id, asked.seed);
  const auto signature = world.sign(asked, custodian, AuthorisationRole::kOrganisation);
  EXPECT_EQ(world.execute(asked, other, {signature}).code, ResultCode::kNotCustodian);
}

TEST_F(Erasures, RequestsAreRefusedForWhatTheyName) {
  auto squatted = request();
  squatted.request = test_id<ErasureId>(1);
  EXPECT_EQ(by_patient(squatted), ResultCode::kBadIdentifier);
  auto unknown = request(ErasureScope::kRecord);
  unknown.record = test_id<RecordId>(1);
  EXPECT_EQ(by_patient(unknown), ResultCode::kUnknownRecord);
  auto nobody = request();
  nobody.patient = test_id<PatientId>(1);
  EXPECT_EQ(by_patient(nobody), ResultCode::kUnknownPatient);
  const auto asked = request();
  const auto forged = world.sign(
      asked, Party{patient.id, other.key}, AuthorisationRole::kPatient, {.sequence = 90});
  EXPECT_EQ(world.execute(asked, custodian, {forged}).code, ResultCode::kBadSignature);
  const auto stale = world.sign(asked, patient, AuthorisationRole::kPatient, {.sequence = 0});
  EXPECT_EQ(world.execute(asked, custodian, {stale}).code, ResultCode::kSequenceUsed);
}

TEST_F(Erasures, WhoMayNotAskLearnsNothing) {
  // There, not there, erased: whoever is neither the patient nor his custodian hears the same.
  const auto erased = request(ErasureScope::kRecord);
  ASSERT_EQ(by_patient(erased), ResultCode::kOk);
  auto ordered = record_order(erased);
  ASSERT_EQ(alone(ordered), ResultCode::kOk);
  const RecordId kept = world.add_record(custodian, patient);
  for (const RecordId& about : {record, kept, test_id<RecordId>(1)}) {
    auto asked = request(ErasureScope::kRecord, ErasureBasis::kUnlawful);
    asked.record = about;
    asked.request = ledger::erasure_id(world.chain, other.id, asked.seed);
    EXPECT_EQ(world.execute(asked, other).code, ResultCode::kNotCustodian);
    asked.basis = ErasureBasis::kPatientRequest;
    const auto forged = world.sign(
        asked, Party{patient.id, other.key}, AuthorisationRole::kPatient, {.sequence = 90});
    EXPECT_EQ(world.execute(asked, other, {forged}).code, ResultCode::kBadSignature);
  }
}

TEST_F(Erasures, TheLogIsNotErasedByThePatientsKeyWhichHisCustodianMayHold) {
  EXPECT_EQ(by_patient(request(ErasureScope::kAudit)), ResultCode::kNotApproved);
}

TEST_F(Erasures, TheCustodianOrdersWhatThePatientAskedForElsewhere) {
  auto asked = request();
  asked.request = ledger::erasure_id(world.chain, other.id, asked.seed);
  ASSERT_EQ(world.give(asked, patient, other).code, ResultCode::kOk);
  EXPECT_EQ(world.execute(order(asked), world.hospitals[2]).code, ResultCode::kNotAuthorised);
  EXPECT_EQ(alone(order(asked)), ResultCode::kOk);
}

TEST_F(Erasures, ARequestServesForNinetyDays) {
  const auto asked = request();
  ASSERT_EQ(by_patient(asked), ResultCode::kOk);
  audit_until = TimeMs{HealthWorld::kStart + 365 * HealthWorld::kDay};
  const auto before = world.state;
  world.now = TimeMs{world.now.value + ledger::kErasureRequestMs - 1};
  EXPECT_EQ(alone(order(asked)), ResultCode::kOk);
  world.state = before;
  world.now = TimeMs{world.now.value + 1};
  EXPECT_EQ(alone(order(asked)), ResultCode::kUnknownRequest) << "an old signature is no licence";
  EXPECT_EQ(by_patient(withdrawal(asked)), ResultCode::kUnknownRequest);
}

TEST_F(Erasures, ThePatientTakesHisRequestBack) {
  const auto asked = request();
  ASSERT_EQ(by_patient(asked), ResultCode::kOk);
  const auto withdraw = withdrawal(asked);
  EXPECT_EQ(alone(withdraw), ResultCode::kBadAuthorisation) << "nobody keeps him from his erasure";
  EXPECT_EQ(by_two(withdraw, other), ResultCode::kBadAuthorisation);
  auto nobodys = withdraw;
  nobodys.patient = test_id<PatientId>(1);
  EXPECT_EQ(by_patient(nobodys), ResultCode::kUnknownRequest);
  nobodys = withdraw;
  nobodys.request = test_id<ErasureId>(1);
  EXPECT_EQ(by_patient(nobodys), ResultCode::kUnknownRequest);
  const auto forged = world.sign(
      withdraw, Party{patient.id, other.key}, AuthorisationRole::kPatient, {.sequence = 90});
  EXPECT_EQ(world.execute(withdraw, custodian, {forged}).code, ResultCode::kBadSignature);
  const auto stale = world.sign(withdraw, patient, AuthorisationRole::kPatient, {.sequence = 0});
  EXPECT_EQ(world.execute(withdraw, custodian, {stale}).code, ResultCode::kSequenceUsed);
  // Through any member, and his sequence counts it.
  const auto signature =
      world.sign(withdraw, patient, AuthorisationRole::kPatient, {.sequence = 5'000});
  ASSERT_EQ(world.execute(withdraw, other, {signature}).code, ResultCode::kOk);
  const auto again = request();
  const auto same = world.sign(again, patient, AuthorisationRole::kPatient, {.sequence = 5'000});
  EXPECT_EQ(world.execute(again, custodian, {same}).code, ResultCode::kSequenceUsed);
  EXPECT_EQ(alone(order(asked)), ResultCode::kUnknownRequest);
  const auto later =
      world.sign(withdraw, patient, AuthorisationRole::kPatient, {.sequence = 5'001});
  EXPECT_EQ(world.execute(withdraw, custodian, {later}).code, ResultCode::kUnknownRequest);
}

TEST_F(Erasures, WhatTwoOrganisationsAskedForItsBringerTakesBack) {
  const auto asked = request(ErasureScope::kPatient, ErasureBasis::kUnlawful);
  ASSERT_EQ(by_two(asked, other), ResultCode::kOk);
  const auto withdraw = withdrawal(asked);
  EXPECT_EQ(world.execute(withdraw, other).code, ResultCode::kNotAuthorised);
  EXPECT_EQ(by_patient(withdraw), ResultCode::kBadAuthorisation);
  EXPECT_EQ(alone(withdraw), ResultCode::kOk);
  EXPECT_EQ(alone(order(asked)), ResultCode::kUnknownRequest);
}

TEST_F(Erasures, WhatIsOrderedIsNotTakenBack) {
  const auto asked = request(ErasureScope::kRecord);
  ASSERT_EQ(by_patient(asked), ResultCode::kOk);
  ASSERT_EQ(alone(record_order(asked)), ResultCode::kOk);
  EXPECT_EQ(by_patient(withdrawal(asked)), ResultCode::kUnknownRequest);
}

}  // namespace
}  // namespace galen::erasure
