// A committed block that is taken over without being executed: what stands in it is compared with
// its certified header, and several sources' answers are laid together where bodies are missing
// (PRIVACY.md 17, 18; docs/adr/0011). Thread rule: values.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "ledger/block.h"
#include "ledger/receipt.h"
#include "ledger/transaction.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace galen::engine {

/// Of one operation: its result when its body is here, else why it is not.
struct GapResult {
  std::optional<ledger::OperationResult> result;
  bool late = false;  ///< came after its erasure: no order counts it
  friend bool operator==(const GapResult&, const GapResult&) = default;
};

struct GapReceipt {
  bool ok = false;
  Digest results_root;
  std::vector<GapResult> results;  ///< per operation
  friend bool operator==(const GapReceipt&, const GapReceipt&) = default;
};

/// As sent.
struct GapBlock {
  Bytes block;  ///< erased operations as their commitments
  ledger::Certificate certificate;
  std::vector<GapReceipt> receipts;  ///< per transaction
  friend bool operator==(const GapBlock&, const GapBlock&) = default;
};

/// One that agrees with its header.
struct CheckedGapBlock {
  ledger::BlockHeader header;
  BlockHash hash;
  ledger::Certificate certificate;
  std::vector<ledger::Transaction> transactions;
  std::vector<GapReceipt> receipts;
};

/// Chain, certificate (its signatures are the caller's), transactions root, commitments, receipts
/// root; results where a transaction is whole. kUnauthenticated, kMalformed.
[[nodiscard]] Result<CheckedGapBlock> check_gap_block(const ChainId& chain, const GapBlock& block);

/// Whether any body is missing.
[[nodiscard]] bool has_holes(const CheckedGapBlock& block);

/// The answers of several sources about one block.
class GapMerge {
 public:
  using Place = std::pair<std::uint32_t, std::uint16_t>;  ///< transaction and operation

  GapMerge(CheckedGapBlock block, ValidatorIndex from);
  /// REQUIRES: the same block.
  void add(const CheckedGapBlock& block, ValidatorIndex from);

  /// Every body is here with its result, which `enough` sources tell alike where nothing proves it;
  /// or as many say that it is erased, and of which kind the hole is.
  [[nodiscard]] bool settled(std::size_t enough) const;
  /// The block with everything found. REQUIRES: settled(enough).
  [[nodiscard]] CheckedGapBlock finish(std::size_t enough) const;
  /// Holes that no order counts, as `enough` sources say.
  [[nodiscard]] std::vector<Place> late_holes(std::size_t enough) const;

  [[nodiscard]] const CheckedGapBlock& block() const { return block_; }

 private:
  struct Operation {
    std::set<ValidatorIndex> erased;
    std::set<ValidatorIndex> late;
    std::map<Bytes, std::set<ValidatorIndex>> results;  ///< of transactions with holes
  };

  void note(const CheckedGapBlock& block, ValidatorIndex from);
  [[nodiscard]] bool is_here(const Place& place, std::size_t enough) const;
  [[nodiscard]] bool is_hole(const Place& place, std::size_t enough) const;
  [[nodiscard]] const Bytes* agreed_result(const Place& place, std::size_t enough) const;

  CheckedGapBlock block_;
  std::map<Place, Operation> open_;  ///< of transactions that no source had whole
  std::set<std::size_t> proven_;     ///< transactions that a source had whole
};

}  // namespace galen::engine
