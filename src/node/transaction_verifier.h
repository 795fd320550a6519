// Decodes transactions and verifies the signatures in them on worker threads, before the strand, so
// that a node verifies each signature once and a block never again (CONSENSUS.md, Transactions).
// Its word is only a warm memo: the engine judges every transaction against the parent state.
// Thread rule: any thread.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "crypto/keys.h"
#include "engine/ports.h"
#include "storage/database.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

namespace galen::node {

class TransactionVerifier final : public engine::Transactions {
 public:
  using SnapshotSource = std::function<std::shared_ptr<const storage::StateSnapshot>()>;

  /// Remembers at most `capacity` unsettled transactions of either kind.
  TransactionVerifier(const ChainId& chain, SnapshotSource snapshots, std::size_t capacity)
      : chain_(chain),
        snapshots_(std::move(snapshots)),
        verified_(capacity),
        certified_(capacity) {}

  /// Signatures of persons that cannot be resolved yet (their registration is still in the pool) or
  /// that are wrong are left to execution, which decides.
  [[nodiscard]] Result<engine::VerifiedTransactionPtr> resolve(BytesView bytes) override;
  [[nodiscard]] std::vector<Result<engine::VerifiedTransactionPtr>> resolve_all(
      std::span<const Bytes> transactions) override;
  /// Remembers on its own: what is known from here was not verified.
  [[nodiscard]] Result<engine::VerifiedTransactionPtr> resolve_certified(BytesView bytes) override;
  void settle(const std::vector<ledger::DecodedTransactionPtr>& transactions) override;

 private:
  struct Submitter {
    PublicKey key;
    crypto::VerifyKey verify;
    std::size_t uses = 0;
    bool has_table = false;
  };

  using SubmitterId = std::pair<AccountId, std::uint16_t>;

  /// Transactions by leaf, bounded by number and bytes; the oldest go first.
  class Memory {
   public:
    explicit Memory(std::size_t capacity) : capacity_(capacity) {}

    /// nullptr when these very bytes are not known.
    [[nodiscard]] engine::VerifiedTransactionPtr find(const Digest& leaf, BytesView bytes) const;
    void add(const engine::VerifiedTransactionPtr& transaction);
    void forget(const std::vector<ledger::DecodedTransactionPtr>& transactions);
    /// Whatever names this subject: its bodies must not outlive him here.
    void forget_subject(const SubjectPath& path);

   private:
    void forget(const Digest& leaf);

    std::size_t capacity_;
    std::map<Digest, engine::VerifiedTransactionPtr> known_;
    std::deque<Digest> order_;
    std::size_t bytes_ = 0;  ///< of the encoded transactions in known_
  };

  /// Decoded, on its way to be verified.
  struct Opened {
    ledger::DecodedTransactionPtr transaction;
    Bytes message;  ///< what the submitter signed
    Submitter submitter;
  };

  [[nodiscard]] engine::VerifiedTransactionPtr known(BytesView bytes, bool certified);
  [[nodiscard]] Result<ledger::DecodedTransactionPtr> decode(BytesView bytes) const;
  [[nodiscard]] Result<Opened> open(BytesView bytes);
  /// Counts a signature that verified; a key that signs often gets its table of multiples.
  void note_use(const SubmitterId& id);
  /// After the submitter's signature: `verdict` tells what verifying it said.
  [[nodiscard]] Result<engine::VerifiedTransactionPtr> admit(Opened opened, bool verdict);
  [[nodiscard]] engine::VerifiedTransactionPtr finish(ledger::DecodedTransactionPtr transaction,
                                                      std::vector<Digest> verified) const;
  /// The submitter's key, from memory, or from the newest state when `refresh`.
  [[nodiscard]] Result<Submitter> submitter(const SubmitterId& id, bool refresh);

  ChainId chain_;
  SnapshotSource snapshots_;
  std::mutex mutex_;                             ///< guards what follows
  std::map<SubmitterId, Submitter> submitters_;  ///< bounded by organisations x keys
  std::size_t tables_ = 0;                       ///< keys in submitters_ with a table
  Memory verified_;
  Memory certified_;
};

}  // namespace galen::node
