// The node's ledger and committed world state in RocksDB (docs/storage.md): one synced WriteBatch
// per block (DUR-2), options of DUR-3 asserted at open, personal bytes encrypted under per-subject
// data keys (PRIVACY.md 14). Holds nothing but what is committed (SAF-8). Thread rule: apply, get,
// scan and page from one thread; everything else from any thread.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "execution/executor.h"
#include "execution/state_tree.h"
#include "execution/state_view.h"
#include "ledger/block.h"
#include "ledger/fail_stop.h"
#include "ledger/genesis.h"
#include "ledger/receipt.h"
#include "ledger/transaction.h"
#include "storage/compartment.h"
#include "storage/erasure_row.h"
#include "storage/evidence_log.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace galen::storage {

struct Options {
  std::filesystem::path path;  ///< the data directory; created with mode 0700
  AccountId node;              ///< organisation whose node this is; a directory belongs to one node
  bool create_if_missing = true;
  /// Told what is wrong before the process stops because storage cannot answer (DUR-5). May log,
  /// must not throw.
  std::function<void(std::string_view)> on_fatal;
};

/// The newest committed block.
struct Head {
  ledger::BlockHeader header;  ///< at height 0: time and state root of genesis, no roots of blocks
  BlockHash hash;              ///< at height 0: the chain id's bytes
  std::optional<ledger::Certificate> certificate;  ///< absent at height 0 only

  [[nodiscard]] Height height() const { return header.height; }
};

/// One committed block and everything it changes. The referenced values outlive the call.
struct CommitBatch {
  const ledger::BlockHeader& header;
  const ledger::Certificate& certificate;
  const std::vector<ledger::DecodedTransactionPtr>& transactions;
  const execution::BlockOutcome& outcome;
  std::uint64_t journal_sequence = 0;  ///< of the vote journal when the block is applied
  /// Operations without a body that no order counts, of a block that is taken over.
  std::vector<std::pair<std::uint32_t, std::uint16_t>> late_holes = {};
};

/// Of one operation of a stored block.
struct StoredOutcome {
  std::optional<ledger::OperationResult> result;  ///< nullopt when erased
  bool late = false;                              ///< never stored: came after its erasure
};

struct StoredBlock {
  ledger::Block block;  ///< erased operations stand as their commitments
  BlockHash hash;
  ledger::Certificate certificate;
  std::vector<ledger::Receipt> receipts;
  std::vector<std::vector<StoredOutcome>> outcomes;  ///< per transaction and operation
};

struct TransactionPlace {
  Height height;
  std::uint32_t index = 0;  ///< in its block
  friend auto operator<=>(const TransactionPlace&, const TransactionPlace&) = default;
};

/// Results of a transaction's operations; nullopt where erased.
using StoredResults = std::vector<std::optional<ledger::OperationResult>>;

/// State and pages as of one committed head. Any thread; keeps the database open while it lives.
/// Holding one for long keeps old rows on disk: take a new one for every request.
class StateSnapshot : public execution::StateReader, public execution::PageReader {
 public:
  [[nodiscard]] virtual const Head& head() const = 0;
  /// The salt that opens the committed value of a key (for proofs). nullopt when absent.
  [[nodiscard]] virtual std::optional<Digest> value_salt(const ledger::StateKey& key) const = 0;

  /// Whose clinical or audit tree has its root at this key hash of the main tree; nullopt when
  /// there is none, or it is erased. Of audit trees: by subjects().
  [[nodiscard]] virtual std::optional<PatientId> clinical_subject(
      const Digest& /*key_hash*/) const {
    return std::nullopt;
  }

  /// Everybody who may have an audit tree: reads one row of each. Stops when `visit` returns false.
  virtual void subjects(const std::function<bool(const PatientId&)>& /*visit*/) const {}
};

class StateIntake;

