// The client against a node of another organisation that says whatever it likes: its own node is
// down, so every answer comes from there. Real TLS and gRPC on loopback.
#include "base/hex.h"
#include "client/consent.h"
#include "client/grant_history.h"
#include "client/proofs.h"
#include "client/queries.h"
#include "client/record_versions.h"
#include "client/records.h"
#include "foreign_nodes.h"
#include "galen/v1/galen.grpc.pb.h"
#include "ledger/erasure_entries.h"
#include "ledger/proof.h"
#include "modules/consent/grants.h"
#include "support/statement_sample.h"

#include <gtest/gtest.h>

#include <functional>

namespace galen::client {
namespace {

using support::numbered_key;

std::string wire(BytesView bytes) {
  return std::string(as_text(bytes));
}

const PatientId kPatient = support::filled_id<PatientId>(7);

records::RecordEntry index_entry(std::uint8_t record) {
  records::RecordEntry entry;
  entry.record.record = support::filled_id<RecordId>(record);
  entry.record.patient = kPatient;
  entry.record.mime_type = "text/plain";
  entry.record.payload = support::filled_id<PayloadAddress>(record);
  entry.custodian = support::filled_id<AccountId>(9);
  return entry;
}

/// What a node did with a transaction: a block of its own, certified, that holds it alone.
struct Commit {
  ledger::TransactionProof proof;
  std::vector<ledger::OperationResult> results;
};

Commit commit(const ledger::Transaction& transaction, const ledger::Genesis& genesis) {
  Commit made;
  std::vector<Digest> commitments;
  for (const auto& slot : transaction.operations) {
    made.results.push_back({ledger::ResultCode::kOk, Bytes{1, 2}});
    const auto& body = std::get<ledger::OperationBody>(slot);
    commitments.push_back(ledger::result_commitment(body.salt, made.results.back()));
  }
  ledger::TransactionProof& proof = made.proof;
  proof.transaction = transaction.header;
  proof.signature = transaction.signature;
  proof.count = 1;
  proof.receipt = {
      ledger::transaction_id(transaction.header), true, ledger::results_root(commitments)};
  proof.header.chain = ledger::chain_id(genesis);
  proof.header.height = Height{7};
  proof.header.time = TimeMs{1'700'000'100'000};
  proof.header.validators = ledger::validators_hash(ledger::validator_set(genesis));
  proof.header.next_validators = proof.header.validators;
  proof.header.transactions_root = ledger::transactions_root(
      {ledger::transaction_leaf(transaction.header, transaction.signature)});
  proof.header.receipts_root = ledger::receipts_root({proof.receipt});
  proof.certificate = support::certificate_of(proof.header);
  return made;
}

/// Honest but for what `bend_*` changes.
class FakeLedgerService final : public v1::Ledger::Service {
 public:
  explicit FakeLedgerService(const ledger::Genesis& genesis) : genesis_(genesis) {}

  grpc::Status GetNonce(grpc::ServerContext*,
                        const v1::GetNonceRequest*,
                        v1::GetNonceResponse* response) override {
    response->set_next_sequence(1);
    return grpc::Status::OK;
  }

  grpc::Status Submit(grpc::ServerContext*,
                      const v1::SubmitRequest* request,
                      v1::SubmitResponse* response) override {
    const auto transaction = ledger::decode_transaction(as_bytes(request->transaction()));
    if (!transaction) return {grpc::StatusCode::INVALID_ARGUMENT, "transaction"};
    commit_ = commit(*transaction, genesis_);
    if (bend_commit) bend_commit(commit_);
    response->set_tx_id(wire(ledger::transaction_id(transaction->header)));
    response->set_committed(true);
    response->set_height(commit_.proof.header.height.value);
    response->set_block_hash(wire(ledger::block_hash(commit_.proof.header)));
    response->set_receipt(wire(ledger::encode(commit_.proof.receipt)));
    for (const auto& result : commit_.results) {
      v1::OperationResult* item = response->add_results();
      item->set_code(static_cast<std::uint32_t>(result.code));
      item->set_detail(wire(result.detail));
    }
    return grpc::Status::OK;
  }

