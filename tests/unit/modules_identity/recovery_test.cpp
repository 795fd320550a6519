// Recovery of an account: guardians, cooling-off, veto, completion by block time.
#include "modules/identity/recovery.h"

#include "modules/identity/recovery_entries.h"
#include "modules/identity/sequence.h"
#include "support/identity_steps.h"
#include "support/strict_codec.h"

#include <gtest/gtest.h>

#include <functional>

namespace galen::identity {
namespace {

using ledger::AuthorisationRole;
using ledger::ResultCode;
using test::AuthorisationFields;
using test::HealthWorld;
using test::Party;
using test::test_id;
using test::test_key;

class Recovery : public ::testing::Test {
 protected:
  Recovery() {
    set.account = patient.id;
    set.guardians = {person(friend_), person(sister), {clinic.id, std::nullopt}};
    std::sort(set.guardians.begin(), set.guardians.end());
    set.threshold = 2;
    set.cooling_off_ms = 1000;
    request.account = patient.id;
    request.recovery = test_id<RecoveryId>(1);
    request.keys = test::person_keys(patient.id, test_key(90), test_key(91));
    request.held_by = ledger::KeyHolder::kPatient;
  }

  [[nodiscard]] Party guardian(std::uint32_t key) const {
    return {ledger::guardian_id(world.chain, patient.id, test_key(key).public_key()),
            test_key(key)};
  }

  [[nodiscard]] static ledger::Guardian person(const Party& party) {
    return {party.id,
            ledger::GuardianKey{party.key.public_key(),
                                test::possession(ledger::KeyUse::kSigning, party.id, party.key)}};
  }

  ResultCode run(const ledger::Operation& operation,
                 const Party& submitter,
                 const std::vector<std::pair<Party, AuthorisationRole>>& signers = {}) {
    std::vector<ledger::Authorisation> authorisations;
    for (const auto& [party, role] : signers) {
      authorisations.push_back(world.sign(operation, party, role, {.sequence = ++sequence}));
    }
    const auto before = world.state;
    const auto code = world.execute(operation, submitter, std::move(authorisations)).code;
    if (code != ResultCode::kOk) {
      EXPECT_EQ(world.state, before);
    }
    return code;
  }

  ResultCode set_up() { return run(set, custodian); }

  ResultCode ask(const ledger::RequestRecovery& operation) {
    return run(operation,
               clinic,
               {{friend_, AuthorisationRole::kGuardian}, {sister, AuthorisationRole::kGuardian}});
  }

  [[nodiscard]] RecoveryRequestEntry entry() const {
    return RecoveryRequestEntry::load(world.state, patient.id).value();
  }

