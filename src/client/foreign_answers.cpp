#include "client/foreign_answers.h"

#include "ledger/proof.h"

#include <utility>
#include <variant>

namespace galen::client {

namespace {

tl::unexpected<Error> unproven(const std::string& what) {
  return fail(ErrorCode::kCorrupt, what);
}

/// The results are erasable, so a block commits to each under its operation's salt.
bool is_committed(const ledger::Transaction& transaction,
                  const std::vector<ledger::OperationResult>& results,
                  const Digest& results_root) {
  if (results.size() != transaction.operations.size()) return false;
  std::vector<Digest> commitments;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto& body = std::get<ledger::OperationBody>(transaction.operations[i]);
    commitments.push_back(ledger::result_commitment(body.salt, results[i]));
  }
  return ledger::results_root(commitments) == results_root;
}

}  // namespace

Result<records::RecordEntry> check_index_entry(BytesView entry,
                                               BytesView proof,
                                               const PatientId& patient,
                                               const ledger::Genesis& genesis) {
  auto decoded = records::RecordEntry::decode(entry);
  if (!decoded) return unproven(decoded.error().message);
  const auto state_proof = ledger::decode_state_proof(proof);
  if (!state_proof) return unproven("index entry: " + state_proof.error().message);
  if (state_proof->key != records::RecordEntry::key(patient, decoded->record.record)) {
    return unproven("index entry: the proof is of another key");
  }
  const auto proven = ledger::verify(*state_proof, genesis);
  if (!proven) return unproven("index entry: " + proven.error().message);
  if (!proven->present || !equal(proven->value, entry)) {
    return unproven("index entry: not what the proof shows");
  }
  return decoded;
}

Result<Receipted> check_commit(const ledger::Transaction& transaction,
                               BytesView proof,
                               std::vector<ledger::OperationResult> results,
                               const ledger::Genesis& genesis) {
  const TxId id = ledger::transaction_id(transaction.header);
  const auto decoded = ledger::decode_transaction_proof(proof);
  if (!decoded) return unproven("commit: " + decoded.error().message);
  const Status verified = ledger::verify(*decoded, genesis);
  if (!verified) return unproven("commit: " + verified.error().message);
  if (ledger::transaction_id(decoded->transaction) != id) {
    return unproven("commit: the proof is of another transaction");
  }
  if (!is_committed(transaction, results, decoded->receipt.results_root)) {
    return unproven("commit: the results are not those the block commits to");
  }
  return Receipted{id,
                   decoded->header.height,
                   ledger::block_hash(decoded->header),
                   decoded->receipt.ok,
                   std::move(results)};
}

}  // namespace galen::client