  grpc::Status GetTransaction(grpc::ServerContext*,
                              const v1::GetTransactionRequest*,
                              v1::GetTransactionResponse* response) override {
    response->set_transaction(wire(shown));
    response->set_receipt(wire(ledger::encode(commit_.proof.receipt)));
    response->set_height(99);
    response->set_time_ms(99);
    for (const auto& result : commit_.results) {
      v1::OperationResult* item = response->add_results();
      item->set_code(static_cast<std::uint32_t>(result.code));
      item->set_detail(wire(result.detail));
    }
    return grpc::Status::OK;
  }

  void show(const ledger::Transaction& transaction) {
    commit_ = commit(transaction, genesis_);
    shown = ledger::encode(transaction);
  }

  Commit& commit_of_shown() { return commit_; }

  grpc::Status GetProof(grpc::ServerContext*,
                        const v1::GetProofRequest* request,
                        v1::GetProofResponse* response) override {
    signed_for.push_back(request->authorisation().empty() ? "" : request->request());
    if (hide_proof) return {grpc::StatusCode::NOT_FOUND, "not found"};
    if (!state_proofs.empty()) {
      const Bytes next = state_proofs.front();
      state_proofs.erase(state_proofs.begin());
      if (next.empty()) return {grpc::StatusCode::NOT_FOUND, "not found"};
      response->set_proof(wire(next));
      response->set_kind(1);
      return grpc::Status::OK;
    }
    if (!state_proof.empty()) {
      response->set_proof(wire(state_proof));
      response->set_kind(1);
      return grpc::Status::OK;
    }
    Bytes bytes = ledger::encode(commit_.proof);
    response->set_proof(wire(bytes));
    response->set_kind(2);
    return grpc::Status::OK;
  }

  std::function<void(Commit&)> bend_commit;
  bool hide_proof = false;
  Bytes state_proof;  ///< instead of the commit's, when there is one
  /// Of the next questions, one each, before that; an empty one: not found.
  std::vector<Bytes> state_proofs;
  std::vector<std::string> signed_for;  ///< of each proof asked for; empty: nobody signed
  Bytes shown;                          ///< what GetTransaction tells

 private:
  const ledger::Genesis& genesis_;
  Commit commit_;
};

class FakeRecordsService final : public v1::Records::Service {
 public:
  grpc::Status ListRecords(grpc::ServerContext*,
                           const v1::ListRecordsRequest* request,
                           v1::ListRecordsResponse* response) override {
    asked_for_proofs = request->with_proofs();
    for (const auto& entry : entries) response->add_entries(wire(entry));
    for (const auto& proof : proofs) response->add_proofs(wire(proof));
    return grpc::Status::OK;
  }

  std::vector<Bytes> entries;
  std::vector<Bytes> proofs;
  bool asked_for_proofs = false;
};

class FakeConsentService final : public v1::Consent::Service {
 public:
  grpc::Status ListGrants(grpc::ServerContext*,
                          const v1::ListGrantsRequest* request,
                          v1::ListGrantsResponse* response) override {
    asked_for_proofs = request->with_proofs();
    asked_by_patient = !request->authorisation().empty();
    v1::GrantItem* item = response->add_grants();
    item->set_grant_id(wire(grant));
    item->set_entry(wire(entry));
    for (const auto& proof : proofs) response->add_proofs(wire(proof));
    return grpc::Status::OK;
  }

  GrantId grant = support::filled_id<GrantId>(3);
  Bytes entry;
  std::vector<Bytes> proofs;
  bool asked_for_proofs = false;
  bool asked_by_patient = false;
};

/// The node of hospital-2 is fake.
class LyingNodeTest : public ForeignNodesTest {
 protected:
  LyingNodeTest() : ledger_(genesis_) {
    start_node(2, {&ledger_, &records_, &consent_});
    open();
  }

