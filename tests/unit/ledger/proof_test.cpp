#include "ledger/proof.h"

#include "crypto/digest.h"
#include "crypto/merkle.h"
#include "samples.h"
#include "sparse_tree.h"

#include <gtest/gtest.h>

#include <functional>

namespace galen::ledger {
namespace {

using samples::Dice;
using samples::pattern;
using samples::SparseTree;

const Genesis& genesis() {
  static const Genesis shared = samples::valid_genesis(4);
  return shared;
}

const PatientId kPatient = pattern<PatientId>(1);
const PatientId kOtherPatient = pattern<PatientId>(2);

StateKey grant_key(std::uint8_t number) {
  return StateKey::clinical(kPatient, KeyKind::kGrant, pattern<GrantId>(number));
}

Digest salt_of(const StateKey& key) {
  return leaf_salt(pattern<Random32>(9), key.hash());
}

/// A state with a few organisational keys and one patient with two grants.
struct State {
  State() {
    for (std::uint8_t i = 3; i < 5; ++i) {
      subtree.put(grant_key(i), Bytes{i}, salt_of(grant_key(i)), Height{i});
    }
    main.put(StateKey::main(KeyKind::kParameters), to_bytes("parameters"), Digest{}, Height{0});
    main.put(StateKey::main(KeyKind::kValidators), to_bytes("validators"), Digest{}, Height{0});
    main.put(StateKey::main(KeyKind::kSubjectRoot, kPatient), subtree.root(), Digest{}, Height{4});
  }

