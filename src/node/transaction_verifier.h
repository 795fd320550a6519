// Decodes transactions and verifies the signatures in them on worker threads, before the strand, so
// that a node verifies each signature once and a block never again (CONSENSUS.md, Transactions).
// Its word is only a warm memo: the engine judges every transaction against the parent state.
// Thread rule: any thread.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "base/ids.h"
#include "base/result.h"
#include "crypto/keys.h"
#include "engine/ports.h"
#include "storage/database.h"

namespace galen::node {

class TransactionVerifier final : public engine::Transactions {
 public:
  using SnapshotSource = std::function<std::shared_ptr<const storage::StateSnapshot>()>;

  /// Remembers at most `capacity` unsettled transactions (and bounded bytes), the oldest go first.
  TransactionVerifier(const ChainId& chain, SnapshotSource snapshots, std::size_t capacity)
      : chain_(chain), snapshots_(std::move(snapshots)), capacity_(capacity) {}

  /// Signatures of persons that cannot be resolved yet (their registration is still in the pool) or
  /// that are wrong are left to execution, which decides.
  [[nodiscard]] Result<engine::VerifiedTransactionPtr> resolve(BytesView bytes) override;
  void settle(const std::vector<ledger::DecodedTransactionPtr>& transactions) override;

 private:
  struct Submitter {
    PublicKey key;
    crypto::VerifyKey verify;
  };

  using SubmitterId = std::pair<AccountId, std::uint16_t>;

  [[nodiscard]] Result<engine::VerifiedTransactionPtr> verify(BytesView bytes);
  [[nodiscard]] Result<Digest> verify_submitter(const ledger::Transaction& transaction);
  /// The submitter's key, from memory, or from the newest state when `refresh`.
  [[nodiscard]] Result<Submitter> submitter(const SubmitterId& id, bool refresh);
  void remember(const engine::VerifiedTransactionPtr& transaction);
  void forget_oldest();
  void forget(const Digest& leaf);

  ChainId chain_;
  SnapshotSource snapshots_;
  std::size_t capacity_;
  std::mutex mutex_;
  std::map<SubmitterId, Submitter> submitters_;  ///< bounded by organisations x keys
  std::map<Digest, engine::VerifiedTransactionPtr> known_;  ///< by transaction leaf
  std::deque<Digest> order_;
  std::size_t bytes_ = 0;  ///< of the encoded transactions in known_
};

}  // namespace galen::node