  Result<Receipted> transact() {
    ledger::RevokeAccess revoke;
    revoke.patient = kPatient;
    return session_->transact({{revoke, {}}});
  }

  Result<FoundRecords> list(std::uint64_t at_height = 0) {
    RecordQuery query;
    query.patient = kPatient;
    query.at_height = at_height;
    return find_records(*session_, kPatient, query);
  }

  void serve(const records::RecordEntry& entry) {
    const Bytes bytes = entry.encode();
    const auto key = records::RecordEntry::key(kPatient, entry.record.record);
    records_.entries = {bytes};
    records_.proofs = {ledger::encode(support::prove_single_leaf(genesis_, key, bytes, key))};
  }

  /// A grant of these purposes, proven as it stands.
  void serve_grant(const std::string& purpose) {
    consent::GrantEntry entry;
    entry.terms.patient = kPatient;
    entry.terms.grantee = {ledger::GranteeKind::kOrganisation, support::filled_id<AccountId>(9)};
    entry.terms.purposes = {purpose};
    entry.terms.valid_to = TimeMs{kMaxCounter};
    serve_grant(entry);
  }

  void serve_grant(const consent::GrantEntry& entry) {
    consent_.entry = entry.encode();
    const auto key = consent::GrantEntry::key(kPatient, consent_.grant);
    consent_.proofs = {
        ledger::encode(support::prove_single_leaf(genesis_, key, consent_.entry, key))};
  }

  Result<std::vector<GrantView>> grants(const std::string& at = "") {
    ListGrantsOptions options;
    options.patient = to_hex(kPatient);
    if (!at.empty()) options.at = std::stoull(at);
    return list_grants(*session_, options);
  }

  /// The custodian's own list.
  Result<std::vector<RecordView>> index(bool with_proofs) {
    ListOptions options;
    options.patient = to_hex(kPatient);
    options.as_custodian = true;
    options.with_proofs = with_proofs;
    return list_records(*session_, options);
  }

  /// What the genesis file alone makes of a proof; kCorrupt with a byte changed.
  void expect_proof(const Bytes& proof) {
    EXPECT_TRUE(verify_proof_bytes(proof, genesis_));
    Bytes changed = proof;
    changed[changed.size() / 2] ^= 1U;
    EXPECT_EQ(verify_proof_bytes(changed, genesis_).error().code, ErrorCode::kCorrupt);
  }

