// Bulk messages between validators: transactions and block synchronisation. Consensus messages have
// their own encoding in pbft/message.h. FROZEN (docs/formats.md, "Bulk messages").
// Thread rule: values.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "ledger/block.h"
#include "pbft/replica.h"

#include <optional>
#include <variant>
#include <vector>

namespace galen::engine {

/// Transactions in the order the sender admitted them, so that every pool sees one order per peer.
/// `overtaken`: later ones were committed before them, and the sender watches whether the primary
/// passes them over (censorship.h).
struct TransactionBatch {
  std::vector<Bytes> transactions;
  bool overtaken = false;
  friend bool operator==(const TransactionBatch&, const TransactionBatch&) = default;
};

/// Asks for committed blocks [from, from + count).
struct RangeRequest {
  Height from;
  std::uint16_t count = 0;
  friend bool operator==(const RangeRequest&, const RangeRequest&) = default;
};

struct CertifiedBlock {
  Bytes block;
  ledger::Certificate certificate;
  friend bool operator==(const CertifiedBlock&, const CertifiedBlock&) = default;
};

/// Consecutive blocks from `from` on; fewer than asked when they end or the message is full.
struct RangeReply {
  Height from;
  std::vector<CertifiedBlock> blocks;
  friend bool operator==(const RangeReply&, const RangeReply&) = default;
};

using BulkMessage = std::variant<TransactionBatch, RangeRequest, RangeReply>;

/// Bytes of one batch message at most; senders split.
inline constexpr std::size_t kMaxBatchBytes = 1024 * 1024;
inline constexpr std::size_t kMaxBatchTransactions = 4096;

/// A reply to a RangeRequest ends before the first block with which its blocks would have more
/// bytes than this; its first block is always in it.
inline constexpr std::size_t kMaxReplyBytes = 2 * 1024 * 1024;
/// What a validator sends to one that is behind: bytes at once, then 8 MiB a second: a chain of
/// 10,000 small transactions a second. Who asks keeps the same account, so as not to ask in vain.
inline constexpr std::uint64_t kServeBurstBytes = 16U * 1024 * 1024;
inline constexpr std::uint64_t kServeBytesPerTick = 8 * 1024 * 1024 / (1000 / pbft::kTickMs);
/// Charged for the smallest answer: reading and unsealing a block costs more than sending it.
inline constexpr std::size_t kServeCostBytes = 64 * 1024;

[[nodiscard]] Bytes encode(const BulkMessage& message);
/// kMalformed, kTooLarge. Blocks and transactions stay bytes; they are decoded by their own rules.
[[nodiscard]] Result<BulkMessage> decode_bulk_message(BytesView bytes);

}  // namespace galen::engine
