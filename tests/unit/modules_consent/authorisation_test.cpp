// Who may give consent, with which signature and in which order (HEALTH.md 1.5 V5-V7, V13).
#include "consent_fixture.h"

#include <gtest/gtest.h>

namespace galen::consent {
namespace {

using Giving = ConsentTest;

TEST_F(Giving, V5SignerIsTheGrantor) {
  const Operation operation = GrantAccess{terms()};
  const auto refused = [&](const Party& signer, AuthorisationRole role) {
    return world
        .execute(operation, custodian, {world.sign(operation, signer, role, {.sequence = 1})})
        .code;
  };
  const Party other = world.add_patient(custodian);
  EXPECT_EQ(refused(other, AuthorisationRole::kPatient), ResultCode::kNotAuthorised);
  EXPECT_EQ(refused(reader, AuthorisationRole::kCustodian), ResultCode::kNotAuthorised);
  EXPECT_EQ(refused(Party{patient.id, other.key}, AuthorisationRole::kPatient),
            ResultCode::kBadSignature);
  EXPECT_EQ(refused(patient, AuthorisationRole::kRequester), ResultCode::kBadAuthorisation);
}

TEST_F(Giving, V6NobodyIsAProxyByClaimingIt) {
  const Operation operation = GrantAccess{terms()};
  const auto signature = world.sign(operation, patient, AuthorisationRole::kProxy, {.sequence = 1});
  EXPECT_EQ(world.execute(operation, custodian, {signature}).code, ResultCode::kUnknownProxy);
}

TEST_F(Giving, ExactlyOneAuthorisationIsNeeded) {
  const Operation operation = GrantAccess{terms()};
  const auto signature =
      world.sign(operation, patient, AuthorisationRole::kPatient, {.sequence = 1});
  EXPECT_EQ(world.execute(operation, custodian).code, ResultCode::kBadAuthorisation);
  EXPECT_EQ(world.execute(operation, custodian, {signature, signature}).code,
            ResultCode::kBadAuthorisation);
}

TEST_F(Giving, AuthorisationBindsSubmitterTimeAndKey) {
  const Operation operation = GrantAccess{terms()};
  const auto code = [&](const AuthorisationFields& fields) {
    const auto signature = world.sign(operation, patient, AuthorisationRole::kPatient, fields);
    return world.execute(operation, custodian, {signature}).code;
  };
  EXPECT_EQ(code({.sequence = 1, .submitter = reader.id}), ResultCode::kBadAuthorisation);
  EXPECT_EQ(code({.sequence = 1, .not_after = TimeMs{world.now.value - 1}}),
            ResultCode::kAuthorisationExpired);
  EXPECT_EQ(code({.sequence = 1, .key_index = 1}), ResultCode::kBadAuthorisation);
  EXPECT_EQ(code({.sequence = 1, .submitter = custodian.id, .not_after = world.now}),
            ResultCode::kOk);
}

TEST_F(Giving, RetiredKeysSignNothing) {
  auto person = identity::PatientEntry::load(world.state, patient.patient()).value();
  person.signing_keys = {PublicKey{}, patient.key.public_key()};
  world.state.put(identity::PatientEntry::key(patient.patient()), person.encode());
  const Operation operation = GrantAccess{terms()};
  const auto code = [&](std::uint16_t key_index) {
    const auto signature = world.sign(
        operation, patient, AuthorisationRole::kPatient, {.sequence = 1, .key_index = key_index});
    return world.execute(operation, custodian, {signature}).code;
  };
  EXPECT_EQ(code(0), ResultCode::kBadAuthorisation);
  EXPECT_EQ(code(1), ResultCode::kOk);
}

TEST_F(Giving, ASignatureCoversOneOperationOnly) {
  const Operation operation = GrantAccess{terms()};
  auto wider = terms();
  wider.confidentiality = ledger::Confidentiality::kV;
  const auto signature =
      world.sign(operation, patient, AuthorisationRole::kPatient, {.sequence = 1});
  EXPECT_EQ(world.execute(GrantAccess{wider}, custodian, {signature}).code,
            ResultCode::kBadSignature);
  EXPECT_EQ(world.execute(DenyAccess{terms()}, custodian, {signature}).code,
            ResultCode::kBadSignature);
}

/// Whoever held his key cannot leave him without numbers to sign with.
TEST_F(Giving, SequencesAreNotFarAheadOfTheClock) {
  const Operation operation = GrantAccess{terms()};
  const auto code = [&](std::uint64_t sequence) {
    const auto signature =
        world.sign(operation, patient, AuthorisationRole::kPatient, {.sequence = sequence});
    return world.execute(operation, custodian, {signature}).code;
  };
  const std::uint64_t latest = (world.now.value + identity::kMaxSequenceLeadMs) * 1000;
  EXPECT_EQ(code(latest + 1), ResultCode::kBadAuthorisation);
  EXPECT_EQ(code(latest), ResultCode::kOk);
}

TEST_F(Giving, V7SequenceRisesPerPatientAndAccount) {
  const Operation operation = GrantAccess{terms()};
  const auto code = [&](std::uint64_t sequence) {
    const auto signature =
        world.sign(operation, patient, AuthorisationRole::kPatient, {.sequence = sequence});
    return world.execute(operation, custodian, {signature}).code;
  };
  EXPECT_EQ(code(0), ResultCode::kSequenceUsed);
  EXPECT_EQ(code(5), ResultCode::kOk);
  EXPECT_EQ(code(5), ResultCode::kSequenceUsed);
  EXPECT_EQ(code(4), ResultCode::kSequenceUsed);
  EXPECT_EQ(code(9), ResultCode::kOk);
  // The custodian counts for himself.
  const auto paper =
      world.sign(operation, custodian, AuthorisationRole::kCustodian, {.sequence = 1});
  EXPECT_EQ(world.execute(operation, custodian, {paper}).code, ResultCode::kOk);
}

TEST_F(Giving, CustodianGivesPaperConsentThroughItselfOnly) {
  const Operation operation = GrantAccess{terms()};
  const auto paper =
      world.sign(operation, custodian, AuthorisationRole::kCustodian, {.sequence = 1});
  EXPECT_EQ(world.execute(operation, reader, {paper}).code, ResultCode::kNotAuthorised);
  EXPECT_EQ(world.execute(operation, custodian, {paper}).code, ResultCode::kOk);
}

TEST_F(Giving, V13ErasedAndUnknownPatientsGiveNothing) {
  auto unknown = terms();
  unknown.patient = test_id<PatientId>(1);
  EXPECT_EQ(permit(unknown), ResultCode::kUnknownPatient);
  world.put_tombstone(patient.patient());
  EXPECT_EQ(permit(terms()), ResultCode::kErased);
  EXPECT_EQ(give(revocation(test_id<GrantId>(1))), ResultCode::kErased);
}

TEST_F(Giving, SubmitterIsAnActiveMember) {
  world.suspend(custodian.id);
  EXPECT_EQ(permit(terms()), ResultCode::kOrganisationInactive);
  EXPECT_EQ(world.give(GrantAccess{terms()}, patient, patient).code,
            ResultCode::kUnknownOrganisation);
}

}  // namespace
}  // namespace galen::consent