  FakeLedgerService ledger_;
  FakeRecordsService records_;
  FakeRecordsService own_records_;
  FakeConsentService consent_;
};

TEST_F(LyingNodeTest, AProvenCommitIsBelieved) {
  const auto receipted = transact();
  ASSERT_TRUE(receipted) << receipted.error().message;
  EXPECT_TRUE(receipted->ok);
  EXPECT_EQ(receipted->height, Height{7});
  ASSERT_EQ(receipted->results.size(), 1U);
  EXPECT_EQ(receipted->results.front().detail, (Bytes{1, 2}));
}

TEST_F(LyingNodeTest, ACommitWithoutProofIsRefused) {
  ledger_.hide_proof = true;
  expect_caught(transact(), "no proof");
}

TEST_F(LyingNodeTest, ResultsTheBlockDoesNotCommitToAreRefused) {
  ledger_.bend_commit = [](Commit& made) { made.results[0].detail = {1, 3}; };
  expect_caught(transact(), "results");
  ledger_.bend_commit = [](Commit& made) { made.results.clear(); };
  expect_caught(transact(), "results");
}

TEST_F(LyingNodeTest, ARejectedTransactionCannotBeMadeAnAcceptedOne) {
  // The receipt in the proof counts, and it does not lead to the root any more.
  ledger_.bend_commit = [](Commit& made) { made.proof.receipt.ok = false; };
  expect_caught(transact(), "receipt");
}

TEST_F(LyingNodeTest, ABlockNobodyCertifiedIsRefused) {
  ledger_.bend_commit = [](Commit& made) {
    for (auto& [member, signature] : made.proof.certificate.signatures) {
      signature = numbered_key(1, 1).sign(Bytes{1});
    }
  };
  expect_caught(transact(), "commit");
  ledger_.bend_commit = [](Commit& made) {
    made.proof.certificate.signatures.erase(ValidatorIndex{0});
  };
  expect_caught(transact(), "commit");
}

TEST_F(LyingNodeTest, AnotherTransactionsProofIsRefused) {
  ledger_.bend_commit = [this](Commit& made) {
    ledger::RevokeAccess other;
    other.patient = support::filled_id<PatientId>(8);
    made.proof = commit(session_->sign({{other, {}}}, {5, 1}), genesis_).proof;
  };
  expect_caught(transact(), "another transaction");
}

TEST_F(LyingNodeTest, AProvenIndexEntryIsBelieved) {
  serve(index_entry(1));
  const auto found = list();
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_TRUE(records_.asked_for_proofs);
  EXPECT_FALSE(found->from_own_node);
  ASSERT_EQ(found->entries.size(), 1U);
  EXPECT_EQ(found->entries.front().record.payload, support::filled_id<PayloadAddress>(1));
}

TEST_F(LyingNodeTest, TheProofsOfAListAreKeptWhoeverAnswers) {
  serve(index_entry(1));
  const auto bare = index(false);
  ASSERT_TRUE(bare) << bare.error().message;
  EXPECT_TRUE(bare->front().proof.empty());
  const auto listed = index(true);
  ASSERT_TRUE(listed) << listed.error().message;
  EXPECT_EQ(listed->front().proof, records_.proofs.front());
  expect_proof(listed->front().proof);

  own_records_.entries = records_.entries;
  own_records_.proofs = records_.proofs;
  start_node(1, {&own_records_});
  open_own_node();
  ASSERT_TRUE(index(false));
  EXPECT_FALSE(own_records_.asked_for_proofs);
  const auto own = index(true);
  ASSERT_TRUE(own) << own.error().message;
  EXPECT_TRUE(own_records_.asked_for_proofs);
  EXPECT_EQ(own->front().proof, records_.proofs.front());
  own_records_.proofs.front()[40] ^= 1U;
  const auto wrong = index(true);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::kCorrupt) << "though it is the own node";
}

TEST_F(LyingNodeTest, OfThePastNoProofIsAskedFor) {
  ListOptions of_records;
  of_records.patient = to_hex(kPatient);
  of_records.as_custodian = of_records.with_proofs = true;
  of_records.at = 1;
  EXPECT_EQ(list_records(*session_, of_records).error().code, ErrorCode::kInvalidArgument);
  ListGrantsOptions of_grants;
  of_grants.patient = to_hex(kPatient);
  of_grants.with_proofs = true;
  of_grants.at = 1;
  EXPECT_EQ(list_grants(*session_, of_grants).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(LyingNodeTest, AProvenListNeedsNoOwnNodeButAnOldOneDoes) {
  open_without_own_node();
  serve(index_entry(1));
  const auto found = list();
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->entries.size(), 1U);
  records_.asked_for_proofs = false;
  const auto old = list(1);
  ASSERT_FALSE(old);
  EXPECT_NE(old.error().message.find("no node of hospital-1"), std::string::npos)
      << old.error().message;
  open();
  const auto unreachable = list(1);
  ASSERT_FALSE(unreachable);
  EXPECT_EQ(unreachable.error().code, ErrorCode::kUnavailable);
  EXPECT_FALSE(records_.asked_for_proofs) << "another hospital's node was asked";
}

TEST_F(LyingNodeTest, AProvenGrantIsBelievedAndNothingElse) {
  serve_grant("TREAT");
  const auto found = grants();
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_TRUE(consent_.asked_for_proofs);
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().purposes, std::vector<std::string>{"TREAT"});
  EXPECT_TRUE(found->front().proof.empty());
  ListGrantsOptions options;
  options.patient = to_hex(kPatient);
  options.with_proofs = true;
  const auto kept = list_grants(*session_, options);
  ASSERT_TRUE(kept) << kept.error().message;
  expect_proof(kept->front().proof);
  const Bytes good = consent_.entry;
  const auto proofs = consent_.proofs;
  serve_grant("HRESCH");
  consent_.proofs = proofs;
  expect_caught(grants(), "not what the proof shows");
  consent_.entry = good;
  consent_.grant = support::filled_id<GrantId>(4);
  expect_caught(grants(), "another key");
  consent_.grant = support::filled_id<GrantId>(3);
  consent_.proofs.clear();
  expect_caught(grants(), "does not prove");
}

TEST_F(LyingNodeTest, TheSuccessorOfASupersededGrantIsNotHidden) {
  const auto history = [&] {
    return grant_history(*session_, {to_hex(consent_.grant), to_hex(kPatient), ""});
  };
  serve_grant("TREAT");
  ledger_.state_proof = consent_.proofs.front();
  const auto active = history();
  ASSERT_TRUE(active) << active.error().message;
  EXPECT_EQ(active->size(), 1U);
  auto entry = *consent::GrantEntry::decode(consent_.entry);
  entry.status = policy::GrantStatus::kSuperseded;
  entry.ended_at = TimeMs{5};
  serve_grant(entry);
  ledger_.state_proof = consent_.proofs.front();
  const auto cut = history();
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, ErrorCode::kCorrupt) << cut.error().message;
}

