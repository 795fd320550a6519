#include "rpc/ledger_queries.h"

#include "base/limits.h"
#include "ledger/erasure_entries.h"
#include "rpc/proofs.h"
#include "rpc/visibility.h"
#include "rpc/wire.h"
#include "unit/rpc/fake_backend.h"

#include <gtest/gtest.h>

namespace galen::rpc {
namespace {

using ledger::KeyKind;
using ledger::StateKey;
using test::FakeBackend;
using test::Ward;

class LedgerQueries : public ::testing::Test {
 protected:
  [[nodiscard]] Caller caller(std::size_t hospital) const {
    return {backend_.world.hospitals[hospital].id};
  }

  v1::GetTransactionResponse transaction_for(std::size_t hospital, const TxId& id) {
    v1::GetTransactionRequest request;
    request.set_tx_id(wire(id));
    v1::GetTransactionResponse response;
    EXPECT_TRUE(get_transaction(backend_, caller(hospital), request, response));
    return response;
  }

  static bool shows_body(const v1::GetTransactionResponse& response) {
    const auto transaction = ledger::decode_transaction(as_bytes(response.transaction()));
    EXPECT_TRUE(transaction);
    return std::holds_alternative<ledger::OperationBody>(transaction->operations[0]);
  }

  [[nodiscard]] Status proof_of(const StateKey& key, std::size_t hospital) {
    v1::GetProofRequest request;
    request.set_state_key(wire(key.encode()));
    v1::GetProofResponse response;
    return get_proof(backend_, caller(hospital), request, response);
  }

