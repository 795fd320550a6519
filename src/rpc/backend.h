// Everything the services need from the node, on one page; implemented by node/, faked by tests.
// Thread rule: every function from any thread, none of them blocks on consensus; `submit` answers
// later.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "crypto/keys.h"
#include "ledger/evidence_index.h"
#include "ledger/genesis.h"
#include "ledger/label_tags.h"
#include "ledger/receipt.h"
#include "modules/audit/consent_memory.h"
#include "payload/object_store.h"
#include "storage/database.h"
#include "storage/emergency/emergency_journal.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace galen::rpc {

/// What became of a submitted transaction.
struct SubmitOutcome {
  TxId id;                     ///< zero when the bytes did not decode
  std::optional<Error> error;  ///< why it was not admitted, or not committed in time
  bool committed = false;      ///< the fields below are set; without: admitted to the pool only
  Height height;
  BlockHash block;
  ledger::Receipt receipt;
  std::vector<ledger::OperationResult> results;
};

struct PeerState {
  ValidatorIndex index;
  bool connected = false;
  Height height;  ///< as its last status said
};

struct NodeStatus {
  std::string version;  ///< of the program
  View view;
  bool view_active = true;
  ValidatorIndex primary;
  bool voting = false;
  std::string voting_note;  ///< why not, when not
  std::vector<PeerState> peers;
  std::uint64_t pool_transactions = 0;
  std::uint64_t pool_bytes = 0;
  std::uint64_t transactions_total = 0;
  std::uint64_t uptime_ms = 0;
};

/// Committed blocks and transactions: forwards to storage::Database, same failures.
class LedgerReader {
 public:
  virtual ~LedgerReader() = default;
  [[nodiscard]] virtual std::shared_ptr<const storage::StateSnapshot> snapshot() const = 0;
  [[nodiscard]] virtual Result<storage::StoredBlock> block(Height height) const = 0;
  [[nodiscard]] virtual Result<storage::Head> header(Height height) const = 0;
  [[nodiscard]] virtual Result<storage::TransactionPlace> find_transaction(
      const TxId& id) const = 0;
  [[nodiscard]] virtual Result<ledger::Transaction> transaction(
      const storage::TransactionPlace& place) const = 0;
  [[nodiscard]] virtual Result<storage::StoredResults> results(
      const storage::TransactionPlace& place) const = 0;

  /// Nothing where no storage stands behind it.
  [[nodiscard]] virtual Result<std::map<storage::OrderId, storage::ErasureRow>> erasures() const {
    return std::map<storage::OrderId, storage::ErasureRow>{};
  }
};

/// A LedgerReader over the node's database.
class DatabaseReader final : public LedgerReader {
 public:
  explicit DatabaseReader(const storage::Database& database) : database_(database) {}

  [[nodiscard]] std::shared_ptr<const storage::StateSnapshot> snapshot() const override {
    return database_.snapshot();
  }

  [[nodiscard]] Result<storage::StoredBlock> block(Height height) const override {
    return database_.block(height);
  }

  [[nodiscard]] Result<storage::Head> header(Height height) const override {
    return database_.header(height);
  }

  [[nodiscard]] Result<storage::TransactionPlace> find_transaction(const TxId& id) const override {
    return database_.find_transaction(id);
  }

  [[nodiscard]] Result<ledger::Transaction> transaction(
      const storage::TransactionPlace& place) const override {
    return database_.transaction(place);
  }

  [[nodiscard]] Result<storage::StoredResults> results(
      const storage::TransactionPlace& place) const override {
    return database_.results(place);
  }

  [[nodiscard]] Result<std::map<storage::OrderId, storage::ErasureRow>> erasures() const override {
    return database_.erasures();
  }

 private:
  const storage::Database& database_;
};

/// Evidence this node keeps: forwards to storage::EvidenceLog.
class EvidenceReader {
 public:
  virtual ~EvidenceReader() = default;
  [[nodiscard]] virtual std::vector<ledger::StoredEvidence> list(
      const std::optional<ledger::VoteSlot>& after,
      std::optional<ValidatorIndex> member,
      std::size_t limit) const = 0;
  [[nodiscard]] virtual std::optional<ledger::StoredEvidence> find(
      const ledger::EvidenceId& id) const = 0;
  [[nodiscard]] virtual std::size_t size() const = 0;
  [[nodiscard]] virtual std::uint64_t dropped() const = 0;
};