/// A patient signs for every proof; what is not shown to him he cannot be told is not there.
TEST_F(LyingNodeTest, APatientFollowsHisOwnGrantThroughAnotherMember) {
  Person self;
  self.id = id_cast<AccountId>(kPatient);
  self.signing_key = numbered_key(8, 1);
  ASSERT_TRUE(session_->people().add(self));
  serve_grant("TREAT");
  auto entry = *consent::GrantEntry::decode(consent_.entry);
  entry.status = policy::GrantStatus::kRevoked;
  entry.ended_at = TimeMs{5};
  serve_grant(entry);
  const consent::RevocationEntry ended{
      entry.grantor, ledger::RevocationReason::kWithdrawn, TimeMs{5}, Height{6}};
  const auto key = consent::RevocationEntry::key(kPatient, consent_.grant, entry.grantor);
  const auto history = [&](const Bytes& revocation) {
    ledger_.state_proofs = {consent_.proofs.front(), revocation, revocation};
    ledger_.signed_for.clear();
    GrantHistoryOptions options;
    options.grant = to_hex(consent_.grant);
    options.patient = options.as = to_hex(kPatient);
    return grant_history(*session_, options);
  };
  const auto told =
      history(ledger::encode(support::prove_single_leaf(genesis_, key, ended.encode(), key)));
  ASSERT_TRUE(told) << told.error().message;
  ASSERT_TRUE(told->front().revoked);
  EXPECT_EQ(told->front().revoked->reason, "withdrawn");
  EXPECT_TRUE(consent_.asked_by_patient);
  ASSERT_EQ(ledger_.signed_for.size(), 2U);
  EXPECT_FALSE(ledger_.signed_for[0].empty());
  EXPECT_FALSE(ledger_.signed_for[1].empty());
  EXPECT_NE(ledger_.signed_for[0], ledger_.signed_for[1]) << "one signature, one key";
  const auto hidden = history({});
  ASSERT_FALSE(hidden);
  EXPECT_EQ(hidden.error().code, ErrorCode::kUnavailable) << hidden.error().message;
}

