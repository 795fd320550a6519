#include "rpc/watched_block.h"

#include <utility>
#include <variant>

namespace galen::rpc {
namespace {

Result<WatchedTransaction> decode(BytesView bytes, const ledger::Receipt& receipt) {
  WatchedTransaction watched;
  watched.id = receipt.transaction;
  watched.ok = receipt.ok;
  GALEN_TRY(watched.transaction, ledger::decode_transaction(bytes));
  for (const ledger::OperationSlot& slot : watched.transaction.operations) {
    std::optional<ledger::Operation>& operation = watched.operations.emplace_back();
    const auto* body = std::get_if<ledger::OperationBody>(&slot);
    if (body == nullptr) continue;
    GALEN_TRY(operation, ledger::decode_operation(body->operation));
  }
  return watched;
}

}  // namespace

Result<WatchedBlock> read_watched_block(const LedgerReader& reader, Height height) {
  GALEN_TRY(const storage::StoredBlock stored, reader.block(height));
  WatchedBlock block{stored.block.header, stored.hash, stored.certificate, {}, 0};
  for (std::size_t i = 0; i < stored.block.transactions.size(); ++i) {
    GALEN_TRY(WatchedTransaction transaction,
              decode(stored.block.transactions[i], stored.receipts.at(i)));
    block.operations += static_cast<std::uint32_t>(transaction.operations.size());
    block.transactions.push_back(std::move(transaction));
  }
  return block;
}

Result<WatchedBlockPtr> BlockShelf::get(Height height) {
  if (const auto found = blocks_.find(height); found != blocks_.end()) return found->second;
  GALEN_TRY(WatchedBlock block, read_watched_block(reader_, height));
  auto shared = std::make_shared<const WatchedBlock>(std::move(block));
  if (blocks_.size() >= kMaxBlocks) blocks_.erase(blocks_.begin());
  blocks_.emplace(height, shared);
  return shared;
}

}  // namespace galen::rpc