  HealthWorld world;
  Party custodian = world.hospitals[0];
  Party clinic = world.hospitals[1];
  Party third = world.hospitals[2];
  Party patient = world.add_patient(custodian);
  Party friend_ = guardian(81);
  Party sister = guardian(82);
  ledger::SetRecovery set;
  ledger::RequestRecovery request;
  std::uint64_t sequence = 0;
};

TEST_F(Recovery, OwnKeyOrKeyHolderNamesTheGuardians) {
  EXPECT_EQ(run(set, third), ResultCode::kNotAuthorised);
  EXPECT_EQ(set_up(), ResultCode::kOk);
  EXPECT_EQ(run(set, third, {{patient, AuthorisationRole::kPatient}}), ResultCode::kOk);
  EXPECT_EQ(RecoveryEntry::load(world.state, patient.id)->set, set);
  auto own = PatientEntry::load(world.state, patient.patient()).value();
  own.held_by = ledger::KeyHolder::kPatient;
  world.state.put(PatientEntry::key(patient.patient()), own.encode());
  EXPECT_EQ(set_up(), ResultCode::kNotAuthorised);
}

TEST_F(Recovery, WhatTheHolderArrangedEndsWhenThePatientTakesHisKeys) {
  ASSERT_EQ(set_up(), ResultCode::kOk);
  ASSERT_EQ(ask(request), ResultCode::kOk);
  world.now = TimeMs{world.now.value + 1000};
  const ledger::CompleteRecovery complete{patient.id, request.recovery};
  ASSERT_EQ(run(complete, third), ResultCode::kOk);
  EXPECT_EQ(entry().status, RecoveryStatus::kCompleted);
  EXPECT_TRUE(RecoveryEntry::load(world.state, patient.id)->set.guardians.empty());
}

/// PRIVACY.md 13: guardians may be the custodian's; what they put in place is not his own hand.
TEST_F(Recovery, KeysThatWereRecoveredArePassedHands) {
  auto own = PatientEntry::load(world.state, patient.patient()).value();
  own.held_by = ledger::KeyHolder::kPatient;
  world.state.put(PatientEntry::key(patient.patient()), own.encode());
  ASSERT_EQ(run(set, third, {{patient, AuthorisationRole::kPatient}}), ResultCode::kOk);
  request.held_by.reset();
  ASSERT_EQ(ask(request), ResultCode::kOk);
  EXPECT_FALSE(PatientEntry::load(world.state, patient.patient())->is_signed_for());
  world.now = TimeMs{world.now.value + 1000};
  ASSERT_EQ(run(ledger::CompleteRecovery{patient.id, request.recovery}, third), ResultCode::kOk);
  const auto recovered = PatientEntry::load(world.state, patient.patient()).value();
  EXPECT_EQ(recovered.held_by, ledger::KeyHolder::kPatient);
  EXPECT_TRUE(recovered.is_signed_for());
}

/// Whether there are guardians, or an open request, is not for every member to ask.
TEST_F(Recovery, WhoIsNoGuardianLearnsNothing) {
  const auto codes = [&] {
    const auto bare = run(request, third);
    const auto stranger = run(request, third, {{guardian(83), AuthorisationRole::kGuardian}});
    return std::pair(bare, stranger);
  };
  const auto without = codes();
  EXPECT_EQ(without.first, ResultCode::kNotAuthorised);
  ASSERT_EQ(set_up(), ResultCode::kOk);
  EXPECT_EQ(codes(), without);
  ASSERT_EQ(ask(request), ResultCode::kOk);
  EXPECT_EQ(codes(), without);
}

/// Members are known to all: to name each with garbage would list the guardians among them.
TEST_F(Recovery, HowASignatureFailsDoesNotTellWhoIsAGuardian) {
  ASSERT_EQ(set_up(), ResultCode::kOk);
  using Change = std::function<void(ledger::Authorisation&)>;
  const std::vector<Change> changes{
      [](ledger::Authorisation& one) { one.signature = Signature{}; },
      [](ledger::Authorisation& one) { one.key_index = 9; },
      [this](ledger::Authorisation& one) { one.submitter = custodian.id; },
      [](ledger::Authorisation& one) { one.not_after = TimeMs{}; },
      [](ledger::Authorisation& one) { one.role = AuthorisationRole::kOrganisation; }};
  const auto refused = [&](const Party& named, const Change& change) {
    auto one = world.sign(request, named, AuthorisationRole::kGuardian, {.sequence = ++sequence});
    change(one);
    return world.execute(request, third, {one}).code;
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    for (const Party& named : {clinic, friend_, custodian, guardian(83)}) {
      EXPECT_EQ(refused(named, changes[i]), ResultCode::kNotAuthorised) << i;
    }
  }
  world.suspend(clinic.id);
  EXPECT_EQ(run(request, third, {{clinic, AuthorisationRole::kGuardian}}),
            ResultCode::kNotAuthorised);
}

TEST_F(Recovery, GuardiansAreWhoTheySay) {
  auto changed = set;
  for (auto& guardian : changed.guardians) {
    if (guardian.key) guardian.key->possession = Signature{};
  }
  EXPECT_EQ(run(changed, custodian), ResultCode::kBadPossession);
  changed.guardians = {person({test_id<AccountId>(3), test_key(81)})};
  changed.threshold = 1;
  EXPECT_EQ(run(changed, custodian), ResultCode::kBadIdentifier);
  changed.guardians = {{test_id<AccountId>(4), std::nullopt}};
  EXPECT_EQ(run(changed, custodian), ResultCode::kUnknownOrganisation);
  world.suspend(clinic.id);
  EXPECT_EQ(set_up(), ResultCode::kOrganisationInactive);
}

TEST_F(Recovery, GivesNewKeysAfterCoolingOff) {
  ASSERT_EQ(set_up(), ResultCode::kOk);
  ASSERT_EQ(ask(request), ResultCode::kOk);
  EXPECT_EQ(entry().ready, TimeMs{world.now.value + 1000});
  const ledger::CompleteRecovery complete{patient.id, request.recovery};
  world.now = TimeMs{world.now.value + 999};
  EXPECT_EQ(run(complete, third), ResultCode::kCoolingOff);
  world.now = TimeMs{world.now.value + 1};
  ASSERT_EQ(run(complete, third), ResultCode::kOk);
  const auto recovered = PatientEntry::load(world.state, patient.patient()).value();
  EXPECT_EQ(recovered.signing_keys,
            (std::vector<PublicKey>{PublicKey{}, test_key(90).public_key()}));
  EXPECT_EQ(recovered.agreement_key, test_key(91).public_key());
  EXPECT_EQ(recovered.held_by, ledger::KeyHolder::kPatient);
  EXPECT_TRUE(recovered.passed_hands);
  EXPECT_EQ(entry().status, RecoveryStatus::kCompleted);
  EXPECT_EQ(run(complete, third), ResultCode::kRecoveryEnded);
  EXPECT_EQ(run(ledger::VetoRecovery{patient.id, request.recovery}, custodian),
            ResultCode::kRecoveryEnded);
}

TEST_F(Recovery, NeedsTheThresholdOfDistinctGuardians) {
  EXPECT_EQ(ask(request), ResultCode::kNotAuthorised);
  ASSERT_EQ(set_up(), ResultCode::kOk);
  EXPECT_EQ(run(request, clinic, {{friend_, AuthorisationRole::kGuardian}}),
            ResultCode::kNotAuthorised);
  EXPECT_EQ(run(request,
                clinic,
                {{friend_, AuthorisationRole::kGuardian}, {friend_, AuthorisationRole::kGuardian}}),
            ResultCode::kNotAuthorised);
  EXPECT_EQ(
      run(request,
          clinic,
          {{friend_, AuthorisationRole::kGuardian}, {guardian(83), AuthorisationRole::kGuardian}}),
      ResultCode::kNotAuthorised);
  EXPECT_EQ(run(request,
                third,
                {{friend_, AuthorisationRole::kGuardian}, {clinic, AuthorisationRole::kGuardian}}),
            ResultCode::kOk);
}

TEST_F(Recovery, WithoutGuardiansThereIsNone) {
  ASSERT_EQ(set_up(), ResultCode::kOk);
  auto none = set;
  none.guardians.clear();
  none.threshold = 0;
  ASSERT_EQ(run(none, custodian), ResultCode::kOk);
  EXPECT_EQ(ask(request), ResultCode::kNotAuthorised);
}

TEST_F(Recovery, OneRequestAtATimeAndNoIdTwice) {
  ASSERT_EQ(set_up(), ResultCode::kOk);
  ASSERT_EQ(ask(request), ResultCode::kOk);
  auto next = request;
  next.recovery = test_id<RecoveryId>(2);
  EXPECT_EQ(ask(next), ResultCode::kAlreadyExists);
  ASSERT_EQ(run(ledger::VetoRecovery{patient.id, request.recovery}, custodian), ResultCode::kOk);
  EXPECT_EQ(ask(request), ResultCode::kRecoveryEnded);
  EXPECT_EQ(ask(next), ResultCode::kOk);
}

TEST_F(Recovery, OwnerAndCustodianVetoUntilItIsCompleted) {
  ASSERT_EQ(set_up(), ResultCode::kOk);
  ASSERT_EQ(ask(request), ResultCode::kOk);
  const ledger::VetoRecovery veto{patient.id, request.recovery};
  EXPECT_EQ(run(veto, third), ResultCode::kNotAuthorised);
  EXPECT_EQ(run(ledger::VetoRecovery{patient.id, test_id<RecoveryId>(7)}, custodian),
            ResultCode::kUnknownRecovery);
  world.now = entry().ready;
  ASSERT_EQ(run(veto, third, {{patient, AuthorisationRole::kPatient}}), ResultCode::kOk);
  EXPECT_EQ(entry().status, RecoveryStatus::kVetoed);
  EXPECT_EQ(run(ledger::CompleteRecovery{patient.id, request.recovery}, third),
            ResultCode::kRecoveryEnded);
}

TEST_F(Recovery, OldApprovalsDoNotCountAgain) {
  ASSERT_EQ(set_up(), ResultCode::kOk);
  const auto approve = [&](const Party& party) {
    return world.sign(request, party, AuthorisationRole::kGuardian, {.sequence = ++sequence});
  };
  const std::vector<ledger::Authorisation> old{approve(friend_), approve(sister)};
  ASSERT_EQ(world.execute(request, clinic, old).code, ResultCode::kOk);
  ASSERT_EQ(run(ledger::VetoRecovery{patient.id, request.recovery}, custodian), ResultCode::kOk);
  auto next = request;
  next.recovery = test_id<RecoveryId>(2);
  ASSERT_EQ(ask(next), ResultCode::kOk);
  ASSERT_EQ(run(ledger::VetoRecovery{patient.id, next.recovery}, custodian), ResultCode::kOk);
  EXPECT_EQ(world.execute(request, clinic, old).code, ResultCode::kSequenceUsed);
}

TEST_F(Recovery, RefusedRequests) {
  ASSERT_EQ(set_up(), ResultCode::kOk);
  auto changed = request;
  std::swap(changed.keys.signing_possession, changed.keys.agreement_possession);
  EXPECT_EQ(ask(changed), ResultCode::kBadPossession);
  const Party doctor = world.add_practitioner(custodian);
  changed = request;
  changed.account = doctor.id;
  EXPECT_EQ(ask(changed), ResultCode::kNotAuthorised);
  changed.account = test_id<AccountId>(8);
  EXPECT_EQ(ask(changed), ResultCode::kUnknownAccount);
  world.put_tombstone(patient.patient());
  EXPECT_EQ(ask(request), ResultCode::kErased);
}

/// A practitioner whom the clinic guards.
class PractitionerRecovery : public Recovery {
 protected:
  PractitionerRecovery() {
    set.account = doctor.id;
    set.guardians = {{clinic.id, std::nullopt}};
    set.threshold = 1;
    request.account = doctor.id;
    request.keys = test::person_keys(doctor.id, test_key(90), test_key(91));
    request.held_by.reset();
    complete = {doctor.id, request.recovery};
  }

