#include "client/foreign_answers.h"

#include "ledger/proof.h"

#include <utility>
#include <variant>

namespace galen::client {

namespace {

tl::unexpected<Error> unproven(const std::string& what) {
  return fail(ErrorCode::kCorrupt, what);
}

/// `proof` shows exactly this value under the key in the state of a certified block.
Status check_value(const std::string& what,
                   BytesView value,
                   BytesView proof,
                   const ledger::StateKey& key,
                   const ledger::Genesis& genesis) {
  const auto decoded = ledger::decode_state_proof(proof);
  if (!decoded) return unproven(what + decoded.error().message);
  if (decoded->key != key) return unproven(what + "the proof is of another key");
  const auto proven = ledger::verify(*decoded, genesis);
  if (!proven) return unproven(what + proven.error().message);
  const bool same = proven->present && equal(proven->value, value);
  return same ? Status{} : unproven(what + "not what the proof shows");
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
  const auto key = records::RecordEntry::key(patient, decoded->record.record);
  GALEN_TRY_STATUS(check_value("index entry: ", entry, proof, key, genesis));
  return decoded;
}

Result<consent::GrantEntry> check_grant_entry(BytesView entry,
                                              BytesView proof,
                                              const PatientId& patient,
                                              const GrantId& grant,
                                              const ledger::Genesis& genesis) {
  GALEN_TRY_STATUS(
      check_value("grant: ", entry, proof, consent::GrantEntry::key(patient, grant), genesis));
  auto decoded = consent::GrantEntry::decode(entry);
  if (!decoded) return unproven(decoded.error().message);
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
