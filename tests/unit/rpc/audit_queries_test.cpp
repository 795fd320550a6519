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
      advance();
      const auto access = ward_.access();
      backend_.world.execute(access, backend_.world.hospitals[1], {ward_.sign(access)});
    }
    backend_.reader.certificate = ledger::Certificate{};
  }

  void advance() {
    backend_.world.height = backend_.world.height.next();
    backend_.world.now = TimeMs{backend_.world.now.value + 1000};
    backend_.wall_clock = backend_.world.now;
  }

  [[nodiscard]] v1::ListAccessRequest pages(const TxId& reading) const {
    v1::ListAccessRequest request;
    request.set_patient(wire(ward_.patient.id));
    request.set_read_tx_id(wire(reading));
    return request;
  }

  /// In a block of its own.
  TxId read_whole_log() {
    advance();
    return backend_.read(ward_.patient.patient());
  }

  [[nodiscard]] v1::GetStatementRequest by_height(const TxId& reading,
                                                  std::uint64_t from,
                                                  std::uint64_t to) const {
    v1::GetStatementRequest request;
    request.set_patient(wire(ward_.patient.id));
    request.set_read_tx_id(wire(reading));
    request.set_unit(2);
    request.set_from(from);
    request.set_to(to);
    return request;
  }

  Error refusal(std::size_t hospital, const v1::GetStatementRequest& request) {
    v1::GetStatementResponse response;
    const auto status = get_statement(backend_, caller(hospital), request, response);
    EXPECT_FALSE(status);
    EXPECT_EQ(response.ByteSizeLong(), 0U);
    return status ? Error{} : status.error();
  }

  Error refusal(std::size_t hospital, const v1::ListAccessRequest& request) {
    v1::ListAccessResponse response;
    const auto status = list_access(backend_, caller(hospital), request, response);
    EXPECT_FALSE(status);
    EXPECT_EQ(response.ByteSizeLong(), 0U);
    return status ? Error{} : status.error();
  }

  /// What that one may see in pages of two.
  std::vector<audit::AccessEntry> all(std::size_t hospital, v1::ListAccessRequest request) {
    std::vector<audit::AccessEntry> entries;
    request.set_page_size(2);
    for (;;) {
      v1::ListAccessResponse response;
      EXPECT_TRUE(list_access(backend_, caller(hospital), request, response));
      for (const auto& bytes : response.entries()) {
        entries.push_back(audit::AccessEntry::decode(as_bytes(bytes)).value());
      }
      const std::uint64_t next = response.first_index() + response.entries_size();
      if (response.entries_size() == 0 || next >= response.count()) return entries;
      request.set_from_index(next);
    }
  }

  FakeBackend backend_;
  Ward ward_{backend_.world};
};

TEST_F(AuditQueries, AReadingShowsWhatWasThereBeforeItInAnyNumberOfPages) {
  access_in_blocks(5);
  const TxId reading = read_whole_log();
  access_in_blocks(2);
  const auto entries = all(0, pages(reading));
  ASSERT_EQ(entries.size(), 5U);
  for (const auto& entry : entries) EXPECT_FALSE(entry.act);
  // The next one shows the first one, and ends before itself too.
  const auto more = all(0, pages(read_whole_log()));
  ASSERT_EQ(more.size(), 8U);
  EXPECT_TRUE(more[5].act && more[5].act->permit());
  EXPECT_EQ(audit::load_access_range(backend_.world.state, ward_.patient.patient()).count, 9U);
}

