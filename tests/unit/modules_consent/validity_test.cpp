// Transaction validity of permits, denies and revocations: HEALTH.md 1.5, V1-V15, and 1.4.
#include "modules/consent/consent.h"
#include "modules/consent/grants.h"
#include "support/health_world.h"

#include <gtest/gtest.h>

namespace galen::consent {
namespace {

using ledger::AuthorisationRole;
using ledger::DenyAccess;
using ledger::GrantAccess;
using ledger::GranteeKind;
using ledger::GrantTerms;
using ledger::Operation;
using ledger::ResultCode;
using ledger::RevokeAccess;
using policy::GrantStatus;
using test::AuthorisationFields;
using test::HealthWorld;
using test::Party;
using test::test_id;

class Consent : public ::testing::Test {
 protected:
  /// Gives in the patient's name; what is refused writes nothing.
  ResultCode give(const Operation& operation) {
    const auto result = world.give(operation, patient, custodian);
    if (result.code != ResultCode::kOk) {
      EXPECT_TRUE(world.last_writes.empty());
      EXPECT_TRUE(result.detail.empty());
    }
    return result.code;
  }

  ResultCode permit(const GrantTerms& terms) { return give(GrantAccess{terms}); }

  ResultCode deny(const GrantTerms& terms) { return give(DenyAccess{terms}); }

  [[nodiscard]] GrantTerms terms() const { return world.terms(patient, reader.id); }

  [[nodiscard]] GrantEntry entry(const GrantId& id) const {
    return GrantEntry::load(world.state, patient.patient(), id).value();
  }

  [[nodiscard]] RevokeAccess revocation(const GrantId& id) const {
    return RevokeAccess{patient.patient(), id, 2};
  }

