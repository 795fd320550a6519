// What a block had changed when an access in it was decided: as its operations stand in it, and as
// past decisions are made again with it.
#include "modules/audit/block_order.h"

#include "modules/identity/suspension.h"
#include "support/identity_steps.h"
#include "unit/modules_audit/replays_fixture.h"
#include "unit/modules_emergency/emergency_world.h"

#include <gtest/gtest.h>

namespace galen::audit {
namespace {

using ledger::AccountStatus;
using policy::Reason;
using test::test_id;

constexpr std::optional<bool> kBefore = true;
constexpr std::optional<bool> kAfter = false;
constexpr std::optional<bool> kUnknown = std::nullopt;

PatientId patient() {
  return test_id<PatientId>(1);
}

GrantId grant(std::uint64_t number) {
  return test_id<GrantId>(number);
}

ledger::AccessRequest request() {
  ledger::AccessRequest asking;
  asking.request = test_id<RequestId>(2);
  asking.patient = patient();
  return asking;
}

ExecutedOperation asked() {
  return {ledger::LogAccess{request()}, {}};
}

ExecutedOperation given(std::uint64_t number, std::vector<GrantId> supersedes = {}) {
  ledger::GrantTerms terms;
  terms.patient = patient();
  terms.supersedes = std::move(supersedes);
  return {ledger::GrantAccess{terms}, to_bytes(grant(number))};
}

ExecutedOperation revoked(std::uint64_t number, const PatientId& by = patient()) {
  return {ledger::RevokeAccess{by, grant(number), {}}, {}};
}

ExecutedOperation voted(const AccountId& organisation, AccountStatus status, bool in_force) {
  ledger::Suspend suspend;
  suspend.organisation = organisation;
  suspend.status = status;
  return {suspend, identity::BallotOutcome{in_force, 1, 2}.encode()};
}

BlockOrder order_of(std::vector<ExecutedOperation> operations) {
  return {std::move(operations), request()};
}

TEST(BlockOrder, TellsWhatCameBeforeTheAccess) {
  const auto order = order_of({given(1), asked(), revoked(1), given(2)});
  EXPECT_EQ(order.grant_began(grant(1)), kBefore);
  EXPECT_EQ(order.grant_ended(grant(1), {}), kAfter);
  EXPECT_EQ(order.grant_began(grant(2)), kAfter);
  EXPECT_EQ(order.grant_revoked(), kAfter);
}

TEST(BlockOrder, TellsNothingOfWhatIsNotThere) {
  EXPECT_EQ(order_of({asked()}).grant_began(grant(1)), kUnknown);
  EXPECT_EQ(order_of({given(1)}).grant_began(grant(1)), kUnknown) << "where the access stands";
  EXPECT_EQ(order_of({}).grant_revoked(), kUnknown);
  EXPECT_EQ(order_of({asked()}).was_active(test_id<AccountId>(3), true), kUnknown);
}

/// One of them may have been refused before anything was decided; which one wrote the entry is not
/// told.
TEST(BlockOrder, OfTheSameRequestTwiceTellsOnlyWhatIsOnOneSideOfBoth) {
  const auto order = order_of({given(1), asked(), given(2), asked(), given(3)});
  EXPECT_EQ(order.grant_began(grant(1)), kBefore);
  EXPECT_EQ(order.grant_began(grant(2)), kUnknown);
  EXPECT_EQ(order.grant_began(grant(3)), kAfter);
}

TEST(BlockOrder, TheSameIdOfAnotherPatientIsAnotherGrant) {
  const auto order = order_of({revoked(1, test_id<PatientId>(9)), asked(), revoked(1)});
  EXPECT_EQ(order.grant_ended(grant(1), {}), kAfter);
  EXPECT_EQ(order.grant_revoked(), kAfter);
}

/// Somebody's who may not end it: the patient's would have refused the grant.
TEST(BlockOrder, ARevocationBeforeItsGrantEndsNothing) {
  EXPECT_EQ(order_of({revoked(1), given(1), asked(), revoked(1)}).grant_ended(grant(1), {}),
            kAfter);
  EXPECT_EQ(order_of({revoked(1), given(1), asked()}).grant_ended(grant(1), {}), kUnknown);
}

TEST(BlockOrder, OfTwoRevocationsTheFirstCounts) {
  EXPECT_EQ(order_of({revoked(1), asked(), revoked(1)}).grant_ended(grant(1), {}), kBefore);
}

TEST(BlockOrder, AGrantEndsWithItsProxyAndWithItsSuccessor) {
  const auto proxy = test_id<AccountId>(4);
  consent::GrantEntry by_proxy;
  by_proxy.grantor = {ledger::AuthorisationRole::kProxy, proxy};
  const ExecutedOperation end{ledger::RevokeProxy{patient(), proxy, {}}, {}};
  EXPECT_EQ(order_of({asked(), end}).grant_ended(grant(1), by_proxy), kAfter);
  EXPECT_EQ(order_of({asked(), end}).grant_ended(grant(1), {}), kUnknown) << "the patient's own";
  EXPECT_EQ(order_of({given(2, {grant(1)}), asked()}).grant_ended(grant(1), {}), kBefore);
  EXPECT_EQ(order_of({given(2, {grant(3)}), asked()}).grant_ended(grant(1), {}), kUnknown);
}

TEST(BlockOrder, AnAccountIsWhatTheLastChangeBeforeTheAccessMadeIt) {
  const auto account = test_id<AccountId>(5);
  const auto set = [&](AccountStatus status) {
    return ExecutedOperation{ledger::SuspendPractitioner{account, status, {}}, {}};
  };
  const auto suspended = set(AccountStatus::kSuspended);
  const auto active = set(AccountStatus::kActive);
  EXPECT_EQ(order_of({suspended, asked()}).was_active(account, true), std::optional(false));
  EXPECT_EQ(order_of({asked(), suspended}).was_active(account, true), std::optional(true));
  EXPECT_EQ(order_of({asked(), active}).was_active(account, false), std::optional(false));
  EXPECT_EQ(order_of({suspended, active, asked(), suspended}).was_active(account, true),
            std::optional(true));
  EXPECT_EQ(order_of({asked(), suspended, asked()}).was_active(account, true), kUnknown);
}

TEST(BlockOrder, AVoteThatDoesNotSufficeChangesNothing) {
  const auto account = test_id<AccountId>(6);
  const auto open = voted(account, AccountStatus::kSuspended, false);
  const auto enough = voted(account, AccountStatus::kSuspended, true);
  EXPECT_EQ(order_of({open, asked(), enough}).was_active(account, true), std::optional(true));
  EXPECT_EQ(order_of({open, enough, asked()}).was_active(account, true), std::optional(false));
  EXPECT_EQ(order_of({open, asked()}).was_active(account, true), kUnknown);
}

TEST(BlockOrder, EveryVersionOfAGroupHasItsPlace) {
  const auto group = test_id<AccountId>(7);
  ledger::DefineGroup define;
  define.group = group;
  ledger::UpdateGroup update;
  update.group = group;
  const ledger::ChangeMembership join{test_id<AccountId>(8), group, 3, true};
  const auto order = order_of({{define, {}}, {update, {}}, asked(), {join, {}}});
  EXPECT_EQ(order.group_changed(group, 1), kBefore);
  EXPECT_EQ(order.group_changed(group, 2), kBefore);
  EXPECT_EQ(order.group_changed(group, 3), kAfter);
  EXPECT_EQ(order.group_changed(group, 4), kUnknown);
  EXPECT_EQ(order.group_changed(test_id<AccountId>(9), 2), kUnknown);
}

/// Everything of a test stands in one block.
class SameBlock : public Replays {
 protected:
  /// As recorded; and without the block the first is not decided again.
  void expect_order_decides(const std::vector<AccessEntry>& entries, const std::string& changed) {
    for (const AccessEntry& entry : entries) expect_same(entry);
    blocks.clear();
    EXPECT_EQ(replay(entries.front()).changed, changed + " in the same block, before or after it");
  }
};

TEST_F(SameBlock, AGrantCountsFromItsBeginningToItsEnd) {
  std::vector<AccessEntry> entries{access()};
  const GrantId id = give(ledger::GrantAccess{world.terms(patient, reader.id)});
  entries.push_back(access());
  EXPECT_EQ(entries.back().decisions.front().grant, id);
  revoke(id);
  entries.push_back(access());
  EXPECT_FALSE(entries.back().decisions.front().permit());
  expect_order_decides(entries, "a grant began or ended");
}

TEST_F(SameBlock, ASupersededGrantCountsUntilThen) {
  const GrantId id = give(ledger::GrantAccess{world.terms(patient, reader.id)});
  advance();
  std::vector<AccessEntry> entries{access()};
  auto terms = world.terms(patient, custodian.id);
  terms.supersedes = {id};
  give(ledger::GrantAccess{terms});
  entries.push_back(access());
  EXPECT_TRUE(entries.front().decisions.front().permit());
  EXPECT_FALSE(entries.back().decisions.front().permit());
  expect_order_decides(entries, "a grant began or ended");
}

TEST_F(SameBlock, ARevocationOfWhatNobodyKnowsEndsTheImplicitPolicy) {
  world.parameters.implicit_policy = ledger::ImplicitPolicy::kBasicNormal;
  world.state.put(ledger::StateKey::main(ledger::KeyKind::kParameters),
                  ledger::encode(world.parameters));
  std::vector<AccessEntry> entries{access()};
  EXPECT_EQ(entries.back().decisions.front().reason, Reason::kImplicit);
  revoke(grant(1));
  entries.push_back(access());
  EXPECT_EQ(entries.back().decisions.front().reason, Reason::kNoConsent);
  expect_order_decides(entries, "a grant began or ended");
}

TEST_F(SameBlock, AProxyCountsUntilHeIsRevoked) {
  const auto terms = test::proxy_operation(world, patient, test::test_key(50), custodian.id);
  execute(terms, custodian);
  const test::Party proxy{terms.proxy, test::test_key(50)};
  std::vector<AccessEntry> entries;
  for (const Reason reason : {Reason::kProxy, Reason::kProxyExpired}) {
    auto family = world.request(proxy, reader.id, patient, {record});
    family.purpose = "FAMRQT";
    entries.push_back(ask(family, proxy, ledger::AuthorisationRole::kProxy));
    EXPECT_EQ(entries.back().decisions.front().reason, reason);
    if (reason == Reason::kProxy) {
      execute(ledger::RevokeProxy{patient.patient(), terms.proxy, {}}, custodian);
    }
  }
  expect_order_decides(entries, "a proxy was authorised or revoked");
}

TEST_F(SameBlock, APersonIsSuspendedFromThereOnUntilHeIsReinstated) {
  give(ledger::GrantAccess{world.terms(patient, reader.id)});
  advance();
  std::vector<AccessEntry> entries{access()};
  execute(
      ledger::SuspendPractitioner{
          doctor.id, AccountStatus::kSuspended, ledger::SuspensionReason::kLeft},
      reader);
  entries.push_back(access());
  EXPECT_EQ(entries.back().decisions.front().reason, Reason::kMemberInactive);
  execute(
      ledger::SuspendPractitioner{
          doctor.id, AccountStatus::kActive, ledger::SuspensionReason::kResolved},
      reader);
  entries.push_back(access());
  EXPECT_TRUE(entries.back().decisions.front().permit());
  expect_order_decides(entries, "an account was suspended or reinstated");
}

TEST_F(SameBlock, AnOrganisationIsSuspendedFromThereOn) {
  give(ledger::GrantAccess{world.terms(patient, reader.id)});
  advance();
  std::vector<AccessEntry> entries{access()};
  execute(ledger::Suspend{reader.id,
                          AccountStatus::kSuspended,
                          ledger::SuspensionReason::kInvestigation,
                          0,
                          TimeMs{}},
          reader);
  entries.push_back(access());
  EXPECT_EQ(entries.back().decisions.front().reason, Reason::kMemberInactive);
  expect_order_decides(entries, "an account was suspended or reinstated");
}

TEST_F(SameBlock, ARecordIsWhatItsLastChangeMadeIt) {
  give(ledger::GrantAccess{world.terms(patient, reader.id)});
  advance();
  std::vector<AccessEntry> entries{access()};
  ledger::ReplaceRecord replace;
  replace.replaces = record;
  replace.next = world.record_operation(custodian, patient.patient());
  execute(replace, custodian);
  entries.push_back(access());
  EXPECT_EQ(entries.back().decisions.front().obligations,
            std::vector<std::string>{"superseded-version"});
  execute(ledger::RetractRecord{patient.patient(), record, ledger::RecordChange::kDuplicate},
          custodian);
  entries.push_back(access());
  EXPECT_EQ(entries.back().decisions.front().reason, Reason::kRecordRetracted);
  for (const AccessEntry& entry : entries) expect_same(entry);
  // The body goes with the new version; of a retracted one nobody asks whether it was replaced.
  erase_bodies<ledger::ReplaceRecord>();
  expect_same(entries.back());
  EXPECT_EQ(replay(entries.front()).changed,
            "the record was changed in the same block, before or after it");
}

/// An emergency that is declared and reviewed in the block of the accesses.
class SameBlockEmergency : public ::testing::Test {
 protected:
  void note(const ledger::Operation& operation, ledger::ResultCode code) {
    ASSERT_EQ(code, ledger::ResultCode::kOk);
    block.push_back({operation, {}});
  }

