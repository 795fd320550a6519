// Who decide() takes for a member: frozen and following grants, ends, projects; against a naive
// model.
#include "modules/groups/members.h"

#include "modules/audit/evaluation.h"
#include "unit/modules_groups/group_fixture.h"

#include <rapidcheck/gtest.h>

#include <set>

namespace galen::groups {
namespace {

class Members : public GroupTest {
 protected:
  GrantId grant(const AccountId& group, bool follow, ledger::Effect effect, bool project = false) {
    auto terms = world.terms(patient, group);
    terms.grantee.kind = project ? ledger::GranteeKind::kProject : ledger::GranteeKind::kGroup;
    terms.follow = follow;
    if (!follow) terms.group_version = GroupEntry::load(world.state, group)->version;
    terms.acknowledge_shadowed = true;
    if (effect == ledger::Effect::kPermit) {
      return world.must_give(ledger::GrantAccess{terms}, patient);
    }
    terms.confidentiality = ledger::Confidentiality::kU;
    return world.must_give(ledger::DenyAccess{terms}, patient);
  }

  policy::Decision decide(const Party& person,
                          const AccountId& employer,
                          std::optional<AccountId> project = std::nullopt) {
    auto request = world.request(person, employer, patient, {record});
    request.project = project;
    return audit::evaluate(world.state,
                           world.parameters,
                           *audit::load_requester(world.state, request),
                           {patient.patient(), record},
                           audit::policy_request(request, policy::Instant::of_block(world.now)));
  }

  void set_member(const AccountId& group, const Party& person, bool member) {
    ASSERT_EQ(code(change(group, person.id, member), other), ResultCode::kOk);
  }

  /// A group of `other`, whose doctors then need no signatures.
  AccountId group_of_other(ledger::GroupKind kind = ledger::GroupKind::kGroup) {
    auto operation = definition(kind);
    operation.group = ledger::group_id(world.chain, other.id, operation.seed);
    operation.organisations = {};
    EXPECT_EQ(code(operation, other), ResultCode::kOk);
    return operation.group;
  }

