// Seals a patient's receipt with the organisation's key, and checks it offline. FROZEN
// (docs/formats.md). Thread rule: one thread.
#pragma once

#include "client/session.h"
#include "crypto/keys.h"
#include "galen/receipts.h"
#include "ledger/genesis.h"

namespace galen::client {

/// Who seals, with which key, and the state proof that shows the key as his.
struct ReceiptSealer {
  ChainId chain;
  AccountId organisation;
  const crypto::PrivateKey& key;
  BytesView key_proof;
};

[[nodiscard]] Bytes make_seal(const ReceiptSealer& sealer, BytesView receipt, BytesView proof);

/// The seal of receipt and proof, by the own organisation. kNotFound and others of prove_state.
[[nodiscard]] Result<Bytes> seal_receipt(Session& session, BytesView receipt, BytesView proof);

/// kCorrupt for any changed byte of the three, for a proof of something else than a grant or
/// denial, and when the seal is not of an active member's key of that time. That the text says what
/// the proof says is the word of that member.
[[nodiscard]] Result<SealReport> verify_seal(const SealedReceipt& sealed,
                                             const ledger::Genesis& genesis);

}  // namespace galen::client
