#include "modules/identity/people.h"

#include "support/health_world.h"
#include "support/strict_codec.h"

#include <gtest/gtest.h>

namespace galen::identity {
namespace {

using ledger::ResultCode;
using test::HealthWorld;
using test::Party;
using test::test_key;

class People : public ::testing::Test {
 protected:
  ResultCode code(const ledger::Operation& operation, const Party& submitter) {
    const auto before = world.state;
    const auto result = world.execute(operation, submitter);
    if (result.code != ResultCode::kOk) {
      EXPECT_TRUE(world.last_writes.empty());
      EXPECT_EQ(world.state, before);
    }
    return result.code;
  }

  HealthWorld world;
  Party hospital = world.hospitals[0];
  ledger::RegisterPatient patient = world.patient_operation(hospital, test_key(1));
  ledger::RegisterPractitioner doctor = world.practitioner_operation(hospital, test_key(2));
};

TEST_F(People, PatientIsRegisteredAtTheSubmitter) {
  patient.held_by = ledger::KeyHolder::kPatient;
  ASSERT_EQ(code(patient, hospital), ResultCode::kOk);
  const auto entry = PatientEntry::load(world.state, patient.patient);
  ASSERT_TRUE(entry.has_value());
  EXPECT_EQ(entry->custodian, hospital.id);
  EXPECT_EQ(entry->signing_keys, std::vector<PublicKey>{test_key(1).public_key()});
  EXPECT_EQ(entry->agreement_key, patient.agreement_key);
  EXPECT_EQ(entry->held_by, ledger::KeyHolder::kPatient);
  EXPECT_EQ(entry->registered, world.height);
  EXPECT_FALSE(entry->ever_granted);
}

TEST_F(People, PractitionerIsRegisteredAtTheSubmitter) {
  doctor.role = ledger::Role::kResearcher;
  doctor.emergency_privilege = true;
  ASSERT_EQ(code(doctor, hospital), ResultCode::kOk);
  const auto entry = PractitionerEntry::load(world.state, doctor.practitioner);
  ASSERT_TRUE(entry.has_value());
  EXPECT_EQ(entry->organisation, hospital.id);
  EXPECT_EQ(entry->role, ledger::Role::kResearcher);
  EXPECT_TRUE(entry->emergency_privilege);
  EXPECT_TRUE(entry->active);
  EXPECT_EQ(entry->agreement_key, doctor.agreement_key);
}

TEST_F(People, WritesAreBlindedWithTheOperationsSalt) {
  ASSERT_EQ(code(patient, hospital), ResultCode::kOk);
  ASSERT_EQ(world.last_writes.size(), 1U);
  EXPECT_FALSE(world.last_writes.begin()->second.s.is_zero());
}

TEST_F(People, NobodySquatsOnAnothersIds) {
  EXPECT_EQ(code(patient, world.hospitals[1]), ResultCode::kBadIdentifier);
  EXPECT_EQ(code(doctor, world.hospitals[1]), ResultCode::kBadIdentifier);
}

TEST_F(People, AnIdIsRegisteredOnce) {
  ASSERT_EQ(code(patient, hospital), ResultCode::kOk);
  ASSERT_EQ(code(doctor, hospital), ResultCode::kOk);
  EXPECT_EQ(code(patient, hospital), ResultCode::kAlreadyExists);
  EXPECT_EQ(code(doctor, hospital), ResultCode::kAlreadyExists);
}

TEST_F(People, AnErasedIdNeverReturns) {
  world.put_tombstone(patient.patient);
  world.put_tombstone(id_cast<PatientId>(doctor.practitioner));
  EXPECT_EQ(code(patient, hospital), ResultCode::kErased);
  EXPECT_EQ(code(doctor, hospital), ResultCode::kErased);
}

TEST_F(People, EveryKeyNeedsItsOwnPossession) {
  auto swapped = patient;
  std::swap(swapped.signing_possession, swapped.agreement_possession);
  EXPECT_EQ(code(swapped, hospital), ResultCode::kBadPossession);
  auto no_signing = patient;
  no_signing.signing_possession = patient.agreement_possession;
  EXPECT_EQ(code(no_signing, hospital), ResultCode::kBadPossession);
  auto no_agreement = patient;
  no_agreement.agreement_possession = patient.signing_possession;
  EXPECT_EQ(code(no_agreement, hospital), ResultCode::kBadPossession);
  auto other_key = doctor;
  other_key.signing_key = test_key(3).public_key();
  EXPECT_EQ(code(other_key, hospital), ResultCode::kBadPossession);
  auto other_agreement = doctor;
  other_agreement.agreement_key = test_key(3).public_key();
  EXPECT_EQ(code(other_agreement, hospital), ResultCode::kBadPossession);
  auto exchanged = doctor;
  std::swap(exchanged.signing_possession, exchanged.agreement_possession);
  EXPECT_EQ(code(exchanged, hospital), ResultCode::kBadPossession);
  EXPECT_EQ(code(doctor, hospital), ResultCode::kOk);
}

TEST_F(People, OneKeyDoesNotServeBothUses) {
  const auto reuse = [](auto& operation, const AccountId& account, const crypto::PrivateKey& key) {
    operation.agreement_key = operation.signing_key;
    operation.agreement_possession = key.sign(
        ledger::possession_statement(ledger::KeyUse::kAgreement, account, operation.agreement_key));
  };
  reuse(patient, id_cast<AccountId>(patient.patient), test_key(1));
  reuse(doctor, doctor.practitioner, test_key(2));
  EXPECT_EQ(code(patient, hospital), ResultCode::kBadPossession);
  EXPECT_EQ(code(doctor, hospital), ResultCode::kBadPossession);
}

TEST_F(People, NoPractitionerIsPatientOrProxy) {
  doctor.role = ledger::Role::kPatient;
  EXPECT_EQ(code(doctor, hospital), ResultCode::kNotAuthorised);
  doctor.role = ledger::Role::kProxy;
  EXPECT_EQ(code(doctor, hospital), ResultCode::kNotAuthorised);
}

TEST_F(People, SubmitterIsAnActiveMember) {
  EXPECT_EQ(code(patient, Party{test::test_id<AccountId>(5), test_key(5)}),
            ResultCode::kUnknownOrganisation);
  world.suspend(hospital.id);
  EXPECT_EQ(code(patient, hospital), ResultCode::kOrganisationInactive);
  EXPECT_EQ(code(doctor, hospital), ResultCode::kOrganisationInactive);
}

TEST_F(People, StrayAuthorisationsAreRefused) {
  const auto stray = world.sign(patient, hospital, ledger::AuthorisationRole::kCustodian);
  EXPECT_EQ(world.execute(patient, hospital, {stray}).code, ResultCode::kBadAuthorisation);
  EXPECT_EQ(world.execute(doctor, hospital, {stray}).code, ResultCode::kBadAuthorisation);
}

TEST_F(People, ErasedPatientsAreNotFound) {
  ASSERT_EQ(code(patient, hospital), ResultCode::kOk);
  EXPECT_EQ(check_patient(world.state, patient.patient), ResultCode::kOk);
  world.put_tombstone(patient.patient);
  EXPECT_EQ(check_patient(world.state, patient.patient), ResultCode::kErased);
  EXPECT_FALSE(PatientEntry::load(world.state, patient.patient).has_value());
  EXPECT_EQ(check_patient(world.state, PatientId{}), ResultCode::kUnknownPatient);
}

TEST(PeopleEntries, DecodeStrictly) {
  PatientEntry patient;
  patient.custodian = test::test_id<AccountId>(1);
  patient.signing_keys = {test_key(1).public_key(), PublicKey{}};
  patient.agreement_key = test_key(2).public_key();
  patient.registered = Height{7};
  patient.ever_granted = true;
  patient.grants = 3;
  patient.denies = 1;
  test::expect_strict(patient);
  PractitionerEntry practitioner;
  practitioner.organisation = test::test_id<AccountId>(1);
  practitioner.signing_keys = {test_key(1).public_key()};
  practitioner.agreement_key = test_key(2).public_key();
  test::expect_strict(practitioner);
}

}  // namespace
}  // namespace galen::identity