class Database final : public execution::StateReader, public execution::PageReader {
 public:
  /// Locks the directory, checks whose it is and opens or creates it; a new one starts from
  /// `genesis`. One clear sentence with: kFailedPrecondition (another process uses it),
  /// kWrongChain, kConfig (another node's, newer format, missing), kCorrupt (keyring and ledger do
  /// not belong together, head rows damaged), kIo.
  [[nodiscard]] static Result<std::unique_ptr<Database>> open(const Options& options,
                                                              const ledger::Genesis& genesis);
  ~Database() override;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Writes the block in one synced batch; the data keys it needs are synced before (PRIVACY.md
  /// 14). kFailedPrecondition unless it continues the head; kIo when writing failed: the caller
  /// stops the process, every later call fails too (DUR-5).
  [[nodiscard]] Status apply(const CommitBatch& batch);

  [[nodiscard]] Head head() const;
  /// Sequence number of the vote journal stored with the head; 0 at genesis.
  [[nodiscard]] std::uint64_t journal_mark() const;
  [[nodiscard]] const ChainId& chain() const;

  /// The block, verified against its hash, roots and commitments (DUR-8). kNotFound above the head
  /// and at height 0; kCorrupt.
  [[nodiscard]] Result<StoredBlock> block(Height height) const;
  /// Header and certificate only: much cheaper than block(). kNotFound, kCorrupt.
  [[nodiscard]] Result<Head> header(Height height) const;
  /// kNotFound, kCorrupt.
  [[nodiscard]] Result<TransactionPlace> find_transaction(const TxId& id) const;
  /// One transaction of a block, erased operations as commitments. kNotFound, kCorrupt.
  [[nodiscard]] Result<ledger::Transaction> transaction(const TransactionPlace& place) const;
  /// Results per operation, checked against the receipt when none is erased. kNotFound, kCorrupt.
  [[nodiscard]] Result<StoredResults> results(const TransactionPlace& place) const;

  // Another state is taken over (storage/state_intake.h).

  /// A new, empty one; what an earlier one gathered is dropped. One at a time. kIo.
  [[nodiscard]] Result<std::unique_ptr<StateIntake>> intake();
  /// Goes over to what the intake holds for this head, as if the blocks up to it had been applied.
  /// As apply; a crash leaves the old state or the new one. REQUIRES: the intake is prepared for
  /// it.
  [[nodiscard]] Status take(StateIntake& intake, const Head& head, std::uint64_t journal_sequence);

  // Erasure (storage/eraser.h): apply() hides what an order takes and writes down what is left to
  // do.

  /// Every order of this chain, with how far this node is. kCorrupt, kIo.
  [[nodiscard]] Result<std::map<OrderId, ErasureRow>> erasures() const;
  /// Whether any of them is not done.
  [[nodiscard]] bool has_open_erasures() const;
  /// The two phases; one thread at a time, beside the one that applies. As Eraser's.
  [[nodiscard]] Status erase_keys(const OrderId& order, const WallClock& now);
  [[nodiscard]] Status erase_bytes(const OrderId& order, const WallClock& now);

  /// Evidence against members of the consortium, with its own thread rule.
  [[nodiscard]] EvidenceLog& evidence() const;
  /// Leaves the bundle as `fail-stop-<height>.bundle` in the data directory, synced; an earlier one
  /// of that height stays. For a process that stops. kIo.
  [[nodiscard]] Result<std::filesystem::path> write_fail_stop(
      const ledger::FailStopBundle& bundle) const;
  /// What an earlier fail-stop left; nullopt: nothing is there. kIo.
  [[nodiscard]] Result<std::optional<std::filesystem::path>> fail_stop() const;

  /// The head's state for other threads. Never null.
  [[nodiscard]] std::shared_ptr<const StateSnapshot> snapshot() const;

  /// Seals bytes that live outside the ledger (payload envelopes) under the subject's data key, so
  /// that they go with it. Only under a key there is: an erased subject's never comes back by a
  /// late write. kNotFound when there is none, kCorrupt, kIo.
  [[nodiscard]] Result<Bytes> seal(const PatientId& subject,
                                   Compartment compartment,
                                   BytesView associated_data,
                                   BytesView plaintext);
  /// kNotFound when the key is gone, kCorrupt when the bytes were not sealed like this.
  [[nodiscard]] Result<Bytes> unseal(const PatientId& subject,
                                     Compartment compartment,
                                     BytesView associated_data,
                                     BytesView sealed) const;
  /// The same with the name of the key in front, for who does not know the subject. Errors as
  /// above; kNotFound of unseal_named: the key was destroyed here, or is about to be.
  /// kFailedPrecondition: it is not here, and nothing says why; another keyring may have it.
  [[nodiscard]] Result<Bytes> seal_named(const PatientId& subject,
                                         Compartment compartment,
                                         BytesView associated_data,
                                         BytesView plaintext);
  [[nodiscard]] Result<Bytes> unseal_named(BytesView associated_data, BytesView sealed) const;

  // The committed head, for the thread that applies. Stops the process on I/O errors.
  [[nodiscard]] std::optional<Bytes> get(const ledger::StateKey& key) const override;
  /// Ids of kSubjectRoot, kAuditRoot and kTombstone are not kept in clear. REQUIRES: another kind.
  void scan(const ledger::TreeId& tree,
            ledger::KeyKind kind,
            const std::function<bool(BytesView, BytesView)>& visit) const override;
  [[nodiscard]] std::optional<Bytes> page(const execution::PageId& id) const override;
  [[nodiscard]] std::optional<PatientId> subject_at(const SubjectPath& path,
                                                    ledger::TreeKind compartment) const override;
  [[nodiscard]] std::uint64_t count_bodies(const ledger::BodiesOf& bodies) const override;

 private:
  class Core;
  explicit Database(std::shared_ptr<Core> core);
  std::shared_ptr<Core> core_;
};

}  // namespace galen::storage
