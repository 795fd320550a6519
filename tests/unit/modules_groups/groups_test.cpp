// Every rule and refusal of defining and changing a group.
#include "support/strict_codec.h"
#include "unit/modules_groups/group_fixture.h"

namespace galen::groups {
namespace {

using ledger::AuthorisationRole;

using Groups = GroupTest;

TEST_F(Groups, ADefinitionIsVersionOneOfItsSubmitter) {
  auto operation = definition(ledger::GroupKind::kProject);
  operation.ends = TimeMs{world.now.value + 1};
  ASSERT_EQ(code(operation, steward), ResultCode::kOk);
  const GroupEntry entry = load(operation.group);
  EXPECT_EQ(entry.steward, steward.id);
  EXPECT_EQ(entry.kind, ledger::GroupKind::kProject);
  EXPECT_EQ(entry.name, "tumour-board");
  EXPECT_EQ(entry.document, operation.document);
  EXPECT_EQ(entry.version, 1U);
  EXPECT_EQ(entry.height, world.height);
  EXPECT_EQ(entry.ends, operation.ends);
  EXPECT_EQ(entry.members(1), std::vector{steward.id});
  EXPECT_FALSE(entry.has_ended(world.now));
  EXPECT_TRUE(entry.has_ended(*operation.ends));
  EXPECT_EQ(list_groups(world.state).count(operation.group), 1U);
}

TEST_F(Groups, ADefinitionIsRefused) {
  auto operation = definition();
  EXPECT_EQ(code(operation, other), ResultCode::kBadIdentifier);
  operation.ends = world.now;
  EXPECT_EQ(code(operation, steward), ResultCode::kInvalidWindow);
  operation.ends.reset();
  operation.organisations = {test_id<AccountId>(5)};
  EXPECT_EQ(code(operation, steward), ResultCode::kUnknownOrganisation);
  operation.organisations = {};
  const auto stray = world.sign(operation, steward, AuthorisationRole::kOrganisation);
  EXPECT_EQ(code(operation, steward, {stray}), ResultCode::kBadAuthorisation);
  ASSERT_EQ(code(operation, steward), ResultCode::kOk);
  EXPECT_EQ(code(operation, steward), ResultCode::kAlreadyExists);
  world.suspend(steward.id);
  EXPECT_EQ(code(definition(), steward), ResultCode::kOrganisationInactive);
}

TEST_F(Groups, AnUpdateMakesTheNextVersionAndForgetsNoneBefore) {
  const AccountId group = define();
  auto operation = update(group);
  operation.added = {other.id};
  operation.removed = {steward.id};
  operation.document = test_id<Digest>(2);
  world.height = Height{20};
  ASSERT_EQ(code(operation, steward), ResultCode::kOk);
  operation = update(group);
  operation.added = {steward.id};
  ASSERT_EQ(code(operation, steward), ResultCode::kOk);
  const GroupEntry entry = load(group);
  EXPECT_EQ(entry.version, 3U);
  EXPECT_EQ(entry.document, test_id<Digest>(2));
  EXPECT_EQ(entry.members(1), std::vector{steward.id});
  EXPECT_EQ(entry.members(2), std::vector{other.id});
  EXPECT_EQ(entry.members(3).size(), 2U);
  ASSERT_EQ(entry.past.size(), 2U);
  EXPECT_EQ(entry.past[0].version, 1U);
  EXPECT_EQ(entry.past[1], (GroupVersion{2, Height{20}, std::nullopt}));
  EXPECT_FALSE(entry.has_forgotten());
  test::expect_strict(entry);
}

TEST_F(Groups, AMembershipMakesAVersionToo) {
  const AccountId group = define();
  const Party doctor = world.add_practitioner(steward);
  ASSERT_EQ(code(change(group, doctor.id, true), steward), ResultCode::kOk);
  ASSERT_EQ(code(update(group), steward), ResultCode::kOk);
  const GroupEntry entry = load(group);
  ASSERT_EQ(entry.past.size(), 2U);
  EXPECT_EQ(entry.past[0].version, 1U);
  EXPECT_EQ(entry.past[1].version, 2U);
}

TEST(GroupEntryTest, PastVersionsThatNothingWritesDoNotDecode) {
  GroupEntry good;
  good.name = "board";
  good.version = 300;
  good.height = Height{9};
  good.organisations[test_id<AccountId>(2)] = {{1, std::nullopt}};
  for (std::uint32_t v = 300 - kMaxPastVersions; v < 300; ++v) {
    good.past.push_back({v, Height{8}, std::nullopt});
  }
  EXPECT_TRUE(GroupEntry::decode(good.encode()));
  EXPECT_TRUE(good.has_forgotten());
  GroupEntry changed = good;
  changed.past.front().height = Height{9};
  EXPECT_FALSE(GroupEntry::decode(changed.encode())) << "heights that fall";
  changed = good;
  changed.past.back().height = Height{10};
  EXPECT_FALSE(GroupEntry::decode(changed.encode())) << "after the present version";
  changed = good;
  changed.past.insert(changed.past.begin(), {299 - kMaxPastVersions, Height{8}, std::nullopt});
  EXPECT_FALSE(GroupEntry::decode(changed.encode())) << "more than are kept";
  changed = good;
  changed.version = 2;
  changed.past = {{0, Height{7}, std::nullopt}, {1, Height{8}, std::nullopt}};
  EXPECT_FALSE(GroupEntry::decode(changed.encode())) << "as many as its version";
  changed.past.erase(changed.past.begin());
  test::expect_strict(changed);
  changed.past.clear();
  Bytes none = changed.encode();
  none[1] = 2;
  none.insert(none.end(), 2, 0);
  EXPECT_FALSE(GroupEntry::decode(none)) << "version 2 without a past";
}

TEST_F(Groups, AnUpdateIsRefused) {
  const AccountId group = define();
  EXPECT_EQ(code(update(group), other), ResultCode::kNotAuthorised);
  auto operation = update(group);
  operation.group = test_id<AccountId>(5);
  EXPECT_EQ(code(operation, steward), ResultCode::kUnknownGroup);
  for (const std::uint32_t version : {3U, 0xFFFFFFFFU}) {
    operation = update(group);
    operation.version = version;
    EXPECT_EQ(code(operation, steward), ResultCode::kWrongVersion);
  }
  operation = update(group);
  operation.added = {steward.id};
  EXPECT_EQ(code(operation, steward), ResultCode::kAlreadyExists);
  operation.added = {test_id<AccountId>(5)};
  EXPECT_EQ(code(operation, steward), ResultCode::kUnknownOrganisation);
  operation.added = {};
  operation.removed = {other.id};
  EXPECT_EQ(code(operation, steward), ResultCode::kUnknownOrganisation);
  const auto stray = world.sign(update(group), steward, AuthorisationRole::kOrganisation);
  EXPECT_EQ(code(update(group), steward, {stray}), ResultCode::kBadAuthorisation);
  ASSERT_EQ(code(update(group), steward), ResultCode::kOk);
}

TEST_F(Groups, AnEndOnlyComesNearerAndIsForGood) {
  const AccountId group = define();
  const auto end_at = [&](std::uint64_t ahead) {
    auto operation = update(group);
    operation.ends = TimeMs{world.now.value + ahead};
    return operation;
  };
  EXPECT_EQ(code(end_at(0), steward), ResultCode::kInvalidWindow);
  ASSERT_EQ(code(end_at(100), steward), ResultCode::kOk);
  EXPECT_EQ(code(end_at(101), steward), ResultCode::kInvalidWindow);
  ASSERT_EQ(code(end_at(50), steward), ResultCode::kOk);
  world.now.value += 50;
  EXPECT_EQ(code(update(group), steward), ResultCode::kInvalidWindow);
  const Party doctor = world.add_practitioner(steward);
  EXPECT_EQ(code(change(group, doctor.id, true), steward), ResultCode::kInvalidWindow);
}

TEST_F(Groups, MembersHaveALimit) {
  const AccountId group = define();
  const Party doctor = world.add_practitioner(steward);
  for (std::size_t i = 0; i < kMaxSpansPerMember; ++i) {
    ASSERT_EQ(code(change(group, doctor.id, true), steward), ResultCode::kOk);
    ASSERT_EQ(code(change(group, doctor.id, false), steward), ResultCode::kOk);
  }
  EXPECT_EQ(code(change(group, doctor.id, true), steward), ResultCode::kTooManyMembers);
  for (std::size_t i = 1; i < kMaxSpansPerMember; ++i) {
    auto leaves = update(group);
    leaves.removed = {steward.id};
    ASSERT_EQ(code(leaves, steward), ResultCode::kOk);
    auto joins = update(group);
    joins.added = {steward.id};
    ASSERT_EQ(code(joins, steward), ResultCode::kOk);
  }
  auto leaves = update(group);
  leaves.removed = {steward.id};
  ASSERT_EQ(code(leaves, steward), ResultCode::kOk);
  auto joins = update(group);
  joins.added = {steward.id};
  EXPECT_EQ(code(joins, steward), ResultCode::kTooManyMembers);
}

TEST_F(Groups, APersonsMembershipStandsInHisOwnTree) {
  const AccountId group = define();
  const Party doctor = world.add_practitioner(steward);
  ASSERT_EQ(code(change(group, doctor.id, true), steward), ResultCode::kOk);
  ASSERT_EQ(code(change(group, doctor.id, false), steward), ResultCode::kOk);
  const auto entry = MembershipEntry::load(world.state, doctor.id, group);
  EXPECT_EQ(entry.spans, (MemberSpans{{2, 3}}));
  test::expect_strict(entry);
  const auto key = MembershipEntry::key(doctor.id, group);
  EXPECT_EQ(key.tree.subject, id_cast<PatientId>(doctor.id));
  EXPECT_EQ(to_string(world.state.get(GroupEntry::key(group)).value())
                .find(to_string(BytesView(doctor.id))),
            std::string::npos)
      << "the public value names the person";
}

TEST_F(Groups, AMembershipIsRefused) {
  const AccountId group = define();
  const Party doctor = world.add_practitioner(steward);
  EXPECT_EQ(code(change(group, doctor.id, true), other), ResultCode::kNotAuthorised);
  EXPECT_EQ(code(change(group, test_id<AccountId>(5), true), steward),
            ResultCode::kUnknownPractitioner);
  EXPECT_EQ(code(change(group, doctor.id, false), steward), ResultCode::kUnknownAccount);
  auto late = change(group, doctor.id, true);
  ++late.version;
  EXPECT_EQ(code(late, steward), ResultCode::kWrongVersion);
  ASSERT_EQ(code(change(group, doctor.id, true), steward), ResultCode::kOk);
  EXPECT_EQ(code(change(group, doctor.id, true), steward), ResultCode::kAlreadyExists);
  auto entry = identity::PractitionerEntry::load(world.state, doctor.id).value();
  entry.set_status(ledger::AccountStatus::kSuspended, world.height);
  world.state.put(identity::PractitionerEntry::key(doctor.id), entry.encode());
  ASSERT_EQ(code(change(group, doctor.id, false), steward), ResultCode::kOk)
      << "the suspended may leave";
  EXPECT_EQ(code(change(group, doctor.id, true), steward), ResultCode::kAccountInactive);
}

TEST_F(Groups, AnotherHospitalsPersonNeedsItsSignature) {
  const AccountId group = define();
  const Party doctor = world.add_practitioner(other);
  const auto joins = change(group, doctor.id, true);
  const auto signed_by = [&](const Party& signer, AuthorisationRole role) {
    return std::vector{world.sign(joins, signer, role, {.submitter = steward.id})};
  };
  EXPECT_EQ(code(joins, steward), ResultCode::kBadAuthorisation);
  EXPECT_EQ(code(joins, steward, signed_by(third, AuthorisationRole::kOrganisation)),
            ResultCode::kNotAuthorised);
  EXPECT_EQ(code(joins, steward, signed_by(other, AuthorisationRole::kCustodian)),
            ResultCode::kBadAuthorisation);
  auto forged = signed_by(other, AuthorisationRole::kOrganisation);
  forged.front().signature = world.sign(joins, third, AuthorisationRole::kOrganisation).signature;
  EXPECT_EQ(code(joins, steward, forged), ResultCode::kBadSignature);
  ASSERT_EQ(code(joins, steward, signed_by(other, AuthorisationRole::kOrganisation)),
            ResultCode::kOk);
  // He leaves on the steward's word alone.
  EXPECT_EQ(code(change(group, doctor.id, false), steward), ResultCode::kOk);
  const Party own = world.add_practitioner(steward);
  const auto own_joins = change(group, own.id, true);
  EXPECT_EQ(
      code(own_joins, steward, {world.sign(own_joins, steward, AuthorisationRole::kOrganisation)}),
      ResultCode::kBadAuthorisation);
}

TEST(GroupValues, HostileSpansDoNotDecode) {
  const auto refuse = [](MemberSpans spans) {
    return !MembershipEntry::decode(MembershipEntry{std::move(spans)}.encode()).has_value();
  };
  EXPECT_TRUE(refuse({}));
  EXPECT_TRUE(refuse({{0, 1}}));
  EXPECT_TRUE(refuse({{2, 2}}));
  EXPECT_TRUE(refuse({{1, std::nullopt}, {2, std::nullopt}}));
  EXPECT_TRUE(refuse({{1, 3}, {2, 4}}));
  EXPECT_FALSE(refuse({{1, 2}, {2, 3}}));
}

}  // namespace
}  // namespace galen::groups