  Party patient = world.add_patient(steward);
  RecordId record = world.add_record(steward, patient);
  Party doctor = world.add_practitioner(other);
  Party colleague = world.add_practitioner(other);
};

TEST_F(Members, AFrozenGrantKeepsTheMembersItWasGivenTo) {
  const AccountId group = group_of_other();
  set_member(group, doctor, true);
  const GrantId id = grant(group, false, ledger::Effect::kPermit);
  set_member(group, colleague, true);
  set_member(group, doctor, false);
  EXPECT_EQ(decide(doctor, other.id).grant, id);
  EXPECT_EQ(decide(colleague, other.id).reason, policy::Reason::kGrantee);
  const auto entry = consent::GrantEntry::load(world.state, patient.patient(), id).value();
  EXPECT_EQ(entry.group_version, 2U);
  EXPECT_EQ(consent::GrantEntry::decode(entry.encode()), entry);
}

/// PRIVACY.md 34: whose members are meant is what was signed, not when it was brought.
TEST_F(Members, AStewardWhoBringsTheGrantChoosesNoMembers) {
  const AccountId group = group_of_other();
  set_member(group, doctor, true);
  auto terms = world.terms(patient, group);
  terms.grantee.kind = ledger::GranteeKind::kGroup;
  terms.group_version = load(group).version;
  set_member(group, colleague, true);
  set_member(group, doctor, false);
  const GrantId id = world.must_give(ledger::GrantAccess{terms}, patient);
  EXPECT_EQ(decide(doctor, other.id).grant, id);
  EXPECT_EQ(decide(colleague, other.id).reason, policy::Reason::kGrantee);
}

/// However many grants and records: membership is asked for once.
TEST_F(Members, ManyGrantsToOneGroupDecideAlike) {
  const AccountId group = group_of_other();
  set_member(group, doctor, true);
  const GrantId followed = grant(group, true, ledger::Effect::kPermit);
  const GrantId frozen = grant(group, false, ledger::Effect::kPermit);
  set_member(group, doctor, false);
  set_member(group, colleague, true);
  const audit::PatientConsent consent(world.state, patient.patient(), "TREAT");
  const auto tables = policy::tables_of(world.parameters);
  for (const auto& [person, expected] :
       {std::pair(doctor, frozen), std::pair(colleague, followed)}) {
    for (const RecordId& id : {record, world.add_record(steward, patient)}) {
      auto request = world.request(person, other.id, patient, {id});
      const auto decision =
          consent.decide(tables,
                         *audit::load_requester(world.state, request),
                         *records::RecordEntry::load(world.state, patient.patient(), id),
                         audit::policy_request(request, policy::Instant::of_block(world.now)));
      EXPECT_EQ(decision.grant, expected);
    }
  }
}

TEST_F(Members, AFollowingGrantGoesWithTheGroup) {
  const AccountId group = group_of_other();
  set_member(group, doctor, true);
  grant(group, true, ledger::Effect::kPermit);
  set_member(group, colleague, true);
  set_member(group, doctor, false);
  EXPECT_FALSE(decide(doctor, other.id).permit);
  EXPECT_TRUE(decide(colleague, other.id).permit);
}

TEST_F(Members, AnOrganisationBringsItsPeople) {
  const AccountId group = group_of_other();
  auto joins = update(group);
  joins.added = {other.id};
  ASSERT_EQ(code(joins, other), ResultCode::kOk);
  grant(group, false, ledger::Effect::kPermit);
  EXPECT_TRUE(decide(doctor, other.id).permit);
  const Party stranger = world.add_practitioner(third);
  EXPECT_FALSE(decide(stranger, third.id).permit);
}

TEST_F(Members, AProjectCountsOnlyWhereTheRequestNamesIt) {
  const AccountId project = group_of_other(ledger::GroupKind::kProject);
  set_member(project, doctor, true);
  grant(project, false, ledger::Effect::kPermit, true);
  EXPECT_FALSE(decide(doctor, other.id).permit);
  EXPECT_FALSE(decide(doctor, other.id, test_id<AccountId>(4)).permit);
  EXPECT_TRUE(decide(doctor, other.id, project).permit);
  EXPECT_FALSE(decide(colleague, other.id, project).permit);
}

TEST_F(Members, TheEndOfAGroupEndsPermitsAndNoDenial) {
  const AccountId group = group_of_other();
  set_member(group, doctor, true);
  auto ends = update(group);
  ends.ends = TimeMs{world.now.value + 10};
  ASSERT_EQ(code(ends, other), ResultCode::kOk);
  grant(group, false, ledger::Effect::kPermit);
  EXPECT_TRUE(decide(doctor, other.id).permit);
  world.now.value += 10;
  EXPECT_EQ(decide(doctor, other.id).reason, policy::Reason::kGrantee);
  const GrantId denial = grant(group, true, ledger::Effect::kDeny);
  world.must_give(ledger::GrantAccess{[&] {
                    auto terms = world.terms(patient, other.id);
                    terms.acknowledge_shadowed = true;
                    return terms;
                  }()},
                  patient);
  EXPECT_EQ(decide(doctor, other.id).grant, denial);
  EXPECT_TRUE(decide(colleague, other.id).permit);
}

TEST_F(Members, ErasingAMembershipEndsIt) {
  const AccountId group = group_of_other();
  set_member(group, doctor, true);
  grant(group, false, ledger::Effect::kPermit);
  ASSERT_TRUE(decide(doctor, other.id).permit);
  execution::StateOverlay erasure(world.state);
  erasure.erase(MembershipEntry::key(doctor.id, group));
  world.state.apply(erasure.writes());
  EXPECT_FALSE(decide(doctor, other.id).permit);
}

TEST_F(Members, ADenialToAGroupShadowsItsMembers) {
  const AccountId group = group_of_other();
  set_member(group, doctor, true);
  grant(group, false, ledger::Effect::kDeny);
  auto terms = world.terms(patient, doctor.id);
  terms.grantee.kind = ledger::GranteeKind::kPractitioner;
  const auto give = [&] { return world.give(ledger::GrantAccess{terms}, patient, steward).code; };
  EXPECT_EQ(give(), ResultCode::kShadowed);
  terms.grantee.id = colleague.id;
  EXPECT_EQ(give(), ResultCode::kOk);
  terms.grantee = {ledger::GranteeKind::kOrganisation, other.id};
  EXPECT_EQ(give(), ResultCode::kOk) << "the organisation itself is no member";
  auto joins = update(group);
  joins.added = {third.id};
  ASSERT_EQ(code(joins, other), ResultCode::kOk);
  terms.grantee.id = third.id;
  EXPECT_EQ(give(), ResultCode::kOk) << "frozen before it joined";
  grant(group, true, ledger::Effect::kDeny);
  EXPECT_EQ(give(), ResultCode::kShadowed);
}

TEST_F(Members, NobodyIsAMemberOfAnUnknownGroup) {
  const GroupView nowhere{test_id<AccountId>(4), std::nullopt};
  EXPECT_FALSE(has_person(world.state, nowhere, doctor.id));
  EXPECT_FALSE(has_organisation(world.state, nowhere, other.id));
}

/// The naive model keeps the whole set of members of every version.
RC_GTEST_FIXTURE_PROP(Members, FrozenAndFollowAsTheNaiveModel, (std::vector<std::uint8_t> acts)) {
  const AccountId group = group_of_other();
  std::map<std::uint32_t, std::set<AccountId>> members{{1, {}}};

  struct Given {
    std::uint32_t version;
    bool follow;
  };

  std::map<GrantId, Given> grants;
  if (acts.size() > 20) acts.resize(20);
  for (const std::uint8_t act : acts) {
    const std::uint32_t version = load(group).version;
    if (act % 4U == 3) {
      const bool follow = act / 4U % 2U == 1;
      grants.emplace(grant(group, follow, ledger::Effect::kPermit), Given{version, follow});
      continue;
    }
    std::set<AccountId> next = members.at(version);
    const AccountId& who = act % 4U == 0 ? doctor.id : act % 4U == 1 ? colleague.id : other.id;
    const bool join = !next.contains(who);
    if (join) next.insert(who);
    if (!join) next.erase(who);
    if (who == other.id) {
      auto operation = update(group);
      (join ? operation.added : operation.removed) = {who};
      RC_ASSERT(code(operation, other) == ResultCode::kOk);
    } else {
      RC_ASSERT(code(change(group, who, join), other) == ResultCode::kOk);
    }
    members.emplace(version + 1, std::move(next));
  }
  for (const Party* person : {&doctor, &colleague}) {
    std::optional<GrantId> expected;
    for (const auto& [id, given] : grants) {
      const auto& set = given.follow ? members.rbegin()->second : members.at(given.version);
      const bool opens = set.contains(person->id) || set.contains(other.id);
      if (opens && !expected) expected = id;
    }
    const policy::Decision decision = decide(*person, other.id);
    RC_ASSERT(decision.permit == expected.has_value());
    RC_ASSERT(!expected || decision.grant == expected);
  }
}

}  // namespace
}  // namespace galen::groups
