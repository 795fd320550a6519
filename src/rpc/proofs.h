// Builds the proofs that clients check offline (ledger/proof.h), and decides who may have which
// (PRIVACY.md 27). Thread rule: pure functions over a snapshot or a stored block.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "ledger/proof.h"
#include "storage/database.h"

namespace galen::rpc {

/// Whether `caller` may have a proof of this key's presence or absence: organisational keys for
/// every member; keys of a subject, its roots included, only for the organisation answerable for
/// it.
[[nodiscard]] bool may_prove(const execution::StateReader& state,
                             const AccountId& caller,
                             const ledger::StateKey& key);

/// Whether a patient may have one of this key's presence by his own signature: keys of himself, but
/// his log's entries, and records: those he may see he gets proven in their list, and some are
/// withheld from him. So he gets none of an absence either: it would show a neighbour in his tree,
/// which may be one of those.
[[nodiscard]] bool may_prove_himself(const PatientId& self, const ledger::StateKey& key);

/// Whether he who may prove this key may also have a proof that it is absent. Such a proof shows
/// the key hash of a neighbour: whoever may choose keys freely finds one beside any key that he
/// wants to know about, so in the main tree there is none for ids that are not of an organisation.
[[nodiscard]] bool may_prove_absence(const execution::StateReader& state,
                                     const ledger::StateKey& key);

/// kFailedPrecondition before the first block: genesis carries no certificate.
[[nodiscard]] Result<ledger::StateProof> make_state_proof(const storage::StateSnapshot& snapshot,
                                                          const ledger::StateKey& key);

/// REQUIRES: index < the block's number of transactions.
[[nodiscard]] Result<ledger::TransactionProof> make_transaction_proof(
    const storage::StoredBlock& block, std::uint32_t index, const ChainId& chain);

}  // namespace galen::rpc
