#include "rpc/proofs.h"

#include "base/check.h"
#include "crypto/merkle.h"
#include "execution/state_tree.h"
#include "rpc/visibility.h"

#include <utility>
#include <vector>

namespace galen::rpc {
namespace {

using ledger::KeyKind;
using ledger::StateKey;
using ledger::TreeKind;

bool is_organisational(KeyKind kind) {
  switch (kind) {
    case KeyKind::kParameters:
    case KeyKind::kValidators:
    case KeyKind::kOrganisation:
    case KeyKind::kNonce:
    // Erasures name paths and are every member's business: orders stand in public blocks.
    case KeyKind::kTombstone:
    case KeyKind::kErasureRequest:
    case KeyKind::kErasureOrder:
    case KeyKind::kAttestation:
    case KeyKind::kGroup:
    case KeyKind::kJournal:
    case KeyKind::kBallot:
    case KeyKind::kEmergencyQuota:
    case KeyKind::kReceiptKey: return true;
    default: return false;
  }
}

/// Kinds in the main tree whose id is an organisation.
bool is_of_an_organisation(KeyKind kind) {
  return kind == KeyKind::kOrganisation || kind == KeyKind::kBallot ||
         kind == KeyKind::kEmergencyQuota || kind == KeyKind::kReceiptKey;
}

StateKey root_key_of(const ledger::TreeId& tree) {
  const bool audit = tree.kind == TreeKind::kAudit;
  return StateKey::main(audit ? KeyKind::kAuditRoot : KeyKind::kSubjectRoot, tree.subject);
}

Status add_opening(const storage::StateSnapshot& snapshot,
                   const ledger::TreePath& path,
                   ledger::StateProof& proof) {
  if (!path.shows_presence(proof.key.hash())) return {};
  auto value = snapshot.get(proof.key);
  const auto s = snapshot.value_salt(proof.key);
  // Keys may be destroyed while somebody reads a state of before.
  if (!value || !s) return fail(ErrorCode::kNotFound, "proof: erased meanwhile");
  proof.opening = ledger::ValueOpening{*s, *std::move(value)};
  return {};
}

}  // namespace

bool may_prove(const execution::StateReader& state,
               const AccountId& caller,
               const ledger::StateKey& key) {
  // Entries of a log are read under a reading of it, which is an entry (audit_gate.h).
  if (key.kind == KeyKind::kAccess) return false;
  if (key.tree.kind != TreeKind::kMain) return owner_of(state, key.tree.subject) == caller;
  if (is_organisational(key.kind)) return true;
  if (key.id.size() != PatientId::kSize) return false;
  return owner_of(state, PatientId::from(key.id)) == caller;
}

bool may_prove_himself(const PatientId& self, const ledger::StateKey& key) {
  if (key.kind == KeyKind::kAccess || key.kind == KeyKind::kRecord) return false;
  return key.tree.kind != TreeKind::kMain && key.tree.subject == self;
}

bool may_prove_absence(const execution::StateReader& state, const ledger::StateKey& key) {
  if (key.tree.kind != TreeKind::kMain || !is_organisational(key.kind)) return true;
  if (key.kind == KeyKind::kParameters || key.kind == KeyKind::kValidators) return true;
  return is_of_an_organisation(key.kind) &&
         execution::OrganisationEntry::load(state, AccountId::from(key.id)).has_value();
}

Result<ledger::StateProof> make_state_proof(const storage::StateSnapshot& snapshot,
                                            const ledger::StateKey& key) {
  const storage::Head& head = snapshot.head();
  if (!head.certificate) {
    return fail(ErrorCode::kFailedPrecondition, "proof: no block is committed yet");
  }
  ledger::StateProof proof;
  proof.header = head.header;
  proof.certificate = *head.certificate;
  proof.key = key;
  if (key.tree.kind == TreeKind::kMain) {
    proof.main_path = execution::prove(snapshot, key.tree, key.hash());
    // A subject's root is a value of the tree itself, under the constant salt of system writes.
    if (key.kind == KeyKind::kSubjectRoot || key.kind == KeyKind::kAuditRoot) {
      const bool audit = key.kind == KeyKind::kAuditRoot;
      const ledger::TreeId tree{audit ? TreeKind::kAudit : TreeKind::kClinical,
                                PatientId::from(key.id)};
      if (proof.main_path.shows_presence(key.hash())) {
        proof.opening =
            ledger::ValueOpening{Digest{}, to_bytes(execution::tree_root(snapshot, tree))};
      }
      return proof;
    }
    GALEN_TRY_STATUS(add_opening(snapshot, proof.main_path, proof));
    return proof;
  }
  const Digest root_hash = root_key_of(key.tree).hash();
  proof.main_path = execution::prove(snapshot, {}, root_hash);
  if (!proof.main_path.shows_presence(root_hash)) return proof;
  proof.subtree_root = execution::tree_root(snapshot, key.tree);
  proof.subtree_path = execution::prove(snapshot, key.tree, key.hash());
  GALEN_TRY_STATUS(add_opening(snapshot, *proof.subtree_path, proof));
  return proof;
}

Result<ledger::TransactionProof> make_transaction_proof(const storage::StoredBlock& block,
                                                        std::uint32_t index,
                                                        const ChainId& chain) {
  std::vector<Digest> transactions;
  std::vector<Digest> receipts;
  ledger::TransactionProof proof;
  for (std::size_t i = 0; i < block.block.transactions.size(); ++i) {
    GALEN_TRY(const ledger::Transaction transaction,
              ledger::decode_transaction(block.block.transactions[i]));
    const Digest leaf = ledger::transaction_leaf(transaction.header, transaction.signature);
    transactions.push_back(crypto::merkle_leaf(leaf));
    receipts.push_back(ledger::receipt_leaf(block.receipts[i]));
    if (i != index) continue;
    if (transaction.header.chain != chain) return fail(ErrorCode::kWrongChain, "transaction");
    proof.transaction = transaction.header;
    proof.signature = transaction.signature;
  }
  CHECK(index < transactions.size(), "the transaction stands in its block");
  proof.header = block.block.header;
  proof.certificate = block.certificate;
  proof.index = index;
  proof.count = static_cast<std::uint32_t>(transactions.size());
  proof.transaction_path = crypto::merkle_path(transactions, index);
  proof.receipt = block.receipts[index];
  proof.receipt_path = crypto::merkle_path(receipts, index);
  return proof;
}

}  // namespace galen::rpc