  SparseTree subtree;
  SparseTree main;
};

void certify(BlockHeader& header, Certificate& certificate) {
  header.validators = validators_hash(validator_set(genesis()));
  header.next_validators = header.validators;
  certificate.subject =
      VoteSubject{Epoch{0}, VoteType::kCommit, View{2}, header.height, block_hash(header)};
  certificate.signatures.clear();
  for (const std::uint16_t i : std::initializer_list<std::uint16_t>{0, 1, 3}) {
    certificate.signatures[ValidatorIndex{i}] =
        samples::consensus_key(genesis(), i)
            .sign(vote_statement(header.chain, certificate.subject));
  }
}

BlockHeader header() {
  BlockHeader header = samples::block_header();
  header.chain = chain_id(genesis());
  return header;
}

StateProof prove(const State& state, const StateKey& key) {
  StateProof proof;
  proof.header = header();
  proof.header.state_root = state.main.root();
  proof.key = key;
  if (key.tree.kind == TreeKind::kMain) {
    proof.main_path = state.main.path(key.hash());
  } else {
    const auto kind =
        key.tree.kind == TreeKind::kAudit ? KeyKind::kAuditRoot : KeyKind::kSubjectRoot;
    const Digest root_key = StateKey::main(kind, key.tree.subject).hash();
    proof.main_path = state.main.path(root_key);
    if (proof.main_path.shows_presence(root_key)) {
      proof.subtree_root = state.subtree.root();
      proof.subtree_path = state.subtree.path(key.hash());
    }
  }
  certify(proof.header, proof.certificate);
  return proof;
}

StateProof grant_proof() {
  StateProof proof = prove(State(), grant_key(3));
  proof.opening = ValueOpening{salt_of(proof.key), Bytes{3}};
  return proof;
}

StateProof parameters_proof() {
  StateProof proof = prove(State(), StateKey::main(KeyKind::kParameters));
  proof.opening = ValueOpening{Digest{}, to_bytes("parameters")};
  return proof;
}

StateProof absent_proof() {
  return prove(State(), grant_key(7));
}

/// Transactions in a block, each with its receipt; a proof of the third.
TransactionProof transaction_proof() {
  std::vector<Digest> leaves;
  std::vector<Receipt> receipts;
  TransactionProof proof;
  for (std::uint64_t i = 1; i <= 5; ++i) {
    TransactionHeader tx = samples::transaction().header;
    tx.chain = chain_id(genesis());
    tx.nonce.sequence = i;
    leaves.push_back(transaction_leaf(tx, samples::fixed_signature(3)));
    receipts.push_back(Receipt{transaction_id(tx), i != 2, pattern<Digest>(1)});
    if (i != 3) continue;
    proof.transaction = tx;
    proof.signature = samples::fixed_signature(3);
    proof.receipt = receipts.back();
  }
  proof.index = 2;
  proof.count = 5;
  std::vector<Digest> transaction_leaves;
  std::vector<Digest> receipt_leaves;
  for (const Digest& leaf : leaves) transaction_leaves.push_back(crypto::merkle_leaf(leaf));
  for (const Receipt& receipt : receipts) receipt_leaves.push_back(receipt_leaf(receipt));
  proof.transaction_path = crypto::merkle_path(transaction_leaves, proof.index);
  proof.receipt_path = crypto::merkle_path(receipt_leaves, proof.index);
  proof.header = header();
  proof.header.transactions_root = transactions_root(leaves);
  proof.header.receipts_root = receipts_root(receipts);
  certify(proof.header, proof.certificate);
  return proof;
}

template <class Proof>
std::string failure(const Proof& proof) {
  const auto result = verify(proof, genesis());
  return result ? "" : result.error().message;
}

template <class Proof>
struct Breach {
  const char* message;
  std::function<void(Proof&)> commit;
};

template <class Proof>
void expect_refused(const Breach<Proof>& breach, Proof proof) {
  ASSERT_EQ(failure(proof), "");
  breach.commit(proof);
  EXPECT_NE(failure(proof).find(breach.message), std::string::npos)
      << breach.message << " / " << failure(proof);
}

/// The proof's bytes with a checksum that fits again.
Bytes repaired(Bytes bytes) {
  const BytesView content = BytesView(bytes).first(bytes.size() - Digest::kSize);
  const Digest checksum = crypto::tagged("proof", content);
  std::copy(checksum.value.begin(), checksum.value.end(), bytes.end() - Digest::kSize);
  return bytes;
}

bool accepted_state(BytesView bytes) {
  const auto proof = decode_state_proof(bytes);
  return proof && verify(*proof, genesis());
}

bool accepted_transaction(BytesView bytes) {
  const auto proof = decode_transaction_proof(bytes);
  return proof && verify(*proof, genesis());
}

TEST(StateProof, ShowsAValueInASubjectsTree) {
  const auto state = verify(grant_proof(), genesis());
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_TRUE(state->present);
  EXPECT_EQ(state->value, Bytes{3});
  EXPECT_EQ(state->written, Height{3});
  EXPECT_EQ(state->height, Height{12});
  EXPECT_EQ(state->time, samples::block_header().time);
}

TEST(StateProof, ShowsAValueInTheMainTree) {
  const auto state = verify(parameters_proof(), genesis());
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_EQ(state->value, to_bytes("parameters"));
  EXPECT_EQ(state->written, Height{0});
}

TEST(StateProof, ShowsAbsence) {
  const State state;
  const StateKey keys[] = {
      grant_key(7),
      StateKey::clinical(kOtherPatient, KeyKind::kGrant, pattern<GrantId>(3)),
      StateKey::audit(kPatient, KeyKind::kAccessRange, {}),
      StateKey::main(KeyKind::kTombstone, kPatient),
  };
  for (const StateKey& key : keys) {
    const auto proven = verify(prove(state, key), genesis());
    ASSERT_TRUE(proven) << proven.error().message;
    EXPECT_FALSE(proven->present);
    EXPECT_FALSE(proven->written);
  }
}

TEST(StateProof, RefusesBrokenParts) {
  using P = StateProof;
  const std::vector<Breach<P>> breaches = {
      {"another chain", [](P& p) { p.header.chain = ChainId{}; }},
      {"validators", [](P& p) { p.header.epoch = Epoch{1}; }},
      {"validators", [](P& p) { p.header.validators = Digest{}; }},
      {"not about this block", [](P& p) { p.header.state_root = Digest{}; }},
      {"not about this block", [](P& p) { p.certificate.subject.type = VoteType::kPrepare; }},
      {"not about this block", [](P& p) { p.certificate.subject.height = Height{1}; }},
      {"not about this block", [](P& p) { p.certificate.subject.epoch = Epoch{1}; }},
      {"not valid", [](P& p) { p.certificate.subject.view = View{3}; }},
      {"2 votes where 3", [](P& p) { p.certificate.signatures.erase(ValidatorIndex{0}); }},
      {"state root", [](P& p) { p.main_path.siblings.back() = Digest{}; }},
      {"tree is missing", [](P& p) { p.subtree_root.reset(); }},
      {"tree is missing", [](P& p) { p.subtree_path.reset(); }},
      {"does not open its leaf", [](P& p) { p.subtree_root = Digest{}; }},
      {"subject's tree", [](P& p) { p.subtree_path->leaf->height = Height{4}; }},
      {"value of a present key is missing", [](P& p) { p.opening.reset(); }},
      {"does not open the commitment", [](P& p) { p.opening->value.push_back(0); }},
      {"does not open the commitment", [](P& p) { p.opening->s = Digest{}; }},
      {"", [](P& p) { p.key = grant_key(4); }},
  };
  for (const auto& breach : breaches) expect_refused(breach, grant_proof());
}

TEST(StateProof, RefusesPartsThatNothingNeeds) {
  using P = StateProof;
  const ValueOpening opening{Digest{}, {}};
  expect_refused<P>({"for an absent key", [&](P& p) { p.opening = opening; }}, absent_proof());
  expect_refused<P>({"for another key", [](P& p) { p.subtree_root = Digest{}; }},
                    parameters_proof());
  expect_refused<P>({"for another key", [](P& p) { p.subtree_path = TreePath{}; }},
                    parameters_proof());
  const StateProof unknown =
      prove(State(), StateKey::clinical(kOtherPatient, KeyKind::kGrant, pattern<GrantId>(3)));
  expect_refused<P>({"subject that is absent", [](P& p) { p.subtree_root = Digest{}; }}, unknown);
  expect_refused<P>({"subject that is absent", [](P& p) { p.subtree_path = TreePath{}; }}, unknown);
  expect_refused<P>({"subject that is absent", [&](P& p) { p.opening = opening; }}, unknown);
}

TEST(StateProof, DoesNotShowAbsenceOfAPresentKey) {
  StateProof proof = grant_proof();
  proof.opening.reset();
  proof.subtree_path->leaf.reset();
  EXPECT_NE(failure(proof), "");
  proof = absent_proof();
  proof.key = grant_key(3);
  EXPECT_NE(failure(proof), "");
}

TEST(StateProof, RefusesAnyOneByteChanged) {
  for (const StateProof& proof : {grant_proof(), parameters_proof(), absent_proof()}) {
    const Bytes bytes = encode(proof);
    ASSERT_TRUE(accepted_state(bytes));
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      Bytes other = bytes;
      for (unsigned change = 1; change < 256; ++change) {
        other[i] = static_cast<std::uint8_t>(bytes[i] ^ change);
        ASSERT_FALSE(accepted_state(other)) << i << " ^ " << change;
      }
    }
    EXPECT_FALSE(accepted_state(BytesView(bytes).first(bytes.size() - 1)));
    EXPECT_FALSE(accepted_state({}));
  }
}

TEST(StateProof, OfPresenceRefusesChangesEvenWithARepairedChecksum) {
  for (const StateProof& proof : {grant_proof(), parameters_proof()}) {
    const Bytes bytes = encode(proof);
    for (std::size_t i = 0; i + Digest::kSize < bytes.size(); ++i) {
      for (const unsigned change : {0x01U, 0x80U}) {
        Bytes other = bytes;
        other[i] = static_cast<std::uint8_t>(bytes[i] ^ change);
        ASSERT_FALSE(accepted_state(repaired(other))) << i;
      }
    }
  }
}

TEST(TransactionProof, ShowsATransactionAndItsReceipt) {
  const TransactionProof proof = transaction_proof();
  EXPECT_EQ(failure(proof), "");
  EXPECT_EQ(*decode_transaction_proof(encode(proof)), proof);
}

TEST(TransactionProof, RefusesBrokenParts) {
  using P = TransactionProof;
  const std::vector<Breach<P>> breaches = {
      {"another chain", [](P& p) { p.header.chain = ChainId{}; }},
      {"another chain", [](P& p) { p.transaction.chain = ChainId{}; }},
      {"not about this block", [](P& p) { p.header.receipts_root = Digest{}; }},
      {"transactions root", [](P& p) { p.transaction.nonce.sequence = 4; }},
      {"transactions root", [](P& p) { p.signature = samples::fixed_signature(4); }},
      {"transactions root", [](P& p) { p.transaction_path.pop_back(); }},
      {"transactions root", [](P& p) { p.index = 3; }},
      {"transactions root", [](P& p) { p.count += 1; }},  // the paths alone would still fit
      {"another transaction", [](P& p) { p.receipt.transaction = TxId{}; }},
      {"receipts root", [](P& p) { p.receipt.ok = false; }},
      {"receipts root", [](P& p) { p.receipt.results_root = Digest{}; }},
      {"receipts root", [](P& p) { p.receipt_path.clear(); }},
  };
  for (const auto& breach : breaches) expect_refused(breach, transaction_proof());
}

TEST(TransactionProof, RefusesAPlaceOutsideTheBlock) {
  TransactionProof proof = transaction_proof();
  proof.index = proof.count;
  EXPECT_FALSE(decode_transaction_proof(encode(proof)));
  proof = transaction_proof();
  proof.count = 4097;
  EXPECT_FALSE(decode_transaction_proof(encode(proof)));
}

TEST(TransactionProof, RefusesAnyOneByteChanged) {
  const Bytes bytes = encode(transaction_proof());
  ASSERT_TRUE(accepted_transaction(bytes));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    Bytes other = bytes;
    for (unsigned change = 1; change < 256; ++change) {
      other[i] = static_cast<std::uint8_t>(bytes[i] ^ change);
      ASSERT_FALSE(accepted_transaction(other)) << i << " ^ " << change;
    }
  }
}

TEST(Proof, IsOfOneKindAndOneGenesis) {
  EXPECT_FALSE(decode_state_proof(encode(transaction_proof())));
  EXPECT_FALSE(decode_transaction_proof(encode(grant_proof())));
  Genesis other = genesis();
  other.name = "another";
  const auto result = verify(grant_proof(), other);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kWrongChain);
}

}  // namespace
}  // namespace galen::ledger
