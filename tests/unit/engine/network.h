// Four engines with real keys, modules and core over ports in memory: a queue of messages in seeded
// order, a store whose unsynced part a crash forgets. Thread rule: one thread.
#pragma once

#include "crypto/keys.h"
#include "engine/application.h"
#include "engine/engine.h"
#include "engine/inspect.h"
#include "engine/wire.h"
#include "ledger/genesis.h"
#include "pbft/memo.h"
#include "pbft/verified.h"
#include "support/memory_state.h"

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

namespace galen::engine::test {

/// splitmix64: the tests' only source of order.
class Sequence final : public RandomSource {
 public:
  explicit Sequence(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next_number() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31U);
  }

  std::uint64_t below(std::uint64_t bound) { return next_number() % bound; }

  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(next_number());
  }

 private:
  std::uint64_t state_;
};

struct Hospital {
  crypto::PrivateKey signing = crypto::PrivateKey::generate();
  crypto::PrivateKey agreement = crypto::PrivateKey::generate();
  crypto::PrivateKey tls = crypto::PrivateKey::generate();
  crypto::PrivateKey consensus = crypto::PrivateKey::generate();
  crypto::PrivateKey node_tls = crypto::PrivateKey::generate();
  crypto::PrivateKey receipt = crypto::PrivateKey::generate();
  AccountId id;
};

/// What survives a crash of one node.
struct Disk {
  galen::test::MemoryState state;
  Head head;
  std::optional<ledger::Certificate> certificate;
  std::vector<CertifiedBlock> blocks;        ///< by height - 1
  std::vector<pbft::JournalRecord> journal;  ///< synced votes of unapplied heights
  std::map<TxId, Height> committed;
  bool amnesia = false;
  std::vector<ledger::Evidence> evidence;
  std::optional<ledger::FailStopBundle> fail_stop;  ///< why the node stopped for good
};

/// What differs from a default consortium.
struct NetworkSetup {
  mempool::PoolLimits pool;
  std::uint64_t rotation_period_ms = 0;
  std::uint32_t max_block_transactions = 0;  ///< 0: the default
};

class Network;

/// The real one; counts how often it was told to forget, and charges what the test says.
class TestApplication final : public ModuleApplication {
 public:
  explicit TestApplication(const Network& network) : network_(network) {}

  [[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                                execution::StateOverlay& state) const override;

  void forget() const override {
    ++forgotten;
    ModuleApplication::forget();
  }

  mutable std::size_t forgotten = 0;

 private:
  const Network& network_;
};

class Node final : public Store,
                   public Transport,
                   public Signer,
                   public Clock,
                   public Transactions {
 public:
  Node(Network& network, ValidatorIndex self, Disk& disk);

  [[nodiscard]] Engine& engine() { return *engine_; }

  // Store
  [[nodiscard]] const execution::StateReader& state() const override { return disk_.state; }

  [[nodiscard]] const execution::PageReader& pages() const override { return disk_.state; }

  void append_votes(std::vector<pbft::JournalRecord> records, std::function<void()> done) override;
  void apply(CandidatePtr block,
             ledger::Certificate certificate,
             std::function<void()> done) override;

  void remember_amnesia() override { disk_.amnesia = true; }

  void answer_block(ValidatorIndex to, Height height) override;

  [[nodiscard]] std::optional<ledger::Certificate> certificate(Height height) const override {
    return height.value == 0 ? std::nullopt
                             : std::optional(disk_.blocks.at(height.value - 1).certificate);
  }

  void take_state(Height target, std::function<void(TakenState)> done) override;

  void keep_evidence(const ledger::Evidence& evidence) override {
    disk_.evidence.push_back(evidence);
  }

  [[noreturn]] void fail_stop(const ledger::FailStopBundle& bundle) override;
  // Transport
  void send(ValidatorIndex to, Channel channel, SharedBytes message) override;

  [[nodiscard]] bool connected(ValidatorIndex) const override { return true; }

  // Signer, Clock
  [[nodiscard]] Signature sign(BytesView statement) override;
  [[nodiscard]] TimeMs now() const override;
  // Transactions
  [[nodiscard]] Result<VerifiedTransactionPtr> resolve(BytesView bytes) override;

  void settle(const std::vector<ledger::DecodedTransactionPtr>&) override {}

  void receive(ValidatorIndex from, Channel channel, const Bytes& bytes);

  /// How often its application was told to forget.
  [[nodiscard]] std::size_t forgotten() const { return application_.forgotten; }

 private:
  void receive_bulk(ValidatorIndex from, const Bytes& bytes);
  void receive_reply(ValidatorIndex from, const RangeReply& reply);
  void check_synced(const Bytes& bytes) const;

  Network& network_;
  ValidatorIndex self_;
  Disk& disk_;
  pbft::BoundedMemo memo_{4096};
  TestApplication application_;
  std::optional<pbft::Verifier> verifier_;
  std::optional<Engine> engine_;
};

class Network {
 public:
  explicit Network(std::uint64_t seed, std::size_t n = 4, const NetworkSetup& setup = {});

