// Proofs: fetched, verified offline, and put into words. Thread rule: functions from any thread,
// but for get_proof.
#pragma once

#include "client/session.h"
#include "galen/own_queries.h"
#include "galen/types.h"

#include <string>

namespace galen::client {

/// Fetches the proof of a key and verifies it. kCorrupt when it does not verify; kInvalidArgument
/// for a signature about a key that is not a patient's.
[[nodiscard]] Result<ProofFile> get_proof(Session& session, const ProofQuery& query);

/// A state or transaction proof as stored in a file. kCorrupt for any changed byte.
[[nodiscard]] Result<ProofReport> verify_proof_bytes(BytesView bytes,
                                                     const ledger::Genesis& genesis);

}  // namespace galen::client
