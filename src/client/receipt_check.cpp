#include "client/receipt_check.h"

#include <algorithm>

namespace galen::client {

Result<payload::StorageReceipt> check_storage_receipt(BytesView receipt,
                                                      const SentObject& sent,
                                                      const ledger::Genesis& genesis) {
  auto decoded = payload::StorageReceipt::decode(receipt);
  if (!decoded) return fail(ErrorCode::kCorrupt, decoded.error().message);
  if (decoded->record != sent.record || decoded->address != sent.address ||
      decoded->size != sent.size) {
    return fail(ErrorCode::kCorrupt, "the storage receipt is for another object");
  }
  if (decoded->node != sent.node) {
    return fail(ErrorCode::kCorrupt, "the storage receipt is of another node");
  }
  const auto validator = std::find_if(genesis.validators.begin(),
                                      genesis.validators.end(),
                                      [&](const auto& v) { return v.organisation == sent.node; });
  if (validator == genesis.validators.end() ||
      !payload::verify_receipt(ledger::chain_id(genesis), *decoded, validator->receipt_key)) {
    return fail(ErrorCode::kCorrupt,
                "the storage receipt is not signed with the node's registered receipt key");
  }
  return decoded;
}

}  // namespace galen::client
