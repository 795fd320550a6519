// Verifying the signatures of persons and proofs of possession inside a transaction ahead of its
// execution, on a worker thread. Only what verifies is reported; the rest is left to execution.
// Thread rule: any thread.
#pragma once

#include "base/ids.h"
#include "execution/state_view.h"
#include "ledger/transaction.h"

#include <vector>

namespace galen::node {

/// True when the transaction holds any signature beside the submitter's.
[[nodiscard]] bool needs_person_signatures(const ledger::DecodedTransaction& transaction);

/// Appends engine::memo_key of every such signature that verifies under the keys in `state`.
void verify_person_signatures(const ledger::DecodedTransaction& transaction,
                              const execution::StateReader& state,
                              std::vector<Digest>& verified);

}  // namespace galen::node
