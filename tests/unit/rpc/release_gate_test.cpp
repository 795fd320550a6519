#include "rpc/release_gate.h"

#include "base/limits.h"
#include "unit/rpc/fake_backend.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace galen::rpc {
namespace {

using test::FakeBackend;
using test::Ward;

class ReleaseGate : public ::testing::Test {
 protected:
  /// Commits and executes the access; the gate's request for its record.
  ReleaseRequest commit(const ledger::LogAccess& access) {
    const auto authorisation = ward_.sign(access);
    const TxId id = backend_.reader.commit(world_.hospitals[1], access, {authorisation});
    world_.execute(access, world_.hospitals[1], {authorisation});
    return {id, 0, ward_.record};
  }

  Status open(const ReleaseRequest& request, std::size_t hospital = 1) {
    const auto release = open_release_gate(backend_, {world_.hospitals[hospital].id}, request);
    if (!release) return tl::unexpected(release.error());
    return {};
  }

  static void expect_not_found(const Status& status) {
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error(), (Error{ErrorCode::kNotFound, "not found"}));
  }

  void revoke(const GrantId& grant) {
    const ledger::RevokeAccess operation{ward_.patient.patient(), grant, {}};
    ASSERT_EQ(world_.give(operation, ward_.patient, world_.hospitals[0]).code,
              ledger::ResultCode::kOk);
  }

  FakeBackend backend_;
  test::HealthWorld& world_ = backend_.world;
  Ward ward_{world_};
};

TEST_F(ReleaseGate, OpensAgainstAPermittingEntry) {
  ward_.grant();
  const auto release =
      open_release_gate(backend_, {world_.hospitals[1].id}, commit(ward_.access()));
  ASSERT_TRUE(release);
  EXPECT_EQ(release->decision.record, ward_.record);
  EXPECT_FALSE(release->address.is_zero());
  EXPECT_TRUE(recheck_release(backend_, *release));
}

/// The log names the grant that opened it, and has counted its use, no other's (PRIVACY.md 21).
TEST_F(ReleaseGate, AnotherGrantWhoseUsesAreCountedOpensNothing) {
  const GrantId first = ward_.grant();
  const ReleaseRequest request = commit(ward_.access());
  auto limited = ward_.terms();
  limited.max_uses = 1;
  world_.must_give(ledger::GrantAccess{limited}, ward_.patient);
  EXPECT_TRUE(open(request));
  revoke(first);
  expect_not_found(open(request));
  ward_.grant();
  EXPECT_TRUE(open(request));
}

/// PRIVACY.md 35: what tags oblige to, the custodian's node tells, and no other can.
TEST_F(ReleaseGate, WhatTaggedLabelsObligeToIsToldAtTheRelease) {
  const auto secrets =
      ledger::LabelSecrets::parse(ledger::LabelSecrets::file_text(test::test_id<Random32>(3)));
  ASSERT_TRUE(secrets);
  const auto& rows = execution::load_parameters(world_.state).label_obligations;
  ASSERT_FALSE(rows.empty());
  const ledger::LabelKey key = secrets->present(backend_.chain(), ward_.patient.patient());
  auto record = world_.record_operation(world_.hospitals[0], ward_.patient.patient());
  record.labels = {key.tag(rows.front().label), key.tag("OWN")};
  std::sort(record.labels.begin(), record.labels.end());
  record.labels_key_id = key.id;
  ASSERT_EQ(world_.execute(record, world_.hospitals[0]).code, ledger::ResultCode::kOk);
  auto terms = ward_.terms();
  terms.labels = record.labels;
  terms.labels_key_id = key.id;
  terms.erase_at = terms.valid_to;
  world_.must_give(ledger::GrantAccess{terms}, ward_.patient);
  auto access = ward_.access();
  access.request.records = {record.record};
  ReleaseRequest request = commit(access);
  request.record = record.record;
  const auto told = [&] {
    const auto release = open_release_gate(backend_, {world_.hospitals[1].id}, request);
    EXPECT_TRUE(release);
    return release ? release->obligations : std::vector<std::string>{};
  };
  backend_.label_secrets = *secrets;
  ASSERT_EQ(told().size(), 2U);
  const std::string erase_by = told().back();
  EXPECT_EQ(erase_by.rfind("erase-by=", 0), 0U);
  EXPECT_EQ(told(), (std::vector<std::string>{rows.front().obligation, erase_by}));
  // A node that cannot tell which labels they are says what any might oblige to.
  backend_.label_secrets = {};
  EXPECT_EQ(told(), (std::vector<std::string>{rows.front().obligation, erase_by}));
  record = world_.record_operation(world_.hospitals[0], ward_.patient.patient());
  record.labels = {key.tag("OWN")};
  record.labels_key_id = key.id;
  record.seed = test::test_id<Random32>(7);
  record.record = ledger::record_id(world_.chain, world_.hospitals[0].id, record.seed);
  ASSERT_EQ(world_.execute(record, world_.hospitals[0]).code, ledger::ResultCode::kOk);
  access.request.records = {record.record};
  access.request.request = test::test_id<RequestId>(7);
  request = commit(access);
  request.record = record.record;
  EXPECT_EQ(told(), (std::vector<std::string>{rows.front().obligation, erase_by}));
  backend_.label_secrets = *secrets;
  EXPECT_EQ(told(), (std::vector<std::string>{erase_by})) << "OWN obliges to nothing";
}

