#include "rpc/executed_operations.h"

#include <cstddef>
#include <utility>
#include <variant>

namespace galen::rpc {
namespace {

void add(BytesView transaction,
         const std::vector<storage::StoredOutcome>& outcomes,
         std::vector<audit::ExecutedOperation>& executed) {
  const auto decoded = ledger::decode_transaction(transaction);
  if (!decoded) return;
  const auto& slots = decoded->operations;
  for (std::size_t i = 0; i < slots.size() && i < outcomes.size(); ++i) {
    const auto* body = std::get_if<ledger::OperationBody>(&slots[i]);
    if (body == nullptr || !outcomes[i].result) continue;
    auto operation = ledger::decode_operation(body->operation);
    if (operation) executed.push_back({*std::move(operation), outcomes[i].result->detail});
  }
}

}  // namespace

std::vector<audit::ExecutedOperation> executed_operations(const LedgerReader& reader,
                                                          Height height) {
  std::vector<audit::ExecutedOperation> executed;
  const auto stored = reader.block(height);
  if (!stored) return executed;
  const auto& transactions = stored->block.transactions;
  for (std::size_t i = 0; i < transactions.size() && i < stored->outcomes.size(); ++i) {
    if (stored->receipts.at(i).ok) add(transactions[i], stored->outcomes[i], executed);
  }
  return executed;
}

}  // namespace galen::rpc