  HealthWorld world;
  Party custodian = world.hospitals[0];
  Party reader = world.hospitals[1];
  Party patient = world.add_patient(custodian);
};

TEST_F(Consent, GrantIsStoredUnderTheHashOfItsStatement) {
  const Operation operation = GrantAccess{terms()};
  const auto signature =
      world.sign(operation, patient, AuthorisationRole::kPatient, {.sequence = 5});
  const auto result = world.execute(operation, reader, {signature});
  ASSERT_EQ(result.code, ResultCode::kOk);
  const GrantId id = ledger::grant_id(world.statement(operation, signature));
  EXPECT_EQ(result.detail, to_bytes(id));
  const GrantEntry stored = entry(id);
  EXPECT_EQ(stored.terms, terms());
  EXPECT_EQ(stored.effect, ledger::Effect::kPermit);
  EXPECT_EQ(stored.status, GrantStatus::kActive);
  EXPECT_EQ(stored.grantor, (Grantor{AuthorisationRole::kPatient, patient.id}));
  EXPECT_EQ(stored.sequence, 5U);
  EXPECT_EQ(stored.submitter, reader.id);
  EXPECT_EQ(stored.created, world.now);
  EXPECT_EQ(stored.height, world.height);
  const auto person = identity::PatientEntry::load(world.state, patient.patient());
  EXPECT_TRUE(person->ever_granted);
  EXPECT_EQ(person->grants, 1U);
  EXPECT_EQ(person->denies, 0U);
}

TEST_F(Consent, V1PermitMustEndAndDenyNeedNot) {
  auto endless = terms();
  endless.valid_to.reset();
  EXPECT_EQ(permit(endless), ResultCode::kInvalidWindow);
  EXPECT_EQ(deny(endless), ResultCode::kOk);
}

TEST_F(Consent, V2WindowsAreNotEmptyOrReversed) {
  auto empty = terms();
  empty.valid_to = empty.valid_from;
  EXPECT_EQ(permit(empty), ResultCode::kInvalidWindow);
  EXPECT_EQ(deny(empty), ResultCode::kInvalidWindow);
  auto data = terms();
  data.data_from = ledger::CalendarDate{10};
  data.data_to = ledger::CalendarDate{10};
  EXPECT_EQ(permit(data), ResultCode::kInvalidWindow);
  data.data_to = ledger::CalendarDate{11};
  EXPECT_EQ(permit(data), ResultCode::kOk);
}

TEST_F(Consent, PermitIsNoLongerThanTheParameterSays) {
  auto longest = terms();
  longest.valid_to = TimeMs{longest.valid_from.value + world.parameters.max_grant_ms};
  EXPECT_EQ(permit(longest), ResultCode::kOk);
  ++longest.valid_to->value;
  EXPECT_EQ(permit(longest), ResultCode::kInvalidWindow);
  EXPECT_EQ(deny(longest), ResultCode::kOk);
}

TEST_F(Consent, V3PurposesAreKnownAndNotEmpty) {
  auto none = terms();
  none.purposes.clear();
  EXPECT_EQ(permit(none), ResultCode::kInvalidPurpose);
  EXPECT_EQ(deny(none), ResultCode::kInvalidPurpose);
  auto unknown = terms();
  unknown.purposes = {"FooBar", "TREAT"};
  EXPECT_EQ(permit(unknown), ResultCode::kInvalidPurpose);
}

TEST_F(Consent, V4BreakGlassIsNotPermittedInAdvance) {
  auto emergency = terms();
  emergency.purposes = {"BTG", "TREAT"};
  EXPECT_EQ(permit(emergency), ResultCode::kInvalidPurpose);
  EXPECT_EQ(deny(emergency), ResultCode::kOk);
}

TEST_F(Consent, EveryPurposeStandsAloneAndInADenyOnly) {
  auto every = terms();
  every.purposes = {"*"};
  EXPECT_EQ(permit(every), ResultCode::kInvalidPurpose);
  EXPECT_EQ(deny(every), ResultCode::kOk);
  every.purposes = {"*", "TREAT"};
  EXPECT_EQ(deny(every), ResultCode::kInvalidPurpose);
}

TEST_F(Consent, EveryActionIsForADenyOnly) {
  auto every = terms();
  every.actions = ledger::kAllActions;
  EXPECT_EQ(permit(every), ResultCode::kInvalidActions);
  EXPECT_EQ(deny(every), ResultCode::kOk);
}

TEST_F(Consent, AnybodyIsForADenyUnlessTheConsortiumAllowsIt) {
  auto any = terms();
  any.grantee = {GranteeKind::kAny, {}};
  EXPECT_EQ(permit(any), ResultCode::kInvalidGrantee);
  world.parameters.allow_any_permit = true;
  EXPECT_EQ(permit(any), ResultCode::kOk);
  world.parameters.allow_any_permit = false;
  EXPECT_EQ(deny(any), ResultCode::kOk);
}

TEST_F(Consent, V11GranteeIsKnown) {
  auto other = terms();
  other.grantee.id = test_id<AccountId>(77);
  EXPECT_EQ(permit(other), ResultCode::kUnknownGrantee);
  other.grantee.kind = GranteeKind::kPractitioner;
  EXPECT_EQ(permit(other), ResultCode::kUnknownGrantee);
  other.grantee.id = world.add_practitioner(reader).id;
  EXPECT_EQ(permit(other), ResultCode::kOk);
  other.grantee = {GranteeKind::kOrganisation, {}};
  EXPECT_EQ(permit(other), ResultCode::kInvalidGrantee);
}

TEST_F(Consent, GroupsAndProjectsHaveNoRegisterYet) {
  for (const auto kind : {GranteeKind::kGroup, GranteeKind::kProject}) {
    auto group = terms();
    group.grantee = {kind, test_id<AccountId>(5)};
    EXPECT_EQ(permit(group), ResultCode::kInvalidGrantee);
    EXPECT_EQ(deny(group), ResultCode::kInvalidGrantee);
  }
  auto follow = terms();
  follow.follow = true;
  EXPECT_EQ(permit(follow), ResultCode::kInvalidFlag);
}

TEST_F(Consent, EraseIsNotBeforeTheEnd) {
  auto erase = terms();
  erase.erase_at = TimeMs{erase.valid_to->value - 1};
  EXPECT_EQ(permit(erase), ResultCode::kInvalidErase);
  erase.erase_at = erase.valid_to;
  EXPECT_EQ(permit(erase), ResultCode::kOk);
}

TEST_F(Consent, UsesArePositiveAndForPermits) {
  auto uses = terms();
  uses.max_uses = 0;
  EXPECT_EQ(permit(uses), ResultCode::kInvalidUses);
  uses.max_uses = 2;
  EXPECT_EQ(deny(uses), ResultCode::kInvalidUses);
  const GrantId id = world.must_give(GrantAccess{uses}, patient);
  EXPECT_EQ(entry(id).uses_left, 2U);
}

TEST_F(Consent, ForbiddingBreakGlassIsForADeny) {
  auto forbid = terms();
  forbid.emergency_override = ledger::EmergencyOverride::kForbid;
  EXPECT_EQ(permit(forbid), ResultCode::kInvalidFlag);
  EXPECT_EQ(deny(forbid), ResultCode::kOk);
}

TEST_F(Consent, PolicyIsRegistered) {
  auto other = terms();
  other.policy = test_id<Digest>(3);
  EXPECT_EQ(permit(other), ResultCode::kUnknownPolicy);
}

TEST_F(Consent, V12LabelsAreSortedUniqueAndAtMostSixteen) {
  const auto decodes = [this](std::vector<std::string> labels) {
    auto labelled = terms();
    labelled.labels = std::move(labels);
    return ledger::decode_operation(ledger::encode(Operation(GrantAccess{labelled}))).has_value();
  };
  EXPECT_TRUE(decodes({"HIV", "PSY"}));
  EXPECT_FALSE(decodes({"PSY", "HIV"}));
  EXPECT_FALSE(decodes({"HIV", "HIV"}));
  std::vector<std::string> many;
  for (char c = 'A'; c < 'A' + 16; ++c) many.emplace_back(1, c);
  EXPECT_TRUE(decodes(many));
  many.emplace_back("Z");
  EXPECT_FALSE(decodes(many));
}

TEST_F(Consent, V5SignerIsTheGrantor) {
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

TEST_F(Consent, V6NoProxyIsInForceYet) {
  const Operation operation = GrantAccess{terms()};
  const auto signature = world.sign(operation, patient, AuthorisationRole::kProxy, {.sequence = 1});
  EXPECT_EQ(world.execute(operation, custodian, {signature}).code, ResultCode::kBadAuthorisation);
}

TEST_F(Consent, ExactlyOneAuthorisationIsNeeded) {
  const Operation operation = GrantAccess{terms()};
  const auto signature =
      world.sign(operation, patient, AuthorisationRole::kPatient, {.sequence = 1});
  EXPECT_EQ(world.execute(operation, custodian).code, ResultCode::kBadAuthorisation);
  EXPECT_EQ(world.execute(operation, custodian, {signature, signature}).code,
            ResultCode::kBadAuthorisation);
}

TEST_F(Consent, AuthorisationBindsSubmitterTimeAndKey) {
  const Operation operation = GrantAccess{terms()};
  const auto code = [&](const AuthorisationFields& fields) {
    const auto signature = world.sign(operation, patient, AuthorisationRole::kPatient, fields);
    return world.execute(operation, custodian, {signature}).code;
  };
  EXPECT_EQ(code({.sequence = 1, .submitter = reader.id}), ResultCode::kBadAuthorisation);
  EXPECT_EQ(code({.sequence = 1, .not_after = TimeMs{world.now.value - 1}}),
            ResultCode::kBadAuthorisation);
  EXPECT_EQ(code({.sequence = 1, .key_index = 1}), ResultCode::kBadAuthorisation);
  EXPECT_EQ(code({.sequence = 1, .submitter = custodian.id, .not_after = world.now}),
            ResultCode::kOk);
}

TEST_F(Consent, RetiredKeysSignNothing) {
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

TEST_F(Consent, ASignatureCoversOneOperationOnly) {
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

TEST_F(Consent, V7SequenceRisesPerPatientAndAccount) {
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

TEST_F(Consent, CustodianGivesPaperConsentThroughItselfOnly) {
  const Operation operation = GrantAccess{terms()};
  const auto paper =
      world.sign(operation, custodian, AuthorisationRole::kCustodian, {.sequence = 1});
  EXPECT_EQ(world.execute(operation, reader, {paper}).code, ResultCode::kNotAuthorised);
  EXPECT_EQ(world.execute(operation, custodian, {paper}).code, ResultCode::kOk);
}

TEST_F(Consent, SupersededGrantsEndWithTheNewOne) {
  const GrantId first = world.must_give(GrantAccess{terms()}, patient);
  world.now.value += 1000;
  auto second = terms();
  second.supersedes = {first};
  ASSERT_EQ(permit(second), ResultCode::kOk);
  EXPECT_EQ(entry(first).status, GrantStatus::kSuperseded);
  EXPECT_EQ(entry(first).ended_at, world.now);
  EXPECT_EQ(permit(second), ResultCode::kInvalidSupersedes);  // ended already
}

TEST_F(Consent, V8SupersedesOnlyThisPatientsGrants) {
  const Party other = world.add_patient(custodian);
  const GrantId foreign = world.must_give(GrantAccess{world.terms(other, reader.id)}, other);
  auto mine = terms();
  mine.supersedes = {foreign};
  EXPECT_EQ(permit(mine), ResultCode::kInvalidSupersedes);
}

TEST_F(Consent, CustodianEndsOnlyWhatHeGave) {
  const GrantId patients = world.must_give(GrantAccess{terms()}, patient);
  auto next = terms();
  next.supersedes = {patients};
  const Operation superseding = GrantAccess{next};
  EXPECT_EQ(
      world
          .execute(
              superseding,
              custodian,
              {world.sign(superseding, custodian, AuthorisationRole::kCustodian, {.sequence = 1})})
          .code,
      ResultCode::kNotAuthorised);
  const auto revoke = [&](const GrantId& id) {
    const Operation operation = revocation(id);
    return world
        .execute(
            operation, custodian, {world.sign(operation, custodian, AuthorisationRole::kCustodian)})
        .code;
  };
  EXPECT_EQ(revoke(patients), ResultCode::kNotAuthorised);
  const Operation paper = GrantAccess{terms()};
  const auto given =
      world.execute(paper,
                    custodian,
                    {world.sign(paper, custodian, AuthorisationRole::kCustodian, {.sequence = 2})});
  ASSERT_EQ(given.code, ResultCode::kOk);
  EXPECT_EQ(revoke(GrantId::from(given.detail)), ResultCode::kOk);
  EXPECT_EQ(entry(GrantId::from(given.detail)).status, GrantStatus::kRevoked);
}

TEST_F(Consent, RevocationTakesEffectAtItsBlockAndOnce) {
  const GrantId id = world.must_give(GrantAccess{terms()}, patient);
  world.now.value += 1000;
  const TimeMs revoked_at = world.now;
  ASSERT_EQ(give(revocation(id)), ResultCode::kOk);
  EXPECT_EQ(entry(id).status, GrantStatus::kRevoked);
  EXPECT_EQ(entry(id).ended_at, revoked_at);
  world.now.value += 1000;
  EXPECT_EQ(give(revocation(id)), ResultCode::kOk);
  EXPECT_TRUE(world.last_writes.empty());
}

TEST_F(Consent, AnyMemberSubmitsAPatientsRevocation) {
  const GrantId id = world.must_give(GrantAccess{terms()}, patient);
  const Operation operation = revocation(id);
  const auto signature = world.sign(operation, patient, AuthorisationRole::kPatient);
  EXPECT_EQ(world.execute(operation, world.hospitals[2], {signature}).code, ResultCode::kOk);
  EXPECT_EQ(entry(id).status, GrantStatus::kRevoked);
}

TEST_F(Consent, V9AGrantRevokedBeforeItCameIsRefused) {
  const Operation operation = GrantAccess{terms()};
  const auto signature =
      world.sign(operation, patient, AuthorisationRole::kPatient, {.sequence = 50});
  const GrantId id = ledger::grant_id(world.statement(operation, signature));
  ASSERT_EQ(give(revocation(id)), ResultCode::kOk);
  EXPECT_EQ(world.execute(operation, custodian, {signature}).code, ResultCode::kGrantRevoked);
  EXPECT_TRUE(identity::PatientEntry::load(world.state, patient.patient())->ever_granted);
}

TEST_F(Consent, ARevokedIdNeverComesBack) {
  const Operation operation = GrantAccess{terms()};
  const auto signature =
      world.sign(operation, patient, AuthorisationRole::kPatient, {.sequence = 50});
  const auto given = world.execute(operation, custodian, {signature});
  ASSERT_EQ(give(revocation(GrantId::from(given.detail))), ResultCode::kOk);
  EXPECT_EQ(world.execute(operation, custodian, {signature}).code, ResultCode::kGrantRevoked);
}

TEST_F(Consent, ACustodiansTombstoneDoesNotStopThePatientsGrant) {
  const Operation operation = GrantAccess{terms()};
  const auto signature =
      world.sign(operation, patient, AuthorisationRole::kPatient, {.sequence = 50});
  const GrantId id = ledger::grant_id(world.statement(operation, signature));
  const Operation early = revocation(id);
  const auto revoke_as_custodian = world.execute(
      early, custodian, {world.sign(early, custodian, AuthorisationRole::kCustodian)});
  ASSERT_EQ(revoke_as_custodian.code, ResultCode::kOk);
  EXPECT_EQ(world.execute(operation, custodian, {signature}).code, ResultCode::kOk);
  // The patient's own revocation outranks that tombstone.
  ASSERT_EQ(give(revocation(id)), ResultCode::kOk);
  EXPECT_EQ(entry(id).status, GrantStatus::kRevoked);
}

TEST_F(Consent, V10ShadowedPermitNeedsSupersedingOrAcknowledgement) {
  const GrantId denial = world.must_give(world.deny_all(patient), patient);
  EXPECT_EQ(permit(terms()), ResultCode::kShadowed);
  auto acknowledged = terms();
  acknowledged.acknowledge_shadowed = true;
  EXPECT_EQ(permit(acknowledged), ResultCode::kOk);
  auto superseding = terms();
  superseding.supersedes = {denial};
  EXPECT_EQ(permit(superseding), ResultCode::kOk);
  EXPECT_EQ(permit(terms()), ResultCode::kOk);
}

TEST_F(Consent, ShadowingIsToldToThePatientOnly) {
  world.must_give(world.deny_all(patient), patient);
  const Operation operation = GrantAccess{terms()};
  const auto paper =
      world.sign(operation, custodian, AuthorisationRole::kCustodian, {.sequence = 1});
  EXPECT_EQ(world.execute(operation, custodian, {paper}).code, ResultCode::kOk);
}

TEST_F(Consent, ShadowNeedsCommonGranteePurposeAndTime) {
  const Party nurse = world.add_practitioner(reader);
  const Party stranger = world.add_practitioner(world.hospitals[2]);

  // Each row: how the deny differs from one of the permit's own grantee and purpose, and the
  // outcome.
  struct Row {
    const char* what;
    std::function<void(GrantTerms&)> change;
    ResultCode expected;
  };

  const std::vector<Row> rows{
      {"same", [](GrantTerms&) {}, ResultCode::kShadowed},
      {"person of the organisation",
       [&](GrantTerms& t) {
         t.grantee = {GranteeKind::kPractitioner, nurse.id};
       },
       ResultCode::kShadowed},
      {"person of another organisation",
       [&](GrantTerms& t) {
         t.grantee = {GranteeKind::kPractitioner, stranger.id};
       },
       ResultCode::kOk},
      {"other organisation", [&](GrantTerms& t) { t.grantee.id = custodian.id; }, ResultCode::kOk},
      {"purpose below", [](GrantTerms& t) { t.purposes = {"COC"}; }, ResultCode::kShadowed},
      {"purpose apart", [](GrantTerms& t) { t.purposes = {"HRESCH"}; }, ResultCode::kOk},
      {"purpose a permit does not inherit",
       [](GrantTerms& t) { t.purposes = {"CLINTRL"}; },
       ResultCode::kOk},
      {"starts after the permit's end",
       [](GrantTerms& t) {
         t.valid_from = *t.valid_to;
         t.valid_to.reset();
       },
       ResultCode::kOk},
      {"ended before now",
       [](GrantTerms& t) {
         t.valid_to = t.valid_from;
         t.valid_from.value -= 1000;
       },
       ResultCode::kOk}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    DenyAccess denial{terms()};
    row.change(denial.terms);
    const GrantId id = world.must_give(denial, patient);
    EXPECT_EQ(permit(terms()), row.expected);
    ASSERT_EQ(give(revocation(id)), ResultCode::kOk);
  }
  EXPECT_EQ(permit(terms()), ResultCode::kOk);  // none of the revoked ones is in the way
}

TEST_F(Consent, GrantsPerPatientAreLimited) {
  world.parameters.max_grants_per_patient = 2;
  ASSERT_EQ(permit(terms()), ResultCode::kOk);
  ASSERT_EQ(deny(terms()), ResultCode::kOk);
  auto third = terms();
  third.acknowledge_shadowed = true;
  EXPECT_EQ(permit(third), ResultCode::kTooManyGrants);
}

TEST_F(Consent, V13ErasedAndUnknownPatientsGiveNothing) {
  auto unknown = terms();
  unknown.patient = test_id<PatientId>(1);
  EXPECT_EQ(permit(unknown), ResultCode::kUnknownPatient);
  world.put_tombstone(patient.patient());
  EXPECT_EQ(permit(terms()), ResultCode::kErased);
  EXPECT_EQ(give(revocation(test_id<GrantId>(1))), ResultCode::kErased);
}

TEST_F(Consent, SubmitterIsAnActiveMember) {
  world.suspend(custodian.id);
  EXPECT_EQ(permit(terms()), ResultCode::kOrganisationInactive);
  EXPECT_EQ(world.give(GrantAccess{terms()}, patient, patient).code,
            ResultCode::kUnknownOrganisation);
}

TEST_F(Consent, V15GrantAndRevocationOfOneBlockEndRevokedInEitherOrder) {
  const Operation grant = GrantAccess{terms()};
  const auto signature = world.sign(grant, patient, AuthorisationRole::kPatient, {.sequence = 50});
  const GrantId id = ledger::grant_id(world.statement(grant, signature));
  const auto is_usable = [&] {
    const auto stored = GrantEntry::load(world.state, patient.patient(), id);
    return stored && stored->status == GrantStatus::kActive;
  };
  const auto before = world.state;
  ASSERT_EQ(world.execute(grant, custodian, {signature}).code, ResultCode::kOk);
  ASSERT_TRUE(is_usable());
  ASSERT_EQ(give(revocation(id)), ResultCode::kOk);
  EXPECT_FALSE(is_usable());

  world.state = before;
  ASSERT_EQ(give(revocation(id)), ResultCode::kOk);
  EXPECT_EQ(world.execute(grant, custodian, {signature}).code, ResultCode::kGrantRevoked);
  EXPECT_FALSE(is_usable());
}

TEST_F(Consent, CountingAUseStopsAtZeroAndLeavesUnlimitedGrantsAlone) {
  auto limited = terms();
  limited.max_uses = 1;
  const GrantId once = world.must_give(GrantAccess{limited}, patient);
  const GrantId always = world.must_give(GrantAccess{terms()}, patient);
  const ledger::OperationBody body{test_id<Random32>(1), {}, {}};
  const ledger::DecodedOperation operation{
      revocation(once), ledger::OperationType::kRevokeAccess, patient.patient()};
  const execution::BlockContext block{world.chain, world.height, world.now};
  test::PlainVerifier verifier;
  const execution::OperationContext context{
      block, world.parameters, custodian.id, 0, body, operation, verifier};
  execution::StateOverlay overlay(world.state);
  count_use(context, overlay, patient.patient(), once);
  count_use(context, overlay, patient.patient(), once);
  count_use(context, overlay, patient.patient(), always);
  EXPECT_EQ(GrantEntry::load(overlay, patient.patient(), once)->uses_left, 0U);
  EXPECT_EQ(overlay.writes().size(), 1U);
}

}  // namespace
}  // namespace galen::consent