TEST_F(ReleaseGate, StaysShutWithoutAnEntryForTheCaller) {
  ward_.grant();
  const auto request = commit(ward_.access());
  expect_not_found(open({test::test_id<TxId>(5), 0, ward_.record}));
  expect_not_found(open({request.access.transaction, 1, ward_.record}));
  expect_not_found(open({request.access.transaction, 0, test::test_id<RecordId>(5)}));
  expect_not_found(open(request, 2));
  expect_not_found(open(request, 0));
  // A transaction that is no LogAccess.
  const auto other = backend_.reader.commit(
      world_.hospitals[1], world_.record_operation(world_.hospitals[1], ward_.patient.patient()));
  expect_not_found(open({other, 0, ward_.record}));
}

TEST_F(ReleaseGate, AnEntryThatWasNeverExecutedOpensNothing) {
  ward_.grant();
  const auto access = ward_.access();
  const TxId id = backend_.reader.commit(world_.hospitals[1], access, {ward_.sign(access)});
  expect_not_found(open({id, 0, ward_.record}));
}

TEST_F(ReleaseGate, ADeniedEntryStaysDeniedAfterALaterGrant) {
  const auto request = commit(ward_.access());
  expect_not_found(open(request));
  ward_.grant();
  expect_not_found(open(request));
}

TEST_F(ReleaseGate, ARevocationClosesItAtOnce) {
  const GrantId grant = ward_.grant();
  const auto request = commit(ward_.access());
  const auto release = open_release_gate(backend_, {world_.hospitals[1].id}, request);
  ASSERT_TRUE(release);
  revoke(grant);
  expect_not_found(open(request));
  expect_not_found(recheck_release(backend_, *release));
}

TEST_F(ReleaseGate, ASingleUseServesTheEntryThatTookIt) {
  auto terms = ward_.terms();
  terms.max_uses = 1;
  world_.must_give(ledger::GrantAccess{terms}, ward_.patient);
  const auto first = commit(ward_.access());
  EXPECT_TRUE(open(first));
  EXPECT_TRUE(open(first));  // a crash between commit and release must not cost the use (rule 29)
  expect_not_found(open(commit(ward_.access())));
}

TEST_F(ReleaseGate, ClosesWithTheReleaseWindowAndTheRequestsExpiry) {
  ward_.grant();
  auto access = ward_.access();
  access.request.expiry = TimeMs{world_.now.value + 2 * limits::kReleaseWindowMs};
  const auto request = commit(access);
  backend_.wall_clock = TimeMs{world_.now.value + limits::kReleaseWindowMs};
  EXPECT_TRUE(open(request));
  backend_.wall_clock = TimeMs{world_.now.value + limits::kReleaseWindowMs + 1};
  expect_not_found(open(request));

  auto brief = ward_.access();
  brief.request.expiry = TimeMs{world_.now.value + 1000};
  const auto brief_request = commit(brief);
  backend_.wall_clock = TimeMs{world_.now.value + 999};
  EXPECT_TRUE(open(brief_request));
  backend_.wall_clock = TimeMs{world_.now.value + 1000};
  expect_not_found(open(brief_request));
}

TEST_F(ReleaseGate, DiscoverReleasesNoContent) {
  ward_.grant();
  expect_not_found(open(commit(ward_.access(ledger::Action::kDiscover))));
}

TEST_F(ReleaseGate, AnExpiredGrantIsNotKeptAliveByAnIdleChain) {
  auto terms = ward_.terms();
  terms.valid_to = TimeMs{world_.now.value + 10'000};
  world_.must_give(ledger::GrantAccess{terms}, ward_.patient);
  const auto request = commit(ward_.access());
  EXPECT_TRUE(open(request));
  backend_.wall_clock = TimeMs{world_.now.value + 10'000};  // the head's block time stands still
  expect_not_found(open(request));
}

TEST_F(ReleaseGate, StalenessComesFirstForAll) {
  ward_.grant();
  const auto request = commit(ward_.access());
  backend_.is_fresh = false;
  const auto known = open(request);
  const auto unknown = open({test::test_id<TxId>(5), 0, ward_.record});
  ASSERT_FALSE(known);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(known.error(), unknown.error());
  EXPECT_EQ(known.error().code, ErrorCode::kUnavailable);
}

TEST_F(ReleaseGate, AnotherCustodiansRecordIsNotHere) {
  const auto patient = world_.add_patient(world_.hospitals[2]);
  const auto record = world_.add_record(world_.hospitals[2], patient);
  world_.must_give(ledger::GrantAccess{world_.terms(patient, world_.hospitals[1].id)}, patient);
  const ledger::LogAccess access{
      world_.request(ward_.clinician, world_.hospitals[1].id, patient, {record})};
  auto request = commit(access);
  request.record = record;
  expect_not_found(open(request));
}

}  // namespace
}  // namespace galen::rpc
