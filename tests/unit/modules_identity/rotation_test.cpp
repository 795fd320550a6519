// New keys, and suspension: who may, in which place, and what ends.
#include "modules/identity/rotation.h"

#include "base/limits.h"
#include "ledger/block.h"
#include "modules/identity/keys.h"
#include "modules/identity/recovery_entries.h"
#include "modules/identity/sequence.h"
#include "modules/identity/suspension.h"
#include "support/identity_steps.h"
#include "support/strict_codec.h"

#include <gtest/gtest.h>

namespace galen::identity {
namespace {

using execution::OrganisationEntry;
using ledger::AccountStatus;
using ledger::AuthorisationRole;
using ledger::KeyUse;
using ledger::ResultCode;
using ledger::SuspensionReason;
using test::HealthWorld;
using test::Party;
using test::test_id;
using test::test_key;

class Keys : public ::testing::Test {
 protected:
  ResultCode run(const ledger::Operation& operation,
                 const Party& submitter,
                 std::vector<ledger::Authorisation> authorisations = {}) {
    const auto before = world.state;
    last = world.execute(operation, submitter, std::move(authorisations));
    if (last.code != ResultCode::kOk) {
      EXPECT_EQ(world.state, before);
    }
    return last.code;
  }

  ledger::Authorisation by(const Party& party,
                           AuthorisationRole role,
                           const ledger::Operation& operation,
                           std::uint16_t key_index = 0) {
    return world.sign(operation, party, role, {.sequence = ++sequence, .key_index = key_index});
  }

  [[nodiscard]] PatientEntry patient_entry() const {
    return PatientEntry::load(world.state, patient.patient()).value();
  }

  [[nodiscard]] OrganisationEntry organisation(const Party& party) const {
    return OrganisationEntry::load(world.state, party.id).value();
  }

  /// The patient's next signing key in place of his first.
  [[nodiscard]] ledger::RotatePersonKey rotation(std::uint32_t key, std::uint16_t index) const {
    ledger::RotatePersonKey operation;
    operation.account = patient.id;
    operation.signing =
        test::new_key(KeyUse::kSigning, patient.id, test_key(key), index, patient.key.public_key());
    return operation;
  }

  [[nodiscard]] ledger::RotateKey rotation_of(const Party& party, KeyUse use) const {
    return {
        party.id,
        use,
        test::new_key(
            use, party.id, test_key(70), use == KeyUse::kSigning ? 1 : 0, party.key.public_key())};
  }

