// A committed transaction, believed as far as a certificate of the consortium shows it.
// Thread rule: one thread.
#pragma once

#include "client/session.h"
#include "ledger/transaction.h"

namespace galen::client {

struct ProvenTransaction {
  ledger::Transaction transaction;  ///< bodies that the node shows; each is what the header names
  Height height;
  TimeMs time;              ///< of its block
  std::uint32_t index = 0;  ///< in its block
  ledger::Receipt receipt;
  std::vector<ledger::OperationResult> results;  ///< those the receipt commits to; else empty
};

/// kNotFound; kCorrupt for another transaction, or what does not verify.
[[nodiscard]] Result<ProvenTransaction> prove_transaction(Session& session, const TxId& id);

}  // namespace galen::client