/// An EvidenceReader over the node's database.
class EvidenceLogReader final : public EvidenceReader {
 public:
  explicit EvidenceLogReader(const storage::EvidenceLog& log) : log_(log) {}

  [[nodiscard]] std::vector<ledger::StoredEvidence> list(
      const std::optional<ledger::VoteSlot>& after,
      std::optional<ValidatorIndex> member,
      std::size_t limit) const override {
    return log_.list(after, member, limit);
  }

  [[nodiscard]] std::optional<ledger::StoredEvidence> find(
      const ledger::EvidenceId& id) const override {
    return log_.find(id);
  }

  [[nodiscard]] std::size_t size() const override { return log_.size(); }

  [[nodiscard]] std::uint64_t dropped() const override { return log_.dropped(); }

 private:
  const storage::EvidenceLog& log_;
};

class Backend {
 public:
  virtual ~Backend() = default;

  /// Admits a transaction of `caller` (who need not be its submitter: any member may bring a
  /// patient-signed revocation, PRIVACY.md 8, under its own submitter signature). Never blocks:
  /// checks run in the node's workers. Calls `done` exactly once, from any thread: at once when it
  /// is not admitted; else after admission (`wait` false) or after the durable apply of its block
  /// (`wait` true, DUR-7), or with kDeadlineExceeded / kUnavailable when it cannot commit in time.
  virtual void submit(Bytes transaction,
                      const AccountId& caller,
                      bool wait,
                      std::function<void(SubmitOutcome)> done) = 0;

  [[nodiscard]] virtual NodeStatus status() const = 0;
  [[nodiscard]] virtual const LedgerReader& ledger() const = 0;
  [[nodiscard]] virtual const EvidenceReader& evidence() const = 0;
  /// Patients' consent as snapshots showed it (rpc/shared_consents.h), for lists, dry runs and
  /// releases.
  [[nodiscard]] virtual audit::ConsentMemory& consents() const = 0;
  [[nodiscard]] virtual const ledger::Genesis& genesis() const = 0;
  [[nodiscard]] virtual const ChainId& chain() const = 0;
  /// This node's place in the validator set.
  [[nodiscard]] virtual ValidatorIndex self() const = 0;
  /// The organisation that runs this node: the custodian of what it stores.
  [[nodiscard]] virtual const AccountId& organisation() const = 0;
  /// Q members (this one included) answered a question sent within parameters.stale_ms that they
  /// had signed nothing above the head (TIM-5, PAY-1). To be asked before the snapshot is taken.
  [[nodiscard]] virtual bool fresh() const = 0;
  /// Since its start the state was never the newest, and others may have more: of a backup, it may
  /// have what was erased since. A node that is cut off has nothing to catch up with.
  [[nodiscard]] virtual bool catching_up() const = 0;
  /// Wall clock.
  [[nodiscard]] virtual TimeMs now() const = 0;

  // Payloads of this node's organisation.
  [[nodiscard]] virtual payload::ObjectStore& objects() = 0;
  /// The organisation's agreement key, present or earlier, with this id (payload/key_envelope.h);
  /// nullptr when this node does not have it.
  [[nodiscard]] virtual const crypto::PrivateKey* agreement_key(const Digest& key_id) const = 0;
  /// Behind tags of this organisation's patients; nullopt when it is another's key, or one that
  /// this node does not have.
  [[nodiscard]] virtual std::optional<ledger::LabelKey> label_key(const PatientId& patient,
                                                                  std::uint32_t key_id) const = 0;
  /// Signs a storage receipt (payload::storage_statement) with the node's receipt key.
  [[nodiscard]] virtual Signature sign_receipt(BytesView statement) = 0;

  /// Where emergency requests are durable before anything is released.
  [[nodiscard]] virtual storage::EmergencyJournal& emergency_journal() const = 0;
};

}  // namespace galen::rpc