  ResultCode ask() { return run(request, third, {{clinic, AuthorisationRole::kGuardian}}); }

  /// The doctor names his guardians again, signed with this key.
  ResultCode sign_with(const crypto::PrivateKey& key, const AuthorisationFields& fields) {
    const Party signer{doctor.id, key};
    return world
        .execute(set, third, {world.sign(set, signer, AuthorisationRole::kRequester, fields)})
        .code;
  }

  [[nodiscard]] PractitionerEntry doctor_entry() const {
    return PractitionerEntry::load(world.state, doctor.id).value();
  }

  Party doctor = world.add_practitioner(custodian, ledger::Role::kClinician, true);
  ledger::CompleteRecovery complete;
};

TEST_F(PractitionerRecovery, ReplacesHisKeysAndNothingElse) {
  ASSERT_EQ(run(set, third, {{doctor, AuthorisationRole::kRequester}}), ResultCode::kOk);
  const PractitionerEntry before = doctor_entry();
  ASSERT_EQ(ask(), ResultCode::kOk);
  EXPECT_EQ(run(complete, third), ResultCode::kCoolingOff);
  world.now = TimeMs{world.now.value + 1000};
  EXPECT_EQ(doctor_entry(), before);
  ASSERT_EQ(run(complete, third), ResultCode::kOk);
  PractitionerEntry expected = before;
  expected.signing_keys = {PublicKey{}, test_key(90).public_key()};
  expected.agreement_key = test_key(91).public_key();
  EXPECT_EQ(doctor_entry(), expected);
  EXPECT_EQ(RecoveryRequestEntry::load(world.state, doctor.id)->status, RecoveryStatus::kCompleted);
  // Who employs him never held less than before: his guardians stay.
  EXPECT_EQ(RecoveryEntry::load(world.state, doctor.id)->set, set);
  EXPECT_EQ(run(complete, third), ResultCode::kRecoveryEnded);
}

TEST_F(PractitionerRecovery, HisSequenceGoesOnAndTheOldKeyIsOver) {
  ASSERT_EQ(sign_with(doctor.key, {.sequence = 40}), ResultCode::kOk);
  ASSERT_EQ(ask(), ResultCode::kOk);
  world.now = TimeMs{world.now.value + 1000};
  ASSERT_EQ(run(complete, third), ResultCode::kOk);
  EXPECT_EQ(SequenceEntry::load(world.state, doctor.patient(), doctor.id), 40U);
  EXPECT_EQ(sign_with(doctor.key, {.sequence = 41}), ResultCode::kBadAuthorisation);
  EXPECT_EQ(sign_with(doctor.key, {.sequence = 41, .key_index = 1}), ResultCode::kBadSignature);
  EXPECT_EQ(sign_with(test_key(90), {.sequence = 40, .key_index = 1}), ResultCode::kSequenceUsed);
  EXPECT_EQ(sign_with(test_key(90), {.sequence = 41, .key_index = 1}), ResultCode::kOk);
}

/// Who holds the keys, and through whose hands they went, is told of a patient only.
TEST_F(PractitionerRecovery, HisKeysHaveNoHolder) {
  ASSERT_EQ(set_up(), ResultCode::kOk);
  for (const auto holder : {ledger::KeyHolder::kPatient, ledger::KeyHolder::kCustodian}) {
    request.held_by = holder;
    EXPECT_EQ(ask(), ResultCode::kInvalidFlag);
  }
  request.held_by.reset();
  EXPECT_EQ(ask(), ResultCode::kOk);
}

TEST_F(PractitionerRecovery, OneWhoIsSuspendedRecoversNothing) {
  const auto standing = [this](ledger::AccountStatus status, ledger::SuspensionReason reason) {
    return run(ledger::SuspendPractitioner{doctor.id, status, reason}, custodian);
  };
  set.cooling_off_ms = 0;
  ASSERT_EQ(set_up(), ResultCode::kOk);
  ASSERT_EQ(ask(), ResultCode::kOk);
  ASSERT_EQ(standing(ledger::AccountStatus::kSuspended, ledger::SuspensionReason::kLeft),
            ResultCode::kOk);
  const PractitionerEntry suspended = doctor_entry();
  EXPECT_EQ(run(complete, third), ResultCode::kAccountInactive);
  EXPECT_EQ(ask(), ResultCode::kAccountInactive);
  EXPECT_EQ(doctor_entry(), suspended);
  ASSERT_EQ(standing(ledger::AccountStatus::kActive, ledger::SuspensionReason::kResolved),
            ResultCode::kOk);
  EXPECT_EQ(run(complete, third), ResultCode::kOk);
  ASSERT_EQ(standing(ledger::AccountStatus::kRevoked, ledger::SuspensionReason::kLeft),
            ResultCode::kOk);
  EXPECT_EQ(ask(), ResultCode::kAccountInactive);
}

TEST_F(Recovery, EntriesDecodeStrictly) {
  test::expect_strict(RecoveryEntry{set, world.now, Height{2}});
  test::expect_strict(RecoveryRequestEntry{
      request, RecoveryStatus::kVetoed, world.now, TimeMs{world.now.value + 1}, Height{2}});
}

}  // namespace
}  // namespace galen::identity
