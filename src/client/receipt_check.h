// Is a storage receipt what the genesis file's members promise: signed by the receipt key of the
// node that was asked, over the object that was sent? Thread rule: functions from any thread.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "ledger/genesis.h"
#include "payload/storage_receipt.h"

namespace galen::client {

/// What was sent, and to whose node.
struct SentObject {
  RecordId record;
  PayloadAddress address;
  std::uint64_t size = 0;  ///< plaintext bytes
  AccountId node;          ///< organisation
};

/// The decoded receipt. kCorrupt, naming what does not fit: its bytes, the object, the node or the
/// signature.
[[nodiscard]] Result<payload::StorageReceipt> check_storage_receipt(BytesView receipt,
                                                                    const SentObject& sent,
                                                                    const ledger::Genesis& genesis);

}  // namespace galen::client