  FakeBackend backend_;
  Ward ward_{backend_.world};
};

TEST_F(LedgerQueries, BodiesAndResultsAreForSubmitterAndCustodianOnly) {
  const auto access = ward_.access();
  const TxId id = backend_.reader.commit(backend_.world.hospitals[1], access, {ward_.sign(access)});
  for (const std::size_t hospital : {1U, 0U}) {  // submitter, custodian
    const auto response = transaction_for(hospital, id);
    EXPECT_TRUE(shows_body(response)) << hospital;
    EXPECT_EQ(response.results_size(), 1) << hospital;
  }
  const auto foreign = transaction_for(2, id);
  EXPECT_FALSE(shows_body(foreign));
  EXPECT_EQ(foreign.results_size(), 0);
  EXPECT_FALSE(foreign.receipt().empty());
  EXPECT_EQ(foreign.transaction().find(wire(ward_.patient.id)), std::string::npos);
}

/// PRIVACY.md 15: a restored node may have what was erased since; it tells when it has caught up.
TEST_F(LedgerQueries, WhatIsOfPatientsWaitsWhileTheNodeCatchesUp) {
  const auto access = ward_.access();
  const TxId id = backend_.reader.commit(backend_.world.hospitals[1], access, {ward_.sign(access)});
  EXPECT_TRUE(shows_body(transaction_for(0, id)));
  const auto prove = [this](const StateKey& key) {
    const Status status = proof_of(key, 0);
    return status ? ErrorCode::kInternal : status.error().code;
  };
  const auto his =
      StateKey::clinical(ward_.patient.patient(), ledger::KeyKind::kPatient, ward_.patient.id);
  EXPECT_NE(prove(his), ErrorCode::kUnavailable);
  backend_.is_catching_up = true;
  v1::GetTransactionRequest transaction;
  transaction.set_tx_id(wire(id));
  v1::GetTransactionResponse nothing;
  const Status refused = get_transaction(backend_, caller(0), transaction, nothing);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(nothing.ByteSizeLong(), 0U);
  EXPECT_EQ(prove(his), ErrorCode::kUnavailable);
  for (const auto root : {ledger::KeyKind::kSubjectRoot, ledger::KeyKind::kAuditRoot}) {
    EXPECT_EQ(prove(StateKey::main(root, ward_.patient.id)), ErrorCode::kUnavailable);
  }
  EXPECT_NE(prove(StateKey::main(ledger::KeyKind::kParameters)), ErrorCode::kUnavailable);
  v1::GetProofRequest holds;
  holds.set_holds_of(wire(ward_.patient.patient()));
  v1::GetProofResponse proof;
  EXPECT_EQ(get_proof(backend_, caller(0), holds, proof).error().code, ErrorCode::kUnavailable);
}

TEST_F(LedgerQueries, UnknownTransactionsAndBlocksAreNotFound) {
  v1::GetTransactionRequest request;
  request.set_tx_id(std::string(32, 'x'));
  v1::GetTransactionResponse response;
  EXPECT_EQ(get_transaction(backend_, caller(0), request, response).error().code,
            ErrorCode::kNotFound);
  request.set_tx_id("short");
  EXPECT_EQ(get_transaction(backend_, caller(0), request, response).error().code,
            ErrorCode::kInvalidArgument);
  v1::GetBlockRequest block;
  block.set_height(~std::uint64_t{0});
  v1::GetBlockResponse answer;
  EXPECT_EQ(get_block(backend_, caller(0), block, answer).error().code, ErrorCode::kNotFound);
}

TEST_F(LedgerQueries, ABlockShowsOnlyItsPermanentParts) {
  const auto access = ward_.access();
  const TxId id = backend_.reader.commit(backend_.world.hospitals[1], access, {ward_.sign(access)});
  v1::GetBlockRequest request;
  request.set_height(1);
  v1::GetBlockResponse response;
  ASSERT_TRUE(get_block(backend_, caller(2), request, response));
  ASSERT_EQ(response.tx_ids_size(), 1);
  EXPECT_EQ(response.tx_ids(0), wire(id));
  EXPECT_EQ(response.SerializeAsString().find(wire(ward_.patient.id)), std::string::npos);
}

TEST_F(LedgerQueries, TheNextNonceFollowsTheHighestUsed) {
  v1::GetNonceRequest request;
  request.set_lane(3);
  v1::GetNonceResponse response;
  ASSERT_TRUE(get_nonce(backend_, caller(0), request, response));
  EXPECT_EQ(response.next_sequence(), 1U);
  request.set_lane(limits::kMaxLanes);
  EXPECT_EQ(get_nonce(backend_, caller(0), request, response).error().code,
            ErrorCode::kInvalidArgument);
}

TEST_F(LedgerQueries, StatusAndDirectoryNameTheMembers) {
  v1::GetStatusResponse status;
  ASSERT_TRUE(get_status(backend_, caller(1), {}, status));
  EXPECT_EQ(status.organisation(), "hospital-1");
  EXPECT_EQ(status.height(), backend_.world.height.value);
  EXPECT_EQ(status.version(), "1.2.3");
  ASSERT_EQ(status.peers_size(), 1);
  EXPECT_EQ(status.peers(0).organisation(), "hospital-2");
  v1::GetDirectoryResponse directory;
  ASSERT_TRUE(get_directory(backend_, caller(1), {}, directory));
  EXPECT_EQ(directory.organisations_size(), 3);
}

TEST_F(LedgerQueries, ProofsOfASubjectAreForWhoAnswersForIt) {
  const auto grant_key =
      StateKey::clinical(ward_.patient.patient(), KeyKind::kGrant, test::test_id<GrantId>(1));
  const auto root_key = StateKey::main(KeyKind::kSubjectRoot, ward_.patient.id);
  const auto own_log = StateKey::audit(
      id_cast<PatientId>(backend_.world.hospitals[1].id), KeyKind::kAccessRange, {});
  const auto unknown =
      StateKey::clinical(test::test_id<PatientId>(77), KeyKind::kPatient, Bytes(32, 1));
  const auto& state = backend_.world.state;
  const auto id = [&](std::size_t hospital) { return backend_.world.hospitals[hospital].id; };
  EXPECT_TRUE(may_prove(state, id(0), grant_key));
  EXPECT_FALSE(may_prove(state, id(1), grant_key));
  EXPECT_TRUE(may_prove(state, id(0), root_key));
  EXPECT_FALSE(may_prove(state, id(1), root_key));
  EXPECT_TRUE(may_prove(state, id(1), own_log));
  EXPECT_FALSE(may_prove(state, id(0), own_log));
  // Entries are read under a reading, which is an entry.
  const auto entry = StateKey::audit(ward_.patient.patient(), KeyKind::kAccess, Bytes(8, 0));
  EXPECT_FALSE(may_prove(state, id(0), entry));
  EXPECT_FALSE(may_prove(state, id(0), unknown));
  EXPECT_TRUE(may_prove(state, id(2), StateKey::main(KeyKind::kParameters)));
  EXPECT_TRUE(may_prove(state, id(2), StateKey::main(KeyKind::kOrganisation, id(0))));

  // Refused and unknown look the same.
  const auto refused = proof_of(grant_key, 1);
  const auto absent = proof_of(unknown, 1);
  ASSERT_FALSE(refused);
  ASSERT_FALSE(absent);
  EXPECT_EQ(refused.error(), absent.error());
  EXPECT_EQ(proof_of(grant_key, 0).error().code, ErrorCode::kFailedPrecondition);  // no block yet
}

TEST_F(LedgerQueries, HoldsAreProvenToThePatientsCustodianAlone) {
  const auto holds_of = [&](std::string_view patient, std::size_t hospital) {
    v1::GetProofRequest request;
    request.set_holds_of(std::string(patient));
    v1::GetProofResponse response;
    return get_proof(backend_, caller(hospital), request, response).error();
  };
  const std::string patient = wire(ward_.patient.id);
  const Error refused = holds_of(patient, 1);
  EXPECT_EQ(refused.code, ErrorCode::kNotFound);
  EXPECT_EQ(refused, holds_of(wire(test::test_id<PatientId>(99)), 1));
  // The custodian gets further: there is no block yet to prove it with.
  EXPECT_EQ(holds_of(patient, 0).code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(holds_of("short", 0).code, ErrorCode::kInvalidArgument);
  // Holds on his audit compartment outlive him.
  ledger::Tombstone stone;
  stone.subject = ledger::subject_path(ward_.patient.patient());
  stone.custodian = backend_.world.hospitals[0].id;
  backend_.world.state.put(ledger::Tombstone::key(stone.subject), stone.encode());
  EXPECT_EQ(holds_of(patient, 0).code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(holds_of(patient, 1), refused);
  // Their key alone shows nobody whose they are.
  EXPECT_EQ(
      proof_of(ledger::HoldsEntry::key(ledger::subject_path(ward_.patient.patient())), 0).error(),
      refused);
}

/// An absence proof shows the key hash of a neighbour; with ids of one's choice that could be
/// anybody's.
TEST_F(LedgerQueries, AbsenceIsProvenOfOrganisationsKeysAlone) {
  const auto& state = backend_.world.state;
  const auto known = backend_.world.hospitals[1].id;
  const auto free = test::test_id<Digest>(66);
  for (const KeyKind kind :
       {KeyKind::kOrganisation, KeyKind::kBallot, KeyKind::kEmergencyQuota, KeyKind::kReceiptKey}) {
    EXPECT_TRUE(may_prove_absence(state, StateKey::main(kind, known)));
    EXPECT_FALSE(may_prove_absence(state, StateKey::main(kind, free)));
  }
  EXPECT_TRUE(may_prove_absence(state, StateKey::main(KeyKind::kValidators)));
  for (const KeyKind kind : {KeyKind::kTombstone,
                             KeyKind::kErasureRequest,
                             KeyKind::kAttestation,
                             KeyKind::kGroup,
                             KeyKind::kJournal}) {
    const StateKey key = StateKey::main(kind, free);
    EXPECT_TRUE(may_prove(state, known, key));
    EXPECT_FALSE(may_prove_absence(state, key));
    EXPECT_EQ(proof_of(key, 1).error().code, ErrorCode::kNotFound);
  }
  // In his own patients' trees the neighbours are his own.
  EXPECT_TRUE(may_prove_absence(
      state,
      StateKey::clinical(ward_.patient.patient(), KeyKind::kGrant, test::test_id<GrantId>(1))));
}

TEST_F(LedgerQueries, AProofRequestNamesOneThing) {
  v1::GetProofResponse response;
  EXPECT_EQ(get_proof(backend_, caller(0), {}, response).error().code, ErrorCode::kInvalidArgument);
  v1::GetProofRequest request;
  request.set_state_key("nonsense");
  EXPECT_EQ(get_proof(backend_, caller(0), request, response).error().code,
            ErrorCode::kInvalidArgument);
}

/// One block of four validators over a small state, certified with real keys.
class CertifiedState : public ::testing::Test {
 protected:
  CertifiedState() {
    for (std::uint32_t i = 0; i < 4; ++i) {
      keys_.push_back(test::test_key(50 + i));
      ledger::GenesisValidator validator;
      validator.consensus_key = keys_.back().public_key();
      validator.tls_key = test::test_key(80 + i).public_key();
      genesis_.validators.push_back(validator);
    }
    genesis_.name = "proofs";
    const Digest s = test::test_id<Digest>(3);
    const execution::StateWrites writes = {
        {present_, {to_bytes("a grant"), s}},
        {StateKey::main(KeyKind::kParameters), {to_bytes("parameters"), Digest{}}}};
    test::MemoryState state;
    const auto commit = execution::commit_writes(state, writes, Height{1});
    state.apply(commit);
    storage::Head head;
    head.header.chain = ledger::chain_id(genesis_);
    head.header.height = Height{1};
    head.header.validators = ledger::validators_hash(ledger::validator_set(genesis_));
    head.header.next_validators = head.header.validators;
    head.header.state_root = commit.state_root;
    head.hash = ledger::block_hash(head.header);
    head.certificate = certify(head.header);
    snapshot_ = std::make_unique<test::FakeSnapshot>(state, head);
    snapshot_->salts[present_] = s;
    snapshot_->salts[StateKey::main(KeyKind::kParameters)] = Digest{};
  }

  [[nodiscard]] ledger::Certificate certify(const ledger::BlockHeader& header) const {
    ledger::Certificate certificate;
    certificate.subject = {
        header.epoch, ledger::VoteType::kCommit, View{}, header.height, ledger::block_hash(header)};
    const Bytes statement = ledger::vote_statement(header.chain, certificate.subject);
    for (std::uint16_t i = 0; i < 3; ++i) {
      certificate.signatures[ValidatorIndex{i}] = keys_[i].sign(statement);
    }
    return certificate;
  }

  [[nodiscard]] Result<ledger::ProvenState> prove(const StateKey& key) const {
    GALEN_TRY(const auto proof, make_state_proof(*snapshot_, key));
    GALEN_TRY(const auto decoded, ledger::decode_state_proof(ledger::encode(proof)));
    return ledger::verify(decoded, genesis_);
  }

  std::vector<crypto::PrivateKey> keys_;
  ledger::Genesis genesis_;
  PatientId subject_ = test::test_id<PatientId>(1);
  StateKey present_ = StateKey::clinical(subject_, KeyKind::kGrant, test::test_id<GrantId>(2));
  std::unique_ptr<test::FakeSnapshot> snapshot_;
};

TEST_F(CertifiedState, AKeyInASubjectsTreeIsProvenPresent) {
  const auto proven = prove(present_);
  ASSERT_TRUE(proven) << proven.error().message;
  EXPECT_TRUE(proven->present);
  EXPECT_EQ(to_string(proven->value), "a grant");
}

TEST_F(CertifiedState, WhatIsErasedUnderItsReaderIsNotFound) {
  snapshot_->salts.erase(present_);
  EXPECT_EQ(make_state_proof(*snapshot_, present_).error().code, ErrorCode::kNotFound);
}

TEST_F(CertifiedState, AKeyBesideItIsProvenAbsent) {
  const auto proven =
      prove(StateKey::clinical(subject_, KeyKind::kGrant, test::test_id<GrantId>(9)));
  ASSERT_TRUE(proven) << proven.error().message;
  EXPECT_FALSE(proven->present);
}

TEST_F(CertifiedState, AnyKeyOfAnAbsentSubjectIsProvenAbsent) {
  const auto proven = prove(
      StateKey::clinical(test::test_id<PatientId>(8), KeyKind::kGrant, test::test_id<GrantId>(9)));
  ASSERT_TRUE(proven) << proven.error().message;
  EXPECT_FALSE(proven->present);
}

TEST_F(CertifiedState, OrganisationalKeysAndSubjectRootsAreProven) {
  const auto parameters = prove(StateKey::main(KeyKind::kParameters));
  ASSERT_TRUE(parameters) << parameters.error().message;
  EXPECT_EQ(to_string(parameters->value), "parameters");
  const auto root = prove(StateKey::main(KeyKind::kSubjectRoot, subject_));
  ASSERT_TRUE(root) << root.error().message;
  EXPECT_TRUE(root->present);
}

TEST_F(CertifiedState, ATransactionIsProvenInItsBlock) {
  test::HealthWorld world;
  world.chain = ledger::chain_id(genesis_);
  test::FakeLedger reader(world);
  storage::StoredBlock block;
  std::vector<Digest> leaves;
  for (int i = 0; i < 5; ++i) {
    const auto id = reader.commit(world.hospitals[0],
                                  world.patient_operation(world.hospitals[0], test::test_key(9)));
    const auto stored = reader.block(reader.places[id].height);
    block.block.transactions.push_back(stored->block.transactions[0]);
    block.receipts.push_back(stored->receipts[0]);
    const auto transaction = ledger::decode_transaction(stored->block.transactions[0]);
    leaves.push_back(ledger::transaction_leaf(transaction->header, transaction->signature));
  }
  block.block.header = snapshot_->head().header;
  block.block.header.transactions_root = ledger::transactions_root(leaves);
  block.block.header.receipts_root = ledger::receipts_root(block.receipts);
  block.certificate = certify(block.block.header);
  for (std::uint32_t i = 0; i < 5; ++i) {
    const auto proof = make_transaction_proof(block, i, world.chain);
    ASSERT_TRUE(proof);
    const auto verified = ledger::verify(*proof, genesis_);
    EXPECT_TRUE(verified) << verified.error().message;
    EXPECT_EQ(proof->receipt, block.receipts[i]);
  }
}

}  // namespace
}  // namespace galen::rpc
