#include "client/proven_transaction.h"

#include "client/foreign_answers.h"
#include "ledger/proof.h"

#include <algorithm>
#include <utility>

namespace galen::client {

namespace {

tl::unexpected<Error> corrupt(const std::string& what) {
  return fail(ErrorCode::kCorrupt, "transaction: " + what);
}

bool shows_every_body(const ledger::Transaction& transaction) {
  return std::all_of(
      transaction.operations.begin(), transaction.operations.end(), [](const auto& slot) {
        return std::holds_alternative<ledger::OperationBody>(slot);
      });
}

}  // namespace

Result<ProvenTransaction> prove_transaction(Session& session, const TxId& id) {
  GALEN_TRY(auto answer, session.ask([&](NodeApi& node, Deadline until) {
    return node.transaction(id, until);
  }));
  GALEN_TRY(const Bytes bytes, session.ask([&](NodeApi& node, Deadline until) {
    return node.transaction_proof(id, until);
  }));
  const auto proof = ledger::decode_transaction_proof(bytes);
  if (!proof) return corrupt(proof.error().message);
  const Status verified = ledger::verify(*proof, session.genesis());
  if (!verified) return corrupt(verified.error().message);
  const auto transaction = ledger::decode_transaction(answer.transaction);
  if (!transaction) return corrupt(transaction.error().message);
  if (ledger::transaction_id(proof->transaction) != id ||
      ledger::transaction_id(transaction->header) != id) {
    return corrupt("the node answered with another one");
  }
  ProvenTransaction proven{
      *transaction, proof->header.height, proof->header.time, proof->index, proof->receipt, {}};
  if (answer.results.empty() || !shows_every_body(*transaction)) return proven;
  GALEN_TRY(const Receipted receipted,
            check_commit(*transaction, bytes, std::move(answer.results), session.genesis()));
  proven.results = receipted.results;
  return proven;
}

}  // namespace galen::client