TEST_F(AuditQueries, AReadingShowsItsRangeAndWhereThatEnds) {
  access_in_blocks(5);
  advance();
  auto operation = backend_.world.reading(backend_.world.hospitals[0].id,
                                          backend_.world.hospitals[0].id,
                                          ward_.patient.patient(),
                                          "HOPERAT");
  const auto first = audit::load_access(backend_.world.state, ward_.patient.patient(), 1)->time;
  operation.from = first;
  operation.to = TimeMs{first.value + 2000};
  auto request = pages(backend_.read(operation, backend_.world.hospitals[0]));
  EXPECT_EQ(all(0, request).size(), 2U);
  request.set_with_neighbours(true);
  EXPECT_EQ(all(0, request).size(), 4U);
  request.set_from_index(99);
  v1::ListAccessResponse beyond;
  ASSERT_TRUE(list_access(backend_, caller(0), request, beyond));
  EXPECT_EQ(beyond.entries_size(), 0);
  // An empty range shows nothing, not even neighbours.
  operation.request = test::test_id<RequestId>(77);
  operation.to = operation.from;
  auto nothing = pages(backend_.read(operation, backend_.world.hospitals[0]));
  nothing.set_with_neighbours(true);
  EXPECT_TRUE(all(0, nothing).empty());
}