  HealthWorld world;
  Party custodian = world.hospitals[0];
  Party clinic = world.hospitals[1];
  Party third = world.hospitals[2];
  Party patient = world.add_patient(custodian);
  Party doctor = world.add_practitioner(clinic);
  std::uint64_t sequence = 0;
  ledger::OperationResult last;
};

TEST_F(Keys, TheOldKeyBringsTheNewOneAndEnds) {
  const auto operation = rotation(60, 1);
  ASSERT_EQ(run(operation, clinic, {by(patient, AuthorisationRole::kPatient, operation)}),
            ResultCode::kOk);
  EXPECT_EQ(patient_entry().signing_keys,
            (std::vector<PublicKey>{PublicKey{}, test_key(60).public_key()}));
  const ledger::Operation grant = ledger::GrantAccess{world.terms(patient, clinic.id)};
  EXPECT_EQ(run(grant, clinic, {by(patient, AuthorisationRole::kPatient, grant)}),
            ResultCode::kBadAuthorisation);
  const Party renewed{patient.id, test_key(60)};
  EXPECT_EQ(run(grant, clinic, {by(renewed, AuthorisationRole::kPatient, grant, 1)}),
            ResultCode::kOk);
}

TEST_F(Keys, GrantsAndSequencesSurvive) {
  world.must_give(ledger::GrantAccess{world.terms(patient, clinic.id)}, patient);
  sequence = 10;
  const auto operation = rotation(60, 1);
  ASSERT_EQ(run(operation, clinic, {by(patient, AuthorisationRole::kPatient, operation)}),
            ResultCode::kOk);
  EXPECT_EQ(patient_entry().grants, 1U);
  EXPECT_EQ(SequenceEntry::load(world.state, patient.patient(), patient.id), 11U);
  const Party renewed{patient.id, test_key(60)};
  const ledger::Operation grant = ledger::GrantAccess{world.terms(patient, clinic.id)};
  sequence = 4;
  EXPECT_EQ(run(grant, clinic, {by(renewed, AuthorisationRole::kPatient, grant, 1)}),
            ResultCode::kSequenceUsed);
}

TEST_F(Keys, TheCustodianRotatesKeysThatItHoldsOnly) {
  EXPECT_EQ(run(rotation(60, 1), clinic), ResultCode::kNotAuthorised);
  auto handover = rotation(60, 1);
  handover.held_by = ledger::KeyHolder::kPatient;
  EXPECT_FALSE(patient_entry().passed_hands);
  ASSERT_EQ(run(handover, custodian), ResultCode::kOk);
  EXPECT_EQ(patient_entry().held_by, ledger::KeyHolder::kPatient);
  EXPECT_TRUE(patient_entry().passed_hands);
  EXPECT_TRUE(patient_entry().is_signed_for()) << "who made that key only the custodian knows";
  auto back = handover;
  back.signing =
      test::new_key(KeyUse::kSigning, patient.id, test_key(61), 2, test_key(60).public_key());
  EXPECT_EQ(run(back, custodian), ResultCode::kNotAuthorised);
}

TEST_F(Keys, WhoHandsKeysOverDoesNotKeepTheOneThatSigns) {
  auto handover = rotation(60, 1);
  handover.signing.reset();
  handover.agreement = test::new_key(
      KeyUse::kAgreement, patient.id, test_key(62), 0, HealthWorld::agreement_key().public_key());
  handover.held_by = ledger::KeyHolder::kPatient;
  EXPECT_EQ(run(handover, custodian), ResultCode::kInvalidFlag);
  EXPECT_EQ(patient_entry().held_by, ledger::KeyHolder::kCustodian);
  handover.held_by.reset();
  EXPECT_EQ(run(handover, custodian), ResultCode::kOk);
}

TEST_F(Keys, WhoHandsKeysOverKeepsNoOtherWayToThem) {
  // While it holds them, the custodian adds a key and names itself guardian, and asks already.
  ledger::RotatePersonKey beside;
  beside.account = patient.id;
  beside.signing = test::new_key(KeyUse::kSigning, patient.id, test_key(64), 1, std::nullopt);
  ASSERT_EQ(run(beside, custodian), ResultCode::kOk);
  ledger::SetRecovery set{patient.id, {{custodian.id, std::nullopt}}, 1, 0};
  ASSERT_EQ(run(set, custodian), ResultCode::kOk);
  ledger::RequestRecovery request;
  request.account = patient.id;
  request.recovery = test_id<RecoveryId>(1);
  request.keys = test::person_keys(patient.id, test_key(90), test_key(91));
  ASSERT_EQ(run(request, clinic, {by(custodian, AuthorisationRole::kGuardian, request)}),
            ResultCode::kOk);

  ledger::RotatePersonKey handover;
  handover.account = patient.id;
  handover.signing = test::new_key(KeyUse::kSigning, patient.id, test_key(60), 2, std::nullopt);
  handover.held_by = ledger::KeyHolder::kPatient;
  ASSERT_EQ(run(handover, custodian), ResultCode::kOk);
  EXPECT_EQ(patient_entry().signing_keys,
            (std::vector<PublicKey>{{}, {}, test_key(60).public_key()}));
  EXPECT_TRUE(RecoveryEntry::load(world.state, patient.id)->set.guardians.empty());
  EXPECT_EQ(run(ledger::CompleteRecovery{patient.id, request.recovery}, custodian),
            ResultCode::kRecoveryEnded);
  request.recovery = test_id<RecoveryId>(2);
  EXPECT_NE(run(request, clinic, {by(custodian, AuthorisationRole::kGuardian, request)}),
            ResultCode::kOk);
  EXPECT_EQ(run(set, custodian), ResultCode::kNotAuthorised);
  for (const std::uint16_t index : {std::uint16_t{0}, std::uint16_t{1}}) {
    const Party holder{patient.id, index == 0 ? patient.key : test_key(64)};
    const ledger::Operation grant = ledger::GrantAccess{world.terms(patient, clinic.id)};
    EXPECT_EQ(run(grant, clinic, {by(holder, AuthorisationRole::kPatient, grant, index)}),
              ResultCode::kBadAuthorisation);
  }
}

TEST_F(Keys, WhoKeepsHisKeysKeepsWhatHeArranged) {
  auto handover = rotation(60, 1);
  handover.held_by = ledger::KeyHolder::kPatient;
  ASSERT_EQ(run(handover, custodian), ResultCode::kOk);
  const Party owner{patient.id, test_key(60)};
  ledger::SetRecovery set{patient.id, {{clinic.id, std::nullopt}}, 1, 0};
  ASSERT_EQ(run(set, clinic, {by(owner, AuthorisationRole::kPatient, set, 1)}), ResultCode::kOk);
  ledger::RotatePersonKey beside;
  beside.account = patient.id;
  beside.signing = test::new_key(KeyUse::kSigning, patient.id, test_key(64), 2, std::nullopt);
  beside.held_by = ledger::KeyHolder::kPatient;
  ASSERT_EQ(run(beside, clinic, {by(owner, AuthorisationRole::kPatient, beside, 1)}),
            ResultCode::kOk);
  EXPECT_EQ(patient_entry().signing_keys,
            (std::vector<PublicKey>{{}, test_key(60).public_key(), test_key(64).public_key()}));
  EXPECT_EQ(RecoveryEntry::load(world.state, patient.id)->set, set);
}

TEST_F(Keys, RefusedRotations) {
  const auto code = [&](auto change) {
    auto operation = rotation(60, 1);
    change(operation);
    return run(operation, custodian);
  };
  EXPECT_EQ(code([](auto& o) { o.account = test_id<AccountId>(5); }), ResultCode::kUnknownAccount);
  EXPECT_EQ(code([](auto& o) { o.signing->replaces = test_key(61).public_key(); }),
            ResultCode::kKeyChanged);
  EXPECT_EQ(code([](auto& o) { o.signing->replaces = PublicKey{}; }), ResultCode::kKeyChanged);
  EXPECT_EQ(code([](auto& o) { o.signing->index = 2; }), ResultCode::kInvalidKeyIndex);
  EXPECT_EQ(code([](auto& o) { o.signing->index = 0; }), ResultCode::kInvalidKeyIndex);
  EXPECT_EQ(code([](auto& o) { o.signing->possession = Signature{}; }), ResultCode::kBadPossession);
  EXPECT_EQ(code([&](auto& o) {
              const auto agreement = HealthWorld::agreement_key();
              o.signing = test::new_key(
                  KeyUse::kSigning, patient.id, agreement, 1, patient.key.public_key());
            }),
            ResultCode::kBadPossession);
  EXPECT_EQ(code([&](auto& o) {
              o.signing.reset();
              o.agreement = test::new_key(
                  KeyUse::kAgreement, patient.id, test_key(62), 0, test_key(63).public_key());
            }),
            ResultCode::kKeyChanged);
  world.put_tombstone(patient.patient());
  EXPECT_EQ(code([](auto&) {}), ResultCode::kErased);
}

TEST_F(Keys, ALateCopyChangesNothing) {
  const auto operation = rotation(60, 1);
  const auto signature = by(patient, AuthorisationRole::kPatient, operation);
  ASSERT_EQ(run(operation, clinic, {signature}), ResultCode::kOk);
  EXPECT_EQ(run(operation, clinic, {signature}), ResultCode::kBadAuthorisation);
  ledger::RotatePersonKey beside;
  beside.account = patient.id;
  beside.signing = test::new_key(KeyUse::kSigning, patient.id, test_key(64), 2, std::nullopt);
  const Party renewed{patient.id, test_key(60)};
  const auto added = by(renewed, AuthorisationRole::kPatient, beside, 1);
  ASSERT_EQ(run(beside, clinic, {added}), ResultCode::kOk);
  ledger::RotatePersonKey away;
  away.account = patient.id;
  away.signing =
      test::new_key(KeyUse::kSigning, patient.id, test_key(65), 3, test_key(64).public_key());
  ASSERT_EQ(run(away, clinic, {by(renewed, AuthorisationRole::kPatient, away, 1)}),
            ResultCode::kOk);
  // The place is free again, but the signature was used.
  EXPECT_EQ(run(beside, clinic, {added}), ResultCode::kSequenceUsed);
}

TEST_F(Keys, AgreementKeysAndPractitioners) {
  ledger::RotatePersonKey operation;
  operation.account = doctor.id;
  operation.agreement = test::new_key(
      KeyUse::kAgreement, doctor.id, test_key(66), 0, HealthWorld::agreement_key().public_key());
  EXPECT_EQ(run(operation, custodian), ResultCode::kNotAuthorised);
  ASSERT_EQ(run(operation, custodian, {by(doctor, AuthorisationRole::kRequester, operation)}),
            ResultCode::kOk);
  EXPECT_EQ(PractitionerEntry::load(world.state, doctor.id)->agreement_key,
            test_key(66).public_key());
  operation.agreement =
      test::new_key(KeyUse::kAgreement, doctor.id, test_key(67), 0, test_key(66).public_key());
  operation.held_by = ledger::KeyHolder::kPatient;
  EXPECT_EQ(run(operation, clinic), ResultCode::kInvalidFlag);
  operation.held_by.reset();
  EXPECT_EQ(run(operation, clinic), ResultCode::kOk);
}

TEST_F(Keys, PlacesOfAFullListAreUsedAgain) {
  std::vector<PublicKey> keys;
  for (std::uint32_t i = 0; i < limits::kMaxKeysPerAccount; ++i) {
    keys.push_back(test_key(200 + i).public_key());
  }
  ledger::NewKey next;
  next.key = test_key(250).public_key();
  next.index = 16;
  EXPECT_EQ(place_key(keys, next), ResultCode::kInvalidKeyIndex);
  next.index = 3;
  EXPECT_EQ(place_key(keys, next), ResultCode::kInvalidKeyIndex);
  next.replaces = keys[3];
  EXPECT_EQ(place_key(keys, next), ResultCode::kOk);
  EXPECT_EQ(keys[3], next.key);
  EXPECT_EQ(place_key(keys, next), ResultCode::kKeyChanged);
  next.replaces = keys[4];
  EXPECT_EQ(place_key(keys, next), ResultCode::kAlreadyExists);
  replace_all(keys, test_key(251).public_key());
  EXPECT_EQ(keys.size(), limits::kMaxKeysPerAccount);
  EXPECT_EQ(keys[0], test_key(251).public_key());
  EXPECT_TRUE(keys[3].is_zero());
}

TEST_F(Keys, AnOrganisationRotatesItsOwn) {
  ASSERT_EQ(run(rotation_of(clinic, KeyUse::kTls), clinic), ResultCode::kOk);
  EXPECT_EQ(organisation(clinic).tls_key, test_key(70).public_key());
  EXPECT_EQ(run(rotation_of(clinic, KeyUse::kTls), clinic), ResultCode::kAlreadyExists);
  auto other_key = rotation_of(clinic, KeyUse::kTls);
  other_key.key = test::new_key(KeyUse::kTls, clinic.id, test_key(71), 0, clinic.key.public_key());
  EXPECT_EQ(run(other_key, clinic), ResultCode::kKeyChanged);
}

TEST_F(Keys, SigningKeysOfAnOrganisationHavePlaces) {
  ASSERT_EQ(run(rotation_of(clinic, KeyUse::kSigning), clinic), ResultCode::kOk);
  EXPECT_EQ(organisation(clinic).signing_keys,
            (std::vector<PublicKey>{PublicKey{}, test_key(70).public_key()}));
}

TEST_F(Keys, AKeyIdentifiesOnePartyInOneUse) {
  auto taken = rotation_of(clinic, KeyUse::kTls);
  taken.key = test::new_key(KeyUse::kTls, clinic.id, third.key, 0, clinic.key.public_key());
  EXPECT_EQ(run(taken, clinic), ResultCode::kAlreadyExists);
  ledger::ValidatorSet set;
  set.members.push_back({clinic.id, test_key(72).public_key(), test_key(73).public_key()});
  world.state.put(ledger::StateKey::main(ledger::KeyKind::kValidators), ledger::encode(set));
  for (const std::uint32_t key : {72U, 73U}) {
    taken.key = test::new_key(KeyUse::kTls, clinic.id, test_key(key), 0, clinic.key.public_key());
    EXPECT_EQ(run(taken, clinic), ResultCode::kAlreadyExists);
  }
  auto unproven = rotation_of(clinic, KeyUse::kTls);
  unproven.key.possession = Signature{};
  EXPECT_EQ(run(unproven, clinic), ResultCode::kBadPossession);
}

TEST_F(Keys, LostKeysAreReplacedByAsManyAsMaySuspend) {
  auto operation = rotation_of(clinic, KeyUse::kSigning);
  EXPECT_EQ(organisation_quorum(world.state, clinic.id), 2U);
  EXPECT_EQ(run(operation, third), ResultCode::kNotAuthorised);
  EXPECT_EQ(run(operation, third, {by(clinic, AuthorisationRole::kOrganisation, operation)}),
            ResultCode::kNotAuthorised);
  auto beside = operation;
  beside.key.replaces.reset();
  EXPECT_EQ(run(beside, third, {by(custodian, AuthorisationRole::kOrganisation, beside)}),
            ResultCode::kKeyChanged);
  EXPECT_EQ(run(operation, third, {by(custodian, AuthorisationRole::kOrganisation, operation)}),
            ResultCode::kOk);
}

class Suspension : public Keys {
 protected:
  [[nodiscard]] ledger::Suspend suspend(AccountStatus status = AccountStatus::kSuspended,
                                        std::uint64_t change = 0) const {
    const auto reason = status == AccountStatus::kActive ? SuspensionReason::kResolved
                                                         : SuspensionReason::kKeyCompromised;
    return {clinic.id, status, reason, change, TimeMs{world.now.value + 1000}};
  }

