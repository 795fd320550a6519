// How people write what a proof is about: "grant:PID:GRANT", "patient:PID", "record:PID:RID",
// "organisation:NAME", "tx:ID", "parameters", ... (docs/cli.md "Keys").
// Thread rule: functions from any thread.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "ledger/genesis.h"
#include "ledger/state_key.h"

#include <string>
#include <variant>

namespace galen::client {

/// The holds on a patient: their key, his path, is asked for by his id.
struct HoldsOf {
  PatientId patient;
  friend bool operator==(const HoldsOf&, const HoldsOf&) = default;
};

using ProofKey = std::variant<ledger::StateKey, TxId, HoldsOf>;

/// kInvalidArgument with the accepted forms.
[[nodiscard]] Result<ProofKey> parse_proof_key(const std::string& text,
                                               const ledger::Genesis& genesis);

/// The text form of a key; organisations by name when the genesis file knows them.
[[nodiscard]] std::string proof_key_text(const ledger::StateKey& key,
                                         const ledger::Genesis& genesis);

}  // namespace galen::client