  AccessEntry access() {
    const ledger::LogAccess log{world.emergency_request({world.record})};
    note(log, world.execute(log, world.clinic, {world.signed_by(log, world.doctor)}).code);
    return load_access(world.state, world.patient.patient(), index_of(log.request)).value();
  }

  [[nodiscard]] std::uint64_t index_of(const ledger::AccessRequest& request) const {
    return find_entry(world.state, world.patient.patient(), request, world.height).value();
  }

  [[nodiscard]] Replayed replay(const AccessEntry& entry) const {
    const History history{[](const ledger::StateKey&) { return std::optional(Height{1}); },
                          [](Height) { return std::optional<TimeMs>{}; },
                          [this](Height) { return block; }};
    return Replay(world.state, entry, index_of(entry.request), history).replay(world.record);
  }

  test::EmergencyWorld world;
  std::vector<ExecutedOperation> block;
};

TEST_F(SameBlockEmergency, CountsFromItsDeclarationToItsReview) {
  std::vector<AccessEntry> entries{access()};
  const auto declaration = world.declaration();
  note(declaration, world.declare(declaration));
  entries.push_back(access());
  EXPECT_EQ(entries.back().decisions.front().reason, Reason::kBreakGlass);
  auto review = world.review(declaration, world.officer);
  review.outcome = ledger::ReviewOutcome::kUnjustified;
  note(review, world.execute(review, world.clinic, {world.signed_by(review, world.officer)}).code);
  entries.push_back(access());
  for (const AccessEntry& entry : entries) {
    const Replayed again = replay(entry);
    ASSERT_TRUE(again.decision) << again.changed;
    EXPECT_EQ(again.decision->reason, entry.decisions.front().reason);
  }
  EXPECT_EQ(entries.front().decisions.front().reason, Reason::kEmergencyNotDeclared);
  EXPECT_EQ(entries.back().decisions.front().reason, Reason::kEmergencyNotDeclared);
  block.clear();
  EXPECT_EQ(replay(entries.front()).changed,
            "an emergency was declared or reviewed in the same block, before or after it");
}

}  // namespace
}  // namespace galen::audit