  [[nodiscard]] BallotOutcome outcome() const {
    return BallotOutcome::decode(last.detail).value_or(BallotOutcome{});
  }
};

TEST_F(Suspension, TakesEffectWithTheVoteThatCompletesTheQuorum) {
  ASSERT_EQ(run(suspend(), custodian), ResultCode::kOk);
  EXPECT_EQ(outcome(), (BallotOutcome{false, 1, 2}));
  ASSERT_EQ(run(suspend(), custodian), ResultCode::kOk);
  EXPECT_EQ(outcome(), (BallotOutcome{false, 1, 2}));
  EXPECT_TRUE(organisation(clinic).active);
  ASSERT_EQ(run(suspend(), third), ResultCode::kOk);
  EXPECT_EQ(outcome(), (BallotOutcome{true, 2, 2}));
  EXPECT_FALSE(organisation(clinic).active);
  EXPECT_EQ(run(rotation_of(clinic, KeyUse::kTls), clinic), ResultCode::kOrganisationInactive);
  EXPECT_EQ(run(suspend(), third), ResultCode::kWrongVersion);
}

TEST_F(Suspension, OneTransactionMayCarryAllVotes) {
  const auto operation = suspend();
  ASSERT_EQ(run(operation, third, {by(custodian, AuthorisationRole::kOrganisation, operation)}),
            ResultCode::kOk);
  EXPECT_TRUE(outcome().in_force);
}

TEST_F(Suspension, OnlyEqualVotesCountAndNoneAfterItsEnd) {
  ASSERT_EQ(run(suspend(), custodian), ResultCode::kOk);
  auto other = suspend();
  other.reason = SuspensionReason::kMisconduct;
  ASSERT_EQ(run(other, third), ResultCode::kOk);
  EXPECT_FALSE(outcome().in_force);
  world.now = suspend().ballot_ends;
  EXPECT_EQ(run(other, custodian), ResultCode::kInvalidWindow);
  other.ballot_ends = TimeMs{world.now.value + 1};
  ASSERT_EQ(run(other, custodian), ResultCode::kOk);
  EXPECT_EQ(outcome(), (BallotOutcome{false, 1, 2}));
}

TEST_F(Suspension, VotesOfTheSuspendedDoNotCount) {
  const Party fourth = world.add_organisation(ledger::OrganisationKind::kProvider);
  ASSERT_EQ(run(suspend(), custodian), ResultCode::kOk);
  EXPECT_EQ(outcome().needed, 3);
  world.suspend(custodian.id);
  ASSERT_EQ(run(suspend(), third), ResultCode::kOk);
  EXPECT_EQ(outcome(), (BallotOutcome{false, 1, 2}));
  ASSERT_EQ(run(suspend(), fourth), ResultCode::kOk);
  EXPECT_TRUE(outcome().in_force);
}

TEST_F(Suspension, IsLiftedByABallotAndRevocationNever) {
  const auto vote = [&](const ledger::Suspend& operation) {
    return run(operation, third, {by(custodian, AuthorisationRole::kOrganisation, operation)});
  };
  ASSERT_EQ(vote(suspend()), ResultCode::kOk);
  EXPECT_EQ(vote(suspend(AccountStatus::kActive, 0)), ResultCode::kWrongVersion);
  ASSERT_EQ(vote(suspend(AccountStatus::kActive, 1)), ResultCode::kOk);
  EXPECT_TRUE(organisation(clinic).active);
  ASSERT_EQ(vote(suspend(AccountStatus::kRevoked, 2)), ResultCode::kOk);
  EXPECT_EQ(vote(suspend(AccountStatus::kActive, 3)), ResultCode::kOrganisationInactive);
  auto lost = rotation_of(clinic, KeyUse::kTls);
  EXPECT_EQ(run(lost, third, {by(custodian, AuthorisationRole::kOrganisation, lost)}),
            ResultCode::kOrganisationInactive);
}

TEST_F(Suspension, AnOrganisationEndsItselfButHasNoVoteAboutItself) {
  EXPECT_EQ(run(suspend(), third, {by(clinic, AuthorisationRole::kOrganisation, suspend())}),
            ResultCode::kNotAuthorised);
  EXPECT_EQ(run(suspend(), clinic, {by(third, AuthorisationRole::kOrganisation, suspend())}),
            ResultCode::kBadAuthorisation);
  ASSERT_EQ(run(suspend(), clinic), ResultCode::kOk);
  EXPECT_FALSE(organisation(clinic).active);
  EXPECT_EQ(run(suspend(AccountStatus::kActive, 1), clinic), ResultCode::kOrganisationInactive);
}

TEST_F(Suspension, RefusedBallots) {
  auto operation = suspend();
  operation.organisation = test_id<AccountId>(1);
  EXPECT_EQ(run(operation, third), ResultCode::kUnknownOrganisation);
  EXPECT_EQ(run(suspend(AccountStatus::kActive), third), ResultCode::kAlreadyExists);
  operation = suspend();
  operation.reason = SuspensionReason::kResolved;
  EXPECT_EQ(run(operation, third), ResultCode::kInvalidReason);
  operation = suspend();
  operation.ballot_ends = world.now;
  EXPECT_EQ(run(operation, third), ResultCode::kInvalidWindow);
}

TEST_F(Suspension, PractitionersAreSuspendedByTheirOrganisation) {
  const auto operation = [&](AccountStatus status, SuspensionReason reason) {
    return ledger::SuspendPractitioner{doctor.id, status, reason};
  };
  const auto suspended = operation(AccountStatus::kSuspended, SuspensionReason::kLeft);
  EXPECT_EQ(run(suspended, custodian), ResultCode::kNotAuthorised);
  EXPECT_EQ(run(operation(AccountStatus::kSuspended, SuspensionReason::kResolved), clinic),
            ResultCode::kInvalidReason);
  ASSERT_EQ(run(suspended, clinic), ResultCode::kOk);
  EXPECT_EQ(PractitionerEntry::load(world.state, doctor.id)->status(), AccountStatus::kSuspended);
  EXPECT_EQ(run(suspended, clinic), ResultCode::kOk);
  ledger::RotatePersonKey rotate;
  rotate.account = doctor.id;
  rotate.signing =
      test::new_key(KeyUse::kSigning, doctor.id, test_key(80), 1, doctor.key.public_key());
  EXPECT_EQ(run(rotate, clinic, {by(doctor, AuthorisationRole::kRequester, rotate)}),
            ResultCode::kAccountInactive);
  EXPECT_EQ(run(rotate, clinic), ResultCode::kOk);
  ASSERT_EQ(run(operation(AccountStatus::kActive, SuspensionReason::kResolved), clinic),
            ResultCode::kOk);
  EXPECT_TRUE(PractitionerEntry::load(world.state, doctor.id)->active);
  ASSERT_EQ(run(operation(AccountStatus::kRevoked, SuspensionReason::kMisconduct), clinic),
            ResultCode::kOk);
  EXPECT_EQ(run(operation(AccountStatus::kActive, SuspensionReason::kResolved), clinic),
            ResultCode::kAccountInactive);
  rotate.signing =
      test::new_key(KeyUse::kSigning, doctor.id, test_key(81), 2, test_key(80).public_key());
  EXPECT_EQ(run(rotate, clinic), ResultCode::kAccountInactive);
  auto unknown = suspended;
  unknown.practitioner = test_id<AccountId>(2);
  EXPECT_EQ(run(unknown, clinic), ResultCode::kUnknownPractitioner);
}

TEST(SuspensionEntries, DecodeStrictly) {
  BallotEntry ballot;
  ballot.status = AccountStatus::kSuspended;
  ballot.changes = 3;
  ballot.standings.add(Height{2}, AccountStatus::kSuspended);
  ballot.votes[test_id<AccountId>(1)] = {};
  ballot.votes[test_id<AccountId>(2)] = {
      AccountStatus::kActive, SuspensionReason::kResolved, TimeMs{5}};
  test::expect_strict(ballot);
  test::expect_strict(BallotOutcome{true, 2, 3});
  PractitionerEntry revoked;
  revoked.set_status(AccountStatus::kSuspended, Height{4});
  revoked.set_status(AccountStatus::kRevoked, Height{4});
  test::expect_strict(revoked);
  // Without its change, or with another last one, no status but active stands.
  revoked.standings = {};
  EXPECT_FALSE(PractitionerEntry::decode(revoked.encode()));
  revoked.standings.add(Height{4}, AccountStatus::kActive);
  EXPECT_FALSE(PractitionerEntry::decode(revoked.encode()));
  ballot.standings = {};
  EXPECT_FALSE(BallotEntry::decode(ballot.encode()));
}

}  // namespace
}  // namespace galen::identity