TEST_F(AuditQueries, WithoutAPermittedReadingOfThisLogByThisCallerThereIsNothing) {
  access_in_blocks(2);
  const TxId reading = read_whole_log();
  const Error absent = refusal(0, pages(test::test_id<TxId>(9)));
  EXPECT_EQ(absent.code, ErrorCode::kNotFound);
  EXPECT_EQ(refusal(1, pages(reading)), absent);                                    // another's
  EXPECT_EQ(refusal(1, pages(backend_.read(ward_.patient.patient(), 1))), absent);  // refused
  EXPECT_EQ(refusal(1, pages(backend_.read(test::test_id<PatientId>(9), 1))), absent);
  auto other_log = pages(reading);
  other_log.set_patient(wire(backend_.world.hospitals[0].id));
  EXPECT_EQ(refusal(0, other_log), absent);
  auto other_operation = pages(reading);
  other_operation.set_read_operation(1);
  EXPECT_EQ(refusal(0, other_operation), absent);
  other_operation.set_read_operation(70'000);
  EXPECT_EQ(refusal(0, other_operation).code, ErrorCode::kInvalidArgument);
  const auto access = ward_.access();
  const TxId no_reading =
      backend_.reader.commit(backend_.world.hospitals[0], access, {ward_.sign(access)});
  EXPECT_EQ(refusal(0, pages(no_reading)), absent);
  // Committed by its block, but not executed in it.
  EXPECT_EQ(
      refusal(0,
              pages(backend_.reader.commit(backend_.world.hospitals[0],
                                           backend_.world.reading(backend_.world.hospitals[0].id,
                                                                  backend_.world.hospitals[0].id,
                                                                  ward_.patient.patient(),
                                                                  "HOPERAT")))),
      absent);
}

TEST_F(AuditQueries, AReadingEndsAndSoDoesTheRightToIt) {
  access_in_blocks(2);
  auto& world = backend_.world;
  const auto auditor = world.add_practitioner(world.hospitals[1], ledger::Role::kAuditor);
  const auto operation =
      world.reading(auditor.id, world.hospitals[1].id, ward_.patient.patient(), "FRAUD");
  const auto signature = world.sign(operation, auditor, ledger::AuthorisationRole::kRequester);
  const auto request = pages(backend_.read(operation, world.hospitals[1], {signature}));
  EXPECT_EQ(all(1, request).size(), 2U);
  const auto before = world.state;
  world.suspend(world.hospitals[1].id);
  EXPECT_EQ(refusal(1, request).code, ErrorCode::kNotFound);
  world.state = before;
  auto replaced = identity::PractitionerEntry::load(world.state, operation.person);
  ASSERT_TRUE(replaced);
  replaced->signing_keys = {PublicKey{}, test::test_key(901).public_key()};
  world.state.put(identity::PractitionerEntry::key(operation.person), replaced->encode());
  EXPECT_EQ(refusal(1, request).code, ErrorCode::kNotFound) << "read with a key that was replaced";
  world.state = before;
  backend_.wall_clock = operation.expiry;
  EXPECT_EQ(refusal(1, request).code, ErrorCode::kExpired);
  backend_.is_fresh = false;
  EXPECT_EQ(refusal(1, request).code, ErrorCode::kUnavailable);
}

TEST_F(AuditQueries, AnOrganisationsOwnLogIsReadTheSameWay) {
  // A request for a patient nobody knows is in the log of the organisation that asked.
  auto unknown = ward_.access();
  unknown.request.patient = test::test_id<PatientId>(99);
  backend_.world.execute(unknown, backend_.world.hospitals[1], {ward_.sign(unknown)});
  const PatientId own = audit::organisation_log(backend_.world.hospitals[1].id);
  auto request = pages(backend_.read(own, 1));
  request.set_patient(wire(own));
  EXPECT_EQ(all(1, request).size(), 1U);
  request.set_read_tx_id(wire(backend_.read(own, 0)));
  EXPECT_EQ(refusal(0, request).code, ErrorCode::kNotFound);
}

/// Until the log goes too, whoever the tombstone names answers for it: nobody else is left.
TEST_F(AuditQueries, TheLogOfAnErasedPatientIsForTheCustodianInHisTombstone) {
  access_in_blocks(2);
  ledger::Tombstone stone;
  stone.subject = ledger::subject_path(ward_.patient.patient());
  stone.custodian = backend_.world.hospitals[2].id;
  backend_.world.state.put(ledger::Tombstone::key(stone.subject), stone.encode());
  const PatientId log = ward_.patient.patient();
  advance();
  EXPECT_EQ(all(2, pages(backend_.read(log, 2))).size(), 2U);
  EXPECT_EQ(refusal(0, pages(backend_.read(log, 0))).code, ErrorCode::kNotFound);
  stone.audit.emplace();
  backend_.world.state.put(ledger::Tombstone::key(stone.subject), stone.encode());
  EXPECT_EQ(refusal(2, pages(backend_.read(log, 2))).code, ErrorCode::kNotFound);
}

TEST_F(AuditQueries, AStatementIsTheStretchWithItsPathAndTheRestComesByListAccess) {
  access_in_blocks(9);  // heights 11 to 19
  const TxId reading = read_whole_log();
  auto request = by_height(reading, 13, 17);
  request.set_page_size(2);
  v1::GetStatementResponse response;
  ASSERT_TRUE(get_statement(backend_, caller(0), request, response));
  EXPECT_EQ(response.first_index(), 1U);
  EXPECT_EQ(response.last_index(), 7U);
  EXPECT_EQ(response.entries_size(), 2);
  const auto proof = ledger::decode_state_proof(as_bytes(response.state_proof()));
  ASSERT_TRUE(proof) << proof.error().message;
  EXPECT_EQ(proof->key, audit::access_range_key(ward_.patient.patient()));

  auto more = pages(reading);
  more.set_with_neighbours(true);
  more.set_from_index(3);
  v1::ListAccessResponse rest;
  ASSERT_TRUE(list_access(backend_, caller(0), more, rest));
  std::vector<Digest> leaves;
  for (const auto& entry : response.entries())
    leaves.push_back(crypto::merkle_leaf(as_bytes(entry)));
  for (int i = 0; i < 4; ++i) leaves.push_back(crypto::merkle_leaf(as_bytes(rest.entries(i))));
  std::vector<Digest> path;
  for (const auto& step : response.path()) path.push_back(Digest::from(as_bytes(step)));
  const auto range = audit::load_access_range(backend_.world.state, ward_.patient.patient());
  EXPECT_EQ(crypto::merkle_implied_range_root(leaves, 1, range.count, path), range.root());
}

TEST_F(AuditQueries, AStatementEndsBeforeItsReadingWhichShowsThat) {
  access_in_blocks(3);  // heights 11 to 13
  const TxId reading = read_whole_log();
  const std::uint64_t last = backend_.world.height.value;
  v1::GetStatementResponse response;
  ASSERT_TRUE(get_statement(backend_, caller(0), by_height(reading, 0, last), response));
  EXPECT_EQ(response.last_index(), 4U);
  const auto neighbour = audit::AccessEntry::decode(as_bytes(response.entries(3))).value();
  EXPECT_TRUE(neighbour.act);
  EXPECT_EQ(refusal(0, by_height(reading, 0, last + 1)).code, ErrorCode::kInvalidArgument);
  auto endless = by_height(reading, 0, last);
  endless.clear_to();
  EXPECT_EQ(refusal(0, endless).code, ErrorCode::kInvalidArgument);
}

TEST_F(AuditQueries, AStatementStaysWithinWhatTheReadingCovers) {
  access_in_blocks(4);
  advance();
  const auto time = [&](std::uint64_t index) {
    return audit::load_access(backend_.world.state, ward_.patient.patient(), index)->time;
  };
  auto operation = backend_.world.reading(backend_.world.hospitals[0].id,
                                          backend_.world.hospitals[0].id,
                                          ward_.patient.patient(),
                                          "HOPERAT");
  operation.from = time(1);
  operation.to = time(3);
  const TxId reading = backend_.read(operation, backend_.world.hospitals[0]);
  const auto by_time = [&](TimeMs from, TimeMs to) {
    auto request = by_height(reading, from.value, to.value);
    request.set_unit(1);
    return request;
  };
  v1::GetStatementResponse response;
  EXPECT_TRUE(get_statement(backend_, caller(0), by_time(time(1), time(3)), response));
  EXPECT_EQ(refusal(0, by_time(time(0), time(3))).code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(refusal(0, by_time(time(1), TimeMs{time(3).value + 1})).code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(refusal(0, by_height(reading, 12, 13)).code, ErrorCode::kInvalidArgument);
}

TEST_F(AuditQueries, WithoutAnyAccessThereIsTheReadingAlone) {
  access_in_blocks(0);
  const TxId reading = read_whole_log();
  v1::GetStatementResponse response;
  const auto request = by_height(reading, 0, backend_.world.height.value);
  ASSERT_TRUE(get_statement(backend_, caller(0), request, response));
  EXPECT_EQ(response.first_index(), 0U);
  EXPECT_EQ(response.last_index(), 1U);
  EXPECT_FALSE(response.state_proof().empty());
}

TEST_F(AuditQueries, StatementsAreForReadersAndUnknownLooksTheSame) {
  access_in_blocks(2);
  const auto refused = refusal(1, by_height(backend_.read(ward_.patient.patient(), 1), 0, 10));
  EXPECT_EQ(refused.code, ErrorCode::kNotFound);
  auto unknown = by_height(backend_.read(test::test_id<PatientId>(9), 1), 0, 10);
  unknown.set_patient(wire(test::test_id<PatientId>(9)));
  EXPECT_EQ(refusal(1, unknown), refused);
}

TEST_F(AuditQueries, AStatementNeedsARangeAFreshNodeAndACertifiedBlock) {
  advance();
  const TxId reading = read_whole_log();
  EXPECT_EQ(refusal(0, by_height(reading, 0, 5)).code, ErrorCode::kFailedPrecondition);
  access_in_blocks(2);
  EXPECT_EQ(refusal(0, by_height(reading, 5, 5)).code, ErrorCode::kInvalidArgument);
  auto request = by_height(reading, 0, 5);
  request.set_unit(3);
  EXPECT_EQ(refusal(0, request).code, ErrorCode::kInvalidArgument);
  request.set_unit(1);
  request.set_from(~std::uint64_t{0});
  EXPECT_EQ(refusal(0, request).code, ErrorCode::kInvalidArgument);
  backend_.is_fresh = false;
  EXPECT_EQ(refusal(0, by_height(reading, 0, 5)).code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace galen::rpc