TEST_F(LyingNodeTest, ATransactionIsWhatItsProofShows) {
  ledger::RevokeAccess revoke;
  revoke.patient = kPatient;
  const auto transaction = session_->sign({{revoke, {}}}, {5, 1});
  const std::string id = to_hex(ledger::transaction_id(transaction.header));
  ledger_.show(transaction);
  const auto told = get_transaction(*session_, id);
  ASSERT_TRUE(told) << told.error().message;
  EXPECT_EQ(told->height, 7U) << "the node says 99";
  EXPECT_EQ(told->time_ms, 1'700'000'100'000U);
  EXPECT_EQ(told->operations.front().result, "ok");
  ledger_.commit_of_shown().results[0].code = ledger::ResultCode::kErased;
  EXPECT_EQ(get_transaction(*session_, id).error().code, ErrorCode::kCorrupt);
  ledger_.show(session_->sign({{revoke, {}}}, {5, 2}));
  EXPECT_EQ(get_transaction(*session_, id).error().code, ErrorCode::kCorrupt);
}

/// A certified state may be older than what names the record that is missing in it.
TEST_F(LyingNodeTest, AbsenceInAnOlderStateIsNoErasure) {
  auto first = index_entry(1);
  const auto successor = support::filled_id<RecordId>(8);
  first.status = ledger::RecordStatus::kSuperseded;
  first.succeeded = records::RecordSuccession{successor, TimeMs{5}, Height{6}};
  const auto key = records::RecordEntry::key(kPatient, first.record.record);
  const auto next = records::RecordEntry::key(kPatient, successor);
  const auto stone = ledger::Tombstone::key(ledger::record_path(successor));
  const auto proven =
      [&](const ledger::StateKey& stored, const Bytes& value, const ledger::StateKey& asked) {
        return ledger::encode(support::prove_single_leaf(genesis_, stored, value, asked));
      };
  const auto history = [&](const Bytes& tombstone) {
    ledger_.state_proofs = {
        proven(key, first.encode(), key), proven(key, first.encode(), next), tombstone};
    return record_history(*session_, {to_hex(first.record.record), to_hex(kPatient)});
  };
  const auto hidden = history({});  // no node proves that a tombstone is absent
  ASSERT_FALSE(hidden);
  EXPECT_EQ(hidden.error().code, ErrorCode::kCorrupt) << hidden.error().message;
  const auto erased = history(
      ledger::encode(support::prove_main_leaf(genesis_, stone, ledger::Tombstone{}.encode())));
  ASSERT_TRUE(erased) << erased.error().message;
  ASSERT_EQ(erased->size(), 2U);
  EXPECT_EQ(erased->back().status, "erased");
}

TEST_F(LyingNodeTest, AChangedIndexEntryIsRefused) {
  serve(index_entry(1));
  auto changed = index_entry(1);
  changed.record.payload = support::filled_id<PayloadAddress>(2);  // where the reader would look
  records_.entries = {changed.encode()};
  expect_caught(list(), "not what the proof shows");
}

TEST_F(LyingNodeTest, AnIndexEntryNeedsItsOwnProof) {
  serve(index_entry(1));
  const auto proofs = records_.proofs;
  records_.proofs.clear();
  expect_caught(list(), "does not prove");
  serve(index_entry(2));
  records_.proofs = proofs;
  expect_caught(list(), "another key");
}

TEST_F(LyingNodeTest, AnIndexEntryInAnUncertifiedStateIsRefused) {
  serve(index_entry(1));
  auto proof = *ledger::decode_state_proof(records_.proofs.front());
  proof.header.height = Height{8};
  proof.certificate.subject.height = Height{8};
  proof.certificate.subject.block = ledger::block_hash(proof.header);
  records_.proofs = {ledger::encode(proof)};
  expect_caught(list(), "index entry");
}

TEST_F(LyingNodeTest, EveryFlippedByteOfAProofIsRefused) {
  serve(index_entry(1));
  const Bytes good = records_.proofs.front();
  for (std::size_t i = 0; i < good.size(); i += 37) {
    records_.proofs = {good};
    records_.proofs.front()[i] ^= 1U;
    expect_caught(list(), "index entry");
  }
}

}  // namespace
}  // namespace galen::client