  /// One task or delivery, or a tick for all when nothing waits.
  void step();
  /// Steps until `condition` holds; false after `limit` steps.
  [[nodiscard]] bool run_until(const std::function<bool()>& condition, std::size_t limit = 200'000);
  /// Steps until so many ticks have passed.
  void run_ticks(std::uint64_t ticks);

  void crash(std::size_t node);
  void restart(std::size_t node);

  [[nodiscard]] bool up(std::size_t node) const { return nodes_[node] != nullptr; }

  /// A registration of a patient, signed by hospital `by`, with its next nonce or a given one.
  [[nodiscard]] Bytes patient_transaction(std::size_t by,
                                          std::optional<std::uint64_t> nonce = std::nullopt);
  void submit(std::size_t node, const Bytes& transaction, SubmitDone done = {});

  [[nodiscard]] Height height(std::size_t node) const { return disks_[node].head.height; }

  [[nodiscard]] bool all_at(Height height) const;

  NetworkSetup setup;
  /// Transactions from peers that a node never takes into its pool; none by default.
  std::function<bool(std::size_t node, const Bytes& transaction)> hides;
  /// What arrives instead of a message: something else, nothing (null), or later. None by default.
  std::function<SharedBytes(ValidatorIndex from,
                            ValidatorIndex to,
                            Channel channel,
                            SharedBytes bytes,
                            std::uint64_t& delay_ms)>
      tampers;
  std::set<Height> erased;       ///< blocks whose bodies nobody has any more
  std::size_t states_taken = 0;  ///< by any node, since the start
  bool may_fail_stop = false;    ///< a node that stops for good is what the test wants
  Sequence random;
  ledger::Genesis genesis;
  ChainId chain;
  std::vector<Hospital> hospitals;
  std::vector<Disk> disks_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::uint64_t time_ms = 1'800'000'000'000;
  std::map<std::size_t, std::uint64_t> clock_ahead_ms;  ///< of a node; 0 by default
  std::uint64_t validity_ms = 300'000;
  unsigned loss_percent = 0;
  std::map<std::size_t, std::uint64_t> work;  ///< of a hospital's operations, beside their own

 private:
  friend class Node;

  struct Delivery {
    ValidatorIndex from;
    ValidatorIndex to;
    Channel channel = Channel::kConsensus;
    SharedBytes bytes;
  };

  /// A completion; dropped when its node crashed meanwhile.
  struct Task {
    std::size_t node;
    std::function<void()> run;
  };

  std::deque<Delivery> deliveries_;
  std::multimap<std::uint64_t, Delivery> delayed_;  ///< by time in ms
  std::deque<Task> tasks_;
  std::vector<std::uint64_t> sequence_;  ///< nonces used by each hospital
};

}  // namespace galen::engine::test
