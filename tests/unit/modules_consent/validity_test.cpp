// What permits and denies must look like: HEALTH.md 1.4 and 1.5 V1-V4, V10-V12.
#include "consent_fixture.h"

#include <gtest/gtest.h>

namespace galen::consent {
namespace {

using Terms = ConsentTest;

TEST_F(Terms, GrantIsStoredUnderTheHashOfItsStatement) {
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

TEST_F(Terms, V1PermitMustEndAndDenyNeedNot) {
  auto endless = terms();
  endless.valid_to.reset();
  EXPECT_EQ(permit(endless), ResultCode::kInvalidWindow);
  EXPECT_EQ(deny(endless), ResultCode::kOk);
}

TEST_F(Terms, V2WindowsAreNotEmptyOrReversed) {
  auto empty = terms();
  empty.valid_to = empty.valid_from;
  EXPECT_EQ(permit(empty), ResultCode::kInvalidWindow);
  EXPECT_EQ(deny(empty), ResultCode::kInvalidWindow);
  auto data = terms();
  data.data_from = ledger::CalendarDate{10};
  data.data_to = ledger::CalendarDate{10};
  EXPECT_EQ(permit(data), ResultCode::kInvalidDataPeriod);
  data.data_to = ledger::CalendarDate{11};
  EXPECT_EQ(permit(data), ResultCode::kOk);
}

TEST_F(Terms, PermitIsNoLongerThanTheParameterSays) {
  auto longest = terms();
  longest.valid_to = TimeMs{longest.valid_from.value + world.parameters.max_grant_ms};
  EXPECT_EQ(permit(longest), ResultCode::kOk);
  ++longest.valid_to->value;
  EXPECT_EQ(permit(longest), ResultCode::kWindowTooLong);
  EXPECT_EQ(deny(longest), ResultCode::kOk);
}

TEST_F(Terms, APurposeMayHaveAShorterLimitThanTheOthers) {
  constexpr std::uint64_t kYear = 365 * HealthWorld::kDay;
  world.parameters.purpose_limits = {{"CLINTRCH", 2 * kYear}, {"ETREAT", kYear}};
  const auto code = [this](std::vector<std::string> purposes, std::uint64_t length) {
    auto given = terms();
    given.purposes = std::move(purposes);
    given.valid_to = TimeMs{given.valid_from.value + length};
    return permit(given);
  };
  EXPECT_EQ(code({"CLINTRCH"}, 2 * kYear), ResultCode::kOk);
  EXPECT_EQ(code({"CLINTRCH"}, 2 * kYear + 1), ResultCode::kWindowTooLong);
  EXPECT_EQ(code({"CLINTRCH", "ETREAT"}, kYear + 1), ResultCode::kWindowTooLong);
  EXPECT_EQ(code({"BIORCH"}, 9 * kYear), ResultCode::kOk);
  // A wider purpose is no way around.
  EXPECT_EQ(code({"HRESCH"}, 2 * kYear + 1), ResultCode::kWindowTooLong);
  EXPECT_EQ(code({"TREAT"}, kYear + 1), ResultCode::kWindowTooLong);
  EXPECT_EQ(code({"COC"}, kYear + 1), ResultCode::kOk);
  // Nor are narrower ones.
  world.parameters.purpose_limits = {{"HRESCH", kYear}};
  for (const char* narrower : {"BIORCH", "CLINTRCH", "DSRCH", "HRESCH"}) {
    EXPECT_EQ(code({narrower}, kYear), ResultCode::kOk);
    EXPECT_EQ(code({narrower}, kYear + 1), ResultCode::kWindowTooLong) << narrower;
    EXPECT_EQ(code({narrower, "TREAT"}, kYear + 1), ResultCode::kWindowTooLong) << narrower;
  }
  EXPECT_EQ(code({"TREAT"}, kYear + 1), ResultCode::kOk);
  auto denied = terms();
  denied.valid_to = TimeMs{denied.valid_from.value + 9 * kYear};
  EXPECT_EQ(deny(denied), ResultCode::kOk);
}

TEST_F(Terms, V3PurposesAreKnownAndNotEmpty) {
  auto none = terms();
  none.purposes.clear();
  EXPECT_EQ(permit(none), ResultCode::kInvalidPurpose);
  EXPECT_EQ(deny(none), ResultCode::kInvalidPurpose);
  auto unknown = terms();
  unknown.purposes = {"FooBar", "TREAT"};
  EXPECT_EQ(permit(unknown), ResultCode::kInvalidPurpose);
}

TEST_F(Terms, V4BreakGlassIsNotPermittedInAdvance) {
  auto emergency = terms();
  emergency.purposes = {"BTG", "TREAT"};
  EXPECT_EQ(permit(emergency), ResultCode::kInvalidPurpose);
  EXPECT_EQ(deny(emergency), ResultCode::kOk);
}

TEST_F(Terms, EveryPurposeStandsAloneAndInADenyOnly) {
  auto every = terms();
  every.purposes = {"*"};
  EXPECT_EQ(permit(every), ResultCode::kInvalidPurpose);
  EXPECT_EQ(deny(every), ResultCode::kOk);
  every.purposes = {"*", "TREAT"};
  EXPECT_EQ(deny(every), ResultCode::kInvalidPurpose);
}

TEST_F(Terms, EveryActionIsForADenyOnly) {
  auto every = terms();
  every.actions = ledger::kAllActions;
  EXPECT_EQ(permit(every), ResultCode::kInvalidActions);
  EXPECT_EQ(deny(every), ResultCode::kOk);
}

TEST_F(Terms, AnybodyIsForADenyUnlessTheConsortiumAllowsIt) {
  auto any = terms();
  any.grantee = {GranteeKind::kAny, {}};
  EXPECT_EQ(permit(any), ResultCode::kInvalidGrantee);
  world.parameters.allow_any_permit = true;
  EXPECT_EQ(permit(any), ResultCode::kOk);
  world.parameters.allow_any_permit = false;
  EXPECT_EQ(deny(any), ResultCode::kOk);
}

TEST_F(Terms, V11GranteeIsKnown) {
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

/// A patient's permit is compared with all he has given: that is counted.
TEST_F(Terms, ComparingAPermitWithDenialsIsWork) {
  ASSERT_EQ(permit(terms()), ResultCode::kOk);
  const std::uint64_t before = world.work.used();
  ASSERT_EQ(permit(terms()), ResultCode::kOk);
  EXPECT_EQ(world.work.used(), before) << "there is no denial to compare with";
  auto denied = terms();
  denied.purposes = {"HRESCH"};
  denied.confidentiality = ledger::Confidentiality::kU;
  ASSERT_EQ(deny(denied), ResultCode::kOk);
  ASSERT_EQ(permit(terms()), ResultCode::kOk);
  EXPECT_EQ(world.work.used() - before, work_of(3)) << "its purpose is another";
  // Denials that name the same grantee are compared with him once.
  auto same = terms();
  same.grantee.id = world.hospitals[1].id;
  same.confidentiality = ledger::Confidentiality::kU;
  ASSERT_EQ(deny(same), ResultCode::kOk);
  ASSERT_EQ(deny(same), ResultCode::kOk);
  auto another = terms();
  another.grantee.id = world.hospitals[2].id;
  const std::uint64_t then = world.work.used();
  ASSERT_EQ(permit(another), ResultCode::kOk);
  EXPECT_EQ(world.work.used() - then, work_of(6) + kWorkPerGrantee);
}

TEST_F(Terms, GroupsAndProjectsMustBeDefinedAndOfThatKind) {
  ledger::DefineGroup group;
  group.seed = test_id<Random32>(6);
  group.group = ledger::group_id(world.chain, custodian.id, group.seed);
  group.name = "tumour-board";
  group.ends = TimeMs{world.now.value + 1000};
  ASSERT_EQ(world.execute(group, custodian).code, ResultCode::kOk);
  auto given = terms();
  given.grantee = {GranteeKind::kGroup, test_id<AccountId>(5)};
  given.group_version = 1;
  EXPECT_EQ(permit(given), ResultCode::kUnknownGrantee);
  EXPECT_EQ(deny(given), ResultCode::kUnknownGrantee);
  given.grantee.id = {};
  EXPECT_EQ(permit(given), ResultCode::kInvalidGrantee);
  given.grantee = {GranteeKind::kProject, group.group};
  EXPECT_EQ(permit(given), ResultCode::kUnknownGrantee);
  given.grantee.kind = GranteeKind::kGroup;
  given.follow = true;
  EXPECT_EQ(permit(given), ResultCode::kWrongVersion) << "followed, there is no version";
  given.group_version.reset();
  EXPECT_EQ(permit(given), ResultCode::kOk);
  given.follow = false;
  // Who is meant, its grantor signs; nobody who brings it chooses.
  EXPECT_EQ(permit(given), ResultCode::kWrongVersion);
  for (const std::uint32_t version : {0U, 2U}) {
    given.group_version = version;
    EXPECT_EQ(permit(given), ResultCode::kWrongVersion) << version;
    EXPECT_EQ(deny(given), ResultCode::kWrongVersion) << version;
  }
  given.group_version = 1;
  EXPECT_EQ(permit(given), ResultCode::kOk);
  world.now = *group.ends;
  given.valid_from = world.now;
  EXPECT_EQ(permit(given), ResultCode::kUnknownGrantee) << "a group that has ended";
  EXPECT_EQ(deny(given), ResultCode::kOk);
}

TEST_F(Terms, FollowSpeaksOfMembers) {
  auto follow = terms();
  follow.follow = true;
  EXPECT_EQ(permit(follow), ResultCode::kInvalidFollow);
}

TEST_F(Terms, EraseIsNotBeforeTheEnd) {
  auto erase = terms();
  erase.erase_at = TimeMs{erase.valid_to->value - 1};
  EXPECT_EQ(permit(erase), ResultCode::kInvalidErase);
  erase.erase_at = erase.valid_to;
  EXPECT_EQ(permit(erase), ResultCode::kOk);
}

TEST_F(Terms, UsesArePositiveAndForPermits) {
  auto uses = terms();
  uses.max_uses = 0;
  EXPECT_EQ(permit(uses), ResultCode::kInvalidUses);
  uses.max_uses = 2;
  EXPECT_EQ(deny(uses), ResultCode::kInvalidUses);
  const GrantId id = world.must_give(GrantAccess{uses}, patient);
  EXPECT_EQ(entry(id).uses_left, 2U);
}

TEST_F(Terms, ForbiddingBreakGlassIsForADeny) {
  auto forbid = terms();
  forbid.emergency_override = ledger::EmergencyOverride::kForbid;
  EXPECT_EQ(permit(forbid), ResultCode::kInvalidOverride);
  EXPECT_EQ(deny(forbid), ResultCode::kOk);
}

TEST_F(Terms, PolicyIsRegistered) {
  auto other = terms();
  other.policy = test_id<Digest>(3);
  EXPECT_EQ(permit(other), ResultCode::kUnknownPolicy);
}

TEST_F(Terms, V12LabelsAreSortedUniqueAndAtMostSixteen) {
  const auto decode = [this](const std::vector<std::string>& labels) {
    auto labelled = terms();
    labelled.labels = labels;
    return ledger::decode_operation(ledger::encode(Operation(GrantAccess{labelled})));
  };
  // Refused with a code of docs/api.md and the field that is at fault.
  const auto expect_refused = [&](const std::vector<std::string>& labels, const std::string& why) {
    const auto result = decode(labels);
    ASSERT_FALSE(result) << why;
    EXPECT_EQ(result.error().code, ErrorCode::kMalformed);
    EXPECT_NE(result.error().message.find("labels: " + why), std::string::npos)
        << result.error().message;
  };
  EXPECT_TRUE(decode({"HIV", "PSY"}));
  expect_refused({"PSY", "HIV"}, "codes unsorted or twice the same");
  expect_refused({"HIV", "HIV"}, "codes unsorted or twice the same");
  std::vector<std::string> many;
  for (char c = 'A'; c < 'A' + 16; ++c) many.emplace_back(1, c);
  EXPECT_TRUE(decode(many));
  many.emplace_back("Z");
  expect_refused(many, "a count of 17 above the limit of 16");
}

TEST_F(Terms, V10ShadowedPermitNeedsSupersedingOrAcknowledgement) {
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

TEST_F(Terms, ShadowingIsToldToThePatientOnly) {
  world.must_give(world.deny_all(patient), patient);
  const Operation operation = GrantAccess{terms()};
  const auto paper =
      world.sign(operation, custodian, AuthorisationRole::kCustodian, {.sequence = 1});
  EXPECT_EQ(world.execute(operation, custodian, {paper}).code, ResultCode::kOk);
}

TEST_F(Terms, ShadowingIsNotToldToAMemberThatBringsIt) {
  world.must_give(world.deny_all(patient), patient);
  const Operation operation = GrantAccess{terms()};
  EXPECT_EQ(world.give(operation, patient, reader).code, ResultCode::kOk);
  EXPECT_EQ(world.give(operation, patient, custodian).code, ResultCode::kShadowed);
}

TEST_F(Terms, ShadowNeedsCommonGranteePurposeAndTime) {
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

TEST_F(Terms, GrantsPerPatientAreLimited) {
  world.parameters.max_grants_per_patient = 2;
  ASSERT_EQ(permit(terms()), ResultCode::kOk);
  ASSERT_EQ(deny(terms()), ResultCode::kOk);
  auto third = terms();
  third.acknowledge_shadowed = true;
  EXPECT_EQ(permit(third), ResultCode::kTooManyGrants);
}

TEST_F(Terms, OthersDoNotUseUpThePatientsLastWord) {
  world.parameters.max_grants_per_patient = 4;
  const auto on_paper = [&] {
    auto paper = terms();
    paper.acknowledge_shadowed = true;
    const ledger::DenyAccess operation{paper};
    const auto signature = world.sign(operation,
                                      custodian,
                                      ledger::AuthorisationRole::kCustodian,
                                      {.sequence = world.next_number()});
    return world.execute(operation, custodian, {signature}).code;
  };
  for (int i = 0; i < 3; ++i) ASSERT_EQ(on_paper(), ResultCode::kOk);
  EXPECT_EQ(on_paper(), ResultCode::kTooManyGrants);
  EXPECT_EQ(deny(terms()), ResultCode::kOk);
  EXPECT_EQ(deny(terms()), ResultCode::kTooManyGrants);
}

TEST_F(Terms, CountingAUseStopsAtZeroAndLeavesUnlimitedGrantsAlone) {
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
