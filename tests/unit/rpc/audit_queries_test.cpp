#include "rpc/audit_queries.h"

#include "crypto/merkle_range.h"
#include "ledger/erasure_entries.h"
#include "modules/audit/entries.h"
#include "modules/audit/statement.h"
#include "rpc/wire.h"
#include "unit/rpc/fake_backend.h"

#include <gtest/gtest.h>

namespace galen::rpc {
namespace {

using test::FakeBackend;
using test::Ward;

class AuditQueries : public ::testing::Test {
 protected:
  [[nodiscard]] Caller caller(std::size_t hospital) const {
    return {backend_.world.hospitals[hospital].id};
  }

  /// One access in each of `count` blocks, from height 11 on.
  void access_in_blocks(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      backend_.world.height = backend_.world.height.next();
      backend_.world.now = TimeMs{backend_.world.now.value + 1000};
      const auto access = ward_.access();
      backend_.world.execute(access, backend_.world.hospitals[1], {ward_.sign(access)});
    }
    backend_.reader.certificate = ledger::Certificate{};
  }

  [[nodiscard]] v1::GetStatementRequest by_height(std::uint64_t from, std::uint64_t to) const {
    v1::GetStatementRequest request;
    request.set_patient(wire(ward_.patient.id));
    request.set_unit(2);
    request.set_from(from);
    request.set_to(to);
    return request;
  }

  ErrorCode refusal(std::size_t hospital, const v1::GetStatementRequest& request) {
    v1::GetStatementResponse response;
    const auto status = get_statement(backend_, caller(hospital), request, response);
    EXPECT_FALSE(status);
    EXPECT_EQ(response.ByteSizeLong(), 0U);
    return status.error().code;
  }

  FakeBackend backend_;
  Ward ward_{backend_.world};
};

TEST_F(AuditQueries, AccessEntriesAreForTheCustodianAndOwnLogsForTheirOwner) {
  const auto access = ward_.access();
  backend_.world.execute(access, backend_.world.hospitals[1], {ward_.sign(access)});
  v1::ListAccessRequest request;
  request.set_patient(wire(ward_.patient.id));
  v1::ListAccessResponse response;
  ASSERT_TRUE(list_access(backend_, caller(0), request, response));
  EXPECT_EQ(response.count(), 1U);
  ASSERT_EQ(response.entries_size(), 1);
  const auto entry = audit::AccessEntry::decode(as_bytes(response.entries(0)));
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->request, access.request);
  EXPECT_FALSE(list_access(backend_, caller(1), request, response));

  // A request for a patient nobody knows is in the log of the organisation that asked.
  auto unknown = ward_.access();
  unknown.request.patient = test::test_id<PatientId>(99);
  backend_.world.execute(unknown, backend_.world.hospitals[1], {ward_.sign(unknown)});
  request.set_patient(wire(backend_.world.hospitals[1].id));
  v1::ListAccessResponse own;
  ASSERT_TRUE(list_access(backend_, caller(1), request, own));
  EXPECT_EQ(own.count(), 1U);
  EXPECT_FALSE(list_access(backend_, caller(0), request, own));
  request.set_from_index(1);
  v1::ListAccessResponse beyond;
  ASSERT_TRUE(list_access(backend_, caller(1), request, beyond));
  EXPECT_EQ(beyond.entries_size(), 0);
}

/// Until the log goes too, whoever the tombstone names answers for it: nobody else is left.
TEST_F(AuditQueries, TheLogOfAnErasedPatientIsForTheCustodianInHisTombstone) {
  access_in_blocks(2);
  ledger::Tombstone stone;
  stone.subject = ledger::subject_path(ward_.patient.patient());
  stone.custodian = backend_.world.hospitals[2].id;
  backend_.world.state.put(ledger::Tombstone::key(stone.subject), stone.encode());
  v1::GetStatementResponse response;
  ASSERT_TRUE(get_statement(backend_, caller(2), by_height(0, 100), response));
  EXPECT_EQ(response.entries_size(), 2);
  EXPECT_EQ(refusal(0, by_height(0, 100)), ErrorCode::kNotFound);
  stone.audit.emplace();
  backend_.world.state.put(ledger::Tombstone::key(stone.subject), stone.encode());
  EXPECT_EQ(refusal(2, by_height(0, 100)), ErrorCode::kNotFound);
}

TEST_F(AuditQueries, AStatementIsTheStretchWithItsPathAndTheRestComesByListAccess) {
  access_in_blocks(9);  // heights 11 to 19
  auto request = by_height(13, 17);
  request.set_page_size(2);
  v1::GetStatementResponse response;
  ASSERT_TRUE(get_statement(backend_, caller(0), request, response));
  EXPECT_EQ(response.first_index(), 1U);
  EXPECT_EQ(response.last_index(), 7U);
  EXPECT_EQ(response.entries_size(), 2);
  const auto proof = ledger::decode_state_proof(as_bytes(response.state_proof()));
  ASSERT_TRUE(proof) << proof.error().message;
  EXPECT_EQ(proof->key, audit::access_range_key(ward_.patient.patient()));

  v1::ListAccessRequest more;
  more.set_patient(request.patient());
  more.set_from_index(3);
  v1::ListAccessResponse rest;
  ASSERT_TRUE(list_access(backend_, caller(0), more, rest));
  std::vector<Digest> leaves;
  for (const auto& entry : response.entries()) leaves.push_back(crypto::merkle_leaf(as_bytes(entry)));
  for (int i = 0; i < 4; ++i) leaves.push_back(crypto::merkle_leaf(as_bytes(rest.entries(i))));
  std::vector<Digest> path;
  for (const auto& step : response.path()) path.push_back(Digest::from(as_bytes(step)));
  const auto range = audit::load_access_range(backend_.world.state, ward_.patient.patient());
  EXPECT_EQ(crypto::merkle_implied_range_root(leaves, 1, range.count, path), range.root());
}

TEST_F(AuditQueries, WithoutAnyAccessThereIsAnEmptyStretch) {
  access_in_blocks(0);
  v1::GetStatementResponse response;
  ASSERT_TRUE(get_statement(backend_, caller(0), by_height(0, 100), response));
  EXPECT_EQ(response.last_index(), 0U);
  EXPECT_EQ(response.path_size() + response.entries_size(), 0);
  EXPECT_FALSE(response.state_proof().empty());
}

TEST_F(AuditQueries, StatementsAreForTheCustodianAndUnknownLooksTheSame) {
  access_in_blocks(2);
  EXPECT_EQ(refusal(1, by_height(0, 100)), ErrorCode::kNotFound);
  auto unknown = by_height(0, 100);
  unknown.set_patient(std::string(32, 'x'));
  EXPECT_EQ(refusal(0, unknown), ErrorCode::kNotFound);
}

TEST_F(AuditQueries, AStatementNeedsARangeAFreshNodeAndACertifiedBlock) {
  EXPECT_EQ(refusal(0, by_height(0, 100)), ErrorCode::kFailedPrecondition);
  access_in_blocks(2);
  EXPECT_EQ(refusal(0, by_height(5, 5)), ErrorCode::kInvalidArgument);
  auto request = by_height(0, 5);
  request.set_unit(3);
  EXPECT_EQ(refusal(0, request), ErrorCode::kInvalidArgument);
  request.set_unit(1);
  request.set_from(~std::uint64_t{0});
  request.clear_to();
  EXPECT_EQ(refusal(0, request), ErrorCode::kInvalidArgument);
  backend_.is_fresh = false;
  EXPECT_EQ(refusal(0, by_height(0, 100)), ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace galen::rpc
