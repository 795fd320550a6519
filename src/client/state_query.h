// State values with their proof: fetched from a node, believed only because the proof verifies
// against the genesis file. Thread rule: one thread.
#pragma once

#include "client/session.h"
#include "ledger/proof.h"

#include <optional>

namespace galen::client {

/// The verified proof of a key's value or absence, as encoded by the node. kNotFound,
/// kUnauthenticated.
struct ProvenKey {
  Bytes bytes;
  ledger::StateProof proof;
  ledger::ProvenState state;
};

[[nodiscard]] Result<ProvenKey> prove_state(Session& session,
                                            const ledger::StateKey& key,
                                            const OwnRequest& own = {});

/// nullopt when it is absent, which no node proves of every key, or not for this organisation.
[[nodiscard]] Result<std::optional<ProvenKey>> find_state(Session& session,
                                                          const ledger::StateKey& key);

/// A proof that a node answered with: kCorrupt when it is of another key, or does not verify.
[[nodiscard]] Result<ProvenKey> verify_key(Bytes encoded_proof,
                                           const ledger::StateKey& key,
                                           const ledger::Genesis& genesis);

/// Where a certified state holds nothing: it may be an older one than what names it, unless the
/// tombstone at this key is proven. kCorrupt.
[[nodiscard]] Status require_erased(Session& session, const ledger::StateKey& tombstone);

/// Key the patient's envelopes are sealed to: from the people directory, else from the state.
[[nodiscard]] Result<PublicKey> patient_agreement_key(Session& session, const PatientId& patient);

/// The agreement key that the own organisation has registered now, proven: a node that names
/// another would read what is stored.
[[nodiscard]] Result<PublicKey> own_agreement_key(Session& session);

}  // namespace galen::client
