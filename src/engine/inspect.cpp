#include "engine/inspect.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

namespace galen::engine {
namespace {

constexpr std::size_t kResolvedTogether = 16;

}  // namespace

Result<std::vector<ledger::DecodedTransactionPtr>> resolve_transactions(
    const ledger::Block& block,
    Transactions& transactions,
    std::vector<Digest>& memo_keys,
    Standing standing) {
  std::vector<ledger::DecodedTransactionPtr> result;
  const std::size_t count = block.transactions.size();
  result.reserve(count);
  std::vector<Result<VerifiedTransactionPtr>> proposed;
  for (std::size_t i = 0; i < count; ++i) {
    // A few at a time: a forged one ends it before much is verified.
    if (standing == Standing::kProposed && i % kResolvedTogether == 0) {
      proposed = transactions.resolve_all(
          std::span(block.transactions).subspan(i, std::min(kResolvedTogether, count - i)));
    }
    auto resolved = standing == Standing::kCertified
                        ? transactions.resolve_certified(block.transactions[i])
                        : std::move(proposed[i % kResolvedTogether]);
    if (!resolved) return fail_in("block: transaction " + std::to_string(i), resolved.error());
    const VerifiedTransaction& tx = **resolved;
    if (tx.transaction->operations.size() != tx.transaction->transaction.header.operation_count) {
      return fail(ErrorCode::kInvalidArgument,
                  "block: transaction " + std::to_string(i) + " has an erased body");
    }
    memo_keys.insert(memo_keys.end(), tx.verified.begin(), tx.verified.end());
    result.push_back(tx.transaction);
  }
  return result;
}

bool is_erased_block(const ChainId& chain, BytesView bytes, const BlockHash& hash) {
  const auto block = ledger::decode_block(bytes);
  if (!block || block->header.chain != chain || ledger::block_hash(block->header) != hash)
    return false;
  std::vector<Digest> leaves;
  bool erased = false;
  for (const Bytes& encoded : block->transactions) {
    const auto transaction = ledger::decode_transaction(encoded);
    if (!transaction) return false;
    leaves.push_back(ledger::transaction_leaf(transaction->header, transaction->signature));
    const bool is_personal = transaction->header.tx_class == ledger::TransactionClass::kPersonal;
    for (const ledger::OperationSlot& slot : transaction->operations) {
      erased = erased || (is_personal && std::holds_alternative<Digest>(slot));
    }
  }
  return erased && ledger::transactions_root(leaves) == block->header.transactions_root;
}

Result<BlockHash> hash_of_body(BytesView block) {
  GALEN_TRY(const ledger::Block decoded, ledger::decode_block(block));
  return ledger::block_hash(decoded.header);
}

bool makes_final(const ledger::Certificate& certificate, const pbft::BlockInfo& block) {
  const ledger::VoteSubject& subject = certificate.subject;
  return subject.type == ledger::VoteType::kCommit && subject.height == block.height &&
         subject.block == block.hash && subject.epoch == block.epoch;
}

Result<pbft::BlockInfo> inspect_block(const ChainId& chain,
                                      const pbft::SharedBytes& block,
                                      Transactions& transactions,
                                      Standing standing,
                                      const BlockHash* expected) {
  GALEN_TRY(const ledger::Block decoded, ledger::decode_block(*block));
  const ledger::BlockHeader& header = decoded.header;
  if (header.chain != chain) return fail(ErrorCode::kWrongChain, "block: of another chain");
  const BlockHash hash = ledger::block_hash(header);
  if (expected != nullptr && hash != *expected)
    return fail(ErrorCode::kInvalidArgument, "block: another hash");
  std::vector<Digest> leaves;
  leaves.reserve(decoded.transactions.size());
  for (const Bytes& bytes : decoded.transactions) {
    GALEN_TRY(const Digest leaf, ledger::transaction_leaf_of(bytes));
    leaves.push_back(leaf);
  }
  if (ledger::transactions_root(leaves) != header.transactions_root) {
    return fail(ErrorCode::kInvalidArgument, "block: wrong transactions root");
  }
  std::vector<Digest> memo_keys;
  auto resolved = resolve_transactions(decoded, transactions, memo_keys, standing);
  if (!resolved) return tl::unexpected(std::move(resolved).error());
  return pbft::BlockInfo{hash, header.height, header.parent, header.epoch, header.origin_view};
}

}  // namespace galen::engine
