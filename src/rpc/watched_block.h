// A committed block as the event stream reads it: from storage, decoded once for all its readers.
// Thread rule: values; BlockShelf from one thread.
#pragma once

#include "base/ids.h"
#include "ledger/operation.h"
#include "ledger/transaction.h"
#include "rpc/backend.h"

#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace galen::rpc {

struct WatchedTransaction {
  TxId id;
  bool ok = false;
  ledger::Transaction transaction;
  std::vector<std::optional<ledger::Operation>> operations;  ///< empty places are erased
};

struct WatchedBlock {
  ledger::BlockHeader header;
  BlockHash hash;
  ledger::Certificate certificate;
  std::vector<WatchedTransaction> transactions;
  std::uint32_t operations = 0;  ///< of all transactions
};

using WatchedBlockPtr = std::shared_ptr<const WatchedBlock>;

/// kNotFound above the head and when the node keeps it no more; kCorrupt.
[[nodiscard]] Result<WatchedBlock> read_watched_block(const LedgerReader& reader, Height height);

/// The blocks that several streams read now. It holds bodies, so it forgets them whenever the head
/// moves: an erasure comes with a block (PRIVACY.md 16).
class BlockShelf {
 public:
  explicit BlockShelf(const LedgerReader& reader) : reader_(reader) {}

  /// As read_watched_block.
  [[nodiscard]] Result<WatchedBlockPtr> get(Height height);

  void clear() { blocks_.clear(); }

  [[nodiscard]] const LedgerReader& reader() const { return reader_; }

 private:
  static constexpr std::size_t kMaxBlocks = 8;

  const LedgerReader& reader_;
  std::map<Height, WatchedBlockPtr> blocks_;
};

}  // namespace galen::rpc
