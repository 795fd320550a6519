// Ending grants: revocation, superseding, and who may overrule whom (HEALTH.md 1.5 V8, V9, V15).
#include "consent_fixture.h"
#include "support/identity_steps.h"

#include <gtest/gtest.h>

namespace galen::consent {
namespace {

using Ending = ConsentTest;

TEST_F(Ending, SupersededGrantsEndWithTheNewOne) {
  const GrantId first = world.must_give(GrantAccess{terms()}, patient);
  world.now.value += 1000;
  auto second = terms();
  second.supersedes = {first};
  ASSERT_EQ(permit(second), ResultCode::kOk);
  EXPECT_EQ(entry(first).status, GrantStatus::kSuperseded);
  EXPECT_EQ(entry(first).ended_at, world.now);
  EXPECT_EQ(permit(second), ResultCode::kInvalidSupersedes);  // ended already
}

TEST_F(Ending, V8SupersedesOnlyThisPatientsGrants) {
  const Party other = world.add_patient(custodian);
  const GrantId foreign = world.must_give(GrantAccess{world.terms(other, reader.id)}, other);
  auto mine = terms();
  mine.supersedes = {foreign};
  EXPECT_EQ(permit(mine), ResultCode::kInvalidSupersedes);
}

TEST_F(Ending, CustodianEndsOnlyWhatHeGave) {
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

TEST_F(Ending, RevocationTakesEffectAtItsBlockAndOnce) {
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

TEST_F(Ending, AnyMemberSubmitsAPatientsRevocation) {
  const GrantId id = world.must_give(GrantAccess{terms()}, patient);
  const Operation operation = revocation(id);
  const auto signature = world.sign(operation, patient, AuthorisationRole::kPatient);
  EXPECT_EQ(world.execute(operation, world.hospitals[2], {signature}).code, ResultCode::kOk);
  EXPECT_EQ(entry(id).status, GrantStatus::kRevoked);
}

TEST_F(Ending, V9AGrantRevokedBeforeItCameIsRefused) {
  const Operation operation = GrantAccess{terms()};
  const auto signature =
      world.sign(operation, patient, AuthorisationRole::kPatient, {.sequence = 50});
  const GrantId id = ledger::grant_id(world.statement(operation, signature));
  ASSERT_EQ(give(revocation(id)), ResultCode::kOk);
  EXPECT_EQ(world.execute(operation, custodian, {signature}).code, ResultCode::kGrantRevoked);
  EXPECT_TRUE(identity::PatientEntry::load(world.state, patient.patient())->ever_granted);
}

TEST_F(Ending, ARevokedIdNeverComesBack) {
  const Operation operation = GrantAccess{terms()};
  const auto signature =
      world.sign(operation, patient, AuthorisationRole::kPatient, {.sequence = 50});
  const auto given = world.execute(operation, custodian, {signature});
  ASSERT_EQ(give(revocation(GrantId::from(given.detail))), ResultCode::kOk);
  EXPECT_EQ(world.execute(operation, custodian, {signature}).code, ResultCode::kGrantRevoked);
}

TEST_F(Ending, ACustodiansTombstoneDoesNotStopThePatientsGrant) {
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

/// Whoever revokes first: nobody's tombstone takes the place of another's.
TEST_F(Ending, V9NoOtherGrantorsRevocationBringsOneBack) {
  const Operation operation = GrantAccess{terms()};
  const auto paper =
      world.sign(operation, custodian, AuthorisationRole::kCustodian, {.sequence = 50});
  const GrantId id = ledger::grant_id(world.statement(operation, paper));
  const Operation early = revocation(id);
  const auto by_custodian = world.sign(early, custodian, AuthorisationRole::kCustodian);
  test::Party proxy{AccountId{}, test::test_key(50)};
  auto authorised = test::proxy_operation(world, patient, proxy.key, custodian.id);
  authorised.may_grant = true;
  proxy.id = authorised.proxy;
  ASSERT_EQ(world.execute(authorised, custodian).code, ResultCode::kOk);
  const auto by_proxy = world.sign(early, proxy, AuthorisationRole::kProxy, {.sequence = 1});
  const auto before = world.state;
  for (const bool custodian_first : {true, false}) {
    world.state = before;
    const auto& first = custodian_first ? by_custodian : by_proxy;
    const auto& second = custodian_first ? by_proxy : by_custodian;
    ASSERT_EQ(world.execute(early, custodian, {first}).code, ResultCode::kOk);
    ASSERT_EQ(world.execute(early, custodian, {second}).code, ResultCode::kOk);
    EXPECT_EQ(world.execute(operation, custodian, {paper}).code, ResultCode::kGrantRevoked);
  }
}

TEST_F(Ending, V15GrantAndRevocationOfOneBlockEndRevokedInEitherOrder) {
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

}  // namespace
}  // namespace galen::consent
