// What the services ask of the node: submissions go through the workers to the engine, questions
// are answered from storage and from the engine's last published status. Thread rule: any thread;
// publish() from the strand.
#pragma once

#include "crypto/keys.h"
#include "engine/engine.h"
#include "ledger/genesis.h"
#include "node/metrics.h"
#include "node/state_taker.h"
#include "node/strand.h"
#include "payload/object_store.h"
#include "rpc/backend.h"
#include "rpc/server.h"
#include "rpc/shared_consents.h"
#include "storage/database.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>

namespace galen::node {

class NodeBackend final : public rpc::Backend {
 public:
  struct Parts {
    const ledger::Genesis& genesis;
    ChainId chain;
    ValidatorIndex self;
    AccountId organisation;
    const storage::Database& database;
    engine::Transactions& transactions;
    engine::Transport& transport;
    TaskThreads& workers;
    Strand& strand;
    engine::Engine& engine;
    payload::ObjectStore& objects;
    const std::vector<crypto::PrivateKey>& agreement_keys;
    const ledger::LabelSecrets& label_secrets;
    const crypto::PrivateKey& receipt_key;
    storage::EmergencyJournal& emergency_journal;
    const StateTaker& taker;
    TimeMs certificate_end;  ///< of the node's own
  };

  explicit NodeBackend(const Parts& parts);

  /// Stores the engine's status for other threads. Its ticks were counted up to `ticked_ms` of
  /// boot_time_ms().
  void publish(std::uint64_t ticked_ms);

  void submit(Bytes transaction,
              const AccountId& caller,
              bool wait,
              std::function<void(rpc::SubmitOutcome)> done) override;
  [[nodiscard]] rpc::NodeStatus status() const override;
  /// The same for a monitoring system.
  /// `server`: the client interface, once it is there.
  [[nodiscard]] Metrics metrics(const rpc::Server* server) const;

  [[nodiscard]] const rpc::LedgerReader& ledger() const override { return reader_; }

  [[nodiscard]] const rpc::EvidenceReader& evidence() const override { return evidence_; }

  [[nodiscard]] audit::ConsentMemory& consents() const override { return consents_; }

  [[nodiscard]] const ledger::Genesis& genesis() const override { return parts_.genesis; }

  [[nodiscard]] const ChainId& chain() const override { return parts_.chain; }

  [[nodiscard]] ValidatorIndex self() const override { return parts_.self; }

  [[nodiscard]] const AccountId& organisation() const override { return parts_.organisation; }

  [[nodiscard]] bool fresh() const override;
  [[nodiscard]] bool catching_up() const override;
  [[nodiscard]] TimeMs now() const override;

  [[nodiscard]] payload::ObjectStore& objects() override { return parts_.objects; }

  [[nodiscard]] const crypto::PrivateKey* agreement_key(const Digest& key_id) const override;

  [[nodiscard]] std::optional<ledger::LabelKey> label_key(const PatientId& patient,
                                                          std::uint32_t key_id) const override {
    return parts_.label_secrets.find(parts_.chain, patient, key_id);
  }

  [[nodiscard]] Signature sign_receipt(BytesView statement) override {
    return parts_.receipt_key.sign(statement);
  }

  [[nodiscard]] storage::EmergencyJournal& emergency_journal() const override {
    return parts_.emergency_journal;
  }

 private:
  using SubmitOutcomeDone = std::function<void(rpc::SubmitOutcome)>;

  void enter(const engine::VerifiedTransactionPtr& transaction, bool wait, SubmitOutcomeDone done);
  void flush_soon();
  /// The receipt of a transaction that is on the chain already: a client re-submits the same bytes.
  [[nodiscard]] std::optional<rpc::SubmitOutcome> committed(const TxId& id) const;

  Parts parts_;
  rpc::DatabaseReader reader_;
  rpc::EvidenceLogReader evidence_;
  mutable rpc::SharedConsents consents_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  mutable std::mutex mutex_;
  engine::EngineStatus status_;
  mutable std::atomic<bool> was_fresh_ = false;
  std::uint64_t ticked_ms_ = 0;
  bool flush_posted_ = false;  ///< strand only
};

/// Milliseconds since boot, sleep included: for ages, which a stopped machine must not stop.
[[nodiscard]] std::uint64_t boot_time_ms();
/// Milliseconds of the system's wall clock.
[[nodiscard]] TimeMs wall_clock_now();

}  // namespace galen::node
