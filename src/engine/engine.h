// The single-threaded driver: turns messages, transactions and ticks into events of the PBFT core,
// and the core's outputs into executions, synced votes, applied blocks and messages
// (ARCHITECTURE.md 3, 4). Everything that blocks is behind ports.h; the same engine runs in
// production and in the simulator. Thread rule: one thread (the strand). Completions and callbacks
// run on it.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "engine/block_sync.h"
#include "engine/candidate.h"
#include "engine/censorship.h"
#include "engine/ports.h"
#include "engine/signature_memo.h"
#include "engine/wire.h"
#include "execution/executor.h"
#include "ledger/genesis.h"
#include "mempool/pool.h"
#include "pbft/horizon.h"
#include "pbft/replica.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace galen::engine {

/// What became of a submitted transaction.
struct Committed {
  TxId id;
  Height height;
  BlockHash block;
  TimeMs time;
  ledger::Receipt receipt;
  std::vector<ledger::OperationResult> results;
};

/// Called once: after the durable apply of its block (DUR-7), or with the reason it can no longer
/// commit.
using SubmitDone = std::function<void(Result<Committed>)>;

struct EngineOptions {
  pbft::Config replica;
  ledger::Genesis genesis;
  mempool::PoolLimits pool;
  std::size_t memo_capacity = 100'000;
};

struct Ports {
  Store& store;
  Transport& transport;
  Signer& signer;
  Clock& clock;
  Transactions& transactions;
  const pbft::Verifier& verifier;
  const execution::Application& application;
};

/// Where the engine starts: the ledger's head and what the vote journal remembers.
struct Start {
  Head head;
  std::optional<ledger::Certificate> certificate;  ///< none at genesis
  pbft::Restored journal;
};

struct EngineStatus {
  Head head;
  View view;
  bool view_active = false;
  ValidatorIndex primary;
  bool may_vote = false;
  bool amnesia = false;
  std::uint64_t fresh_ms = 0;  ///< for how long the state may still be called fresh; 0: it is not
  bool taking_state = false;   ///< bodies it would have to execute are erased
  std::size_t pool_transactions = 0;
  std::size_t pool_bytes = 0;
  std::uint64_t committed_transactions = 0;  ///< since start
  std::uint64_t ignored_messages = 0;        ///< since start
  std::size_t buffered_votes = 0;            ///< at most pbft::kMaxBufferedVotes a member
  std::size_t buffered_blocks = 0;           ///< pbft::Replica::buffered() says how many
  std::size_t candidates = 0;                ///< executed blocks; at most kMaxCandidates
  /// Of the last fresh block of another member: its time less the own clock when it arrived, with
  /// the way it had. Ahead by more than the precision, a clock is wrong (TIM-4).
  std::int64_t proposal_skew_ms = 0;
  std::uint64_t untimely_proposals = 0;  ///< since start
  std::vector<Height> peers;             ///< applied height each validator last reported
};

/// Executed blocks that wait for a certificate: the newest; others are executed again when they
/// commit.
inline constexpr std::size_t kMaxCandidates = 8;

/// Something worth a line in the log.
using TraceSink = std::function<void(const pbft::TraceRecord&)>;

class Engine {
 public:
  Engine(EngineOptions options, const Ports& ports, Start start, TraceSink trace = {});

  /// Before anything else: statuses to all, stored messages again.
  void start();
  /// So many times kTickMs have passed.
  void tick(std::uint64_t passed = 1);

  /// A client's transaction. `done` may be empty and is not called when admission fails: errors of
  /// execution::check_transaction and mempool::Pool::add; kExpired also when too little is left of
  /// its validity for it to be proposed.
  [[nodiscard]] Status submit(const VerifiedTransactionPtr& transaction, SubmitDone done);
  /// Transactions a peer admitted; `overtaken_by`: the peer that says they were passed over.
  void receive_transactions(const std::vector<VerifiedTransactionPtr>& transactions,
                            std::optional<ValidatorIndex> overtaken_by = std::nullopt);
  void receive(pbft::VerifiedMessage message);
  /// A RangeReply of `count` blocks from `first` on is here. True when it was asked for: then it is
  /// to be verified beside the strand, and receive_blocks or refuse_blocks must follow, once.
  /// BlockSync says why.
  [[nodiscard]] bool begin_reply(ValidatorIndex from, Height first, std::size_t count);
  /// `erased`: the block behind these has erased bodies there.
  void receive_blocks(ValidatorIndex from, std::vector<SyncedBlock> blocks, bool erased = false);
  /// A certified block came whose bodies are erased at its sender: ask others.
  void note_erased(Height height);
  /// It did not verify, or (`at_fault` false) could not be verified here.
  void refuse_blocks(ValidatorIndex from, bool at_fault = true);
  void peer_connected(ValidatorIndex peer);

  /// Whether a BlockBody with this block would have any effect: look before verifying it.
  [[nodiscard]] bool wants_body(const BlockHash& block) const { return replica_.wants_body(block); }

  /// What to look through before a message is verified.
  [[nodiscard]] const pbft::Horizon& horizon() const { return horizon_; }

  /// Told of the horizon now, and whenever it moves.
  void watch_horizon(std::function<void(const pbft::Horizon&)> watcher);

  /// So many messages of peers were beyond the horizon.
  void note_ignored(std::uint64_t messages) { ignored_ += messages; }

  /// Sends what submit() gathered; called when no event is waiting, so that batches form under load
  /// and nothing waits when idle.
  void flush();

  [[nodiscard]] EngineStatus status() const;

  [[nodiscard]] const Head& head() const { return head_; }

 private:
  struct Waiting {
    std::vector<SubmitDone> done;
    std::uint64_t sent_tick = 0;  ///< last broadcast
  };

  struct Ready {
    ledger::Certificate certificate;
    pbft::SharedBytes block;
  };

  // consensus.cpp: the core's outputs
  void push(pbft::Event event);
  void pump();
  void carry_out(pbft::Output output);
  void move_horizon();
  void persist(std::vector<pbft::JournalRecord> records);
  void send(const pbft::Send& message);
  void perform(const pbft::BuildBlock& action);
  void perform(const pbft::CheckBlock& action);
  void perform(const pbft::CommitBlock& action);
  void perform(const pbft::SyncTo& action);
  void perform(const pbft::AnswerBlock& action);
  void perform(const pbft::CompareCertificate& action);
  void perform(const pbft::CompareHead& action);
  void perform(const pbft::FailStop& action);
  void perform(const pbft::KeepEvidence& action);
  void perform(const pbft::RememberAmnesia& action);
  [[nodiscard]] Result<CandidatePtr> check(const pbft::SharedBytes& block, const Arrival& arrival);
  [[nodiscard]] ExecutionContext execution();

  // apply.cpp: the one serial gate through which blocks become state (SAF-13)
  void apply_next();
  void applied(const CandidatePtr& block, const ledger::Certificate& certificate);
  void stop_at(const Ready& block, const std::string& reason);
  void answer_waiting(const Candidate& block);
  void refuse_waiting(const TxId& id, const Error& error);
  void drop_expired(TimeMs time);
  /// Whether every change of a submitter's keys went through drop_displaced.
  enum class Keys : std::uint8_t { kSeen, kUnseen };
  void drop_dead(Keys keys);
  void drop_displaced(const Candidate& block);
  void drop_erased(const Candidate& block);
  [[nodiscard]] std::optional<Ready> next_ready();
  void fetch();
  void take_state();
  void taken(const TakenState& state);

  // submission.cpp
  [[nodiscard]] Status admit(const VerifiedTransactionPtr& transaction,
                             std::optional<ValidatorIndex> overtaken_by = std::nullopt);
  [[nodiscard]] Status check_admissible(const ledger::DecodedTransaction& transaction);
  void note_committed(const Candidate& block);
  void watch_primary();
  void resend_old();
  void expire_old();
  void broadcast(Channel channel, const SharedBytes& bytes);
  /// To all others, or to one as overtaken.
  void send_batches(const std::vector<ledger::DecodedTransactionPtr>& transactions,
                    std::optional<ValidatorIndex> to = std::nullopt);
  void keep_candidate(const CandidatePtr& block);
  void note_time(TimeMs proposed, TimeMs arrived, bool untimely);
  /// To the primary, before it is suspected for not proposing what it may not have (LIV-1).
  void forward_waiting();
  void forget_outgoing(const std::vector<ledger::DecodedTransactionPtr>& proposed);

  /// What waits is sent to this view's primary, some at a time, in the order of the pool.
  struct Forwarding {
    View view;
    std::uint64_t entered = 0;  ///< tick
    std::uint64_t stepped = 0;  ///< tick
    std::uint64_t next = 0;     ///< order in the pool
  };

  EngineOptions options_;
  Ports ports_;
  TraceSink trace_;
  ChainContext chain_;
  Head head_;
  SignatureMemo memo_;
  mempool::Pool pool_;
  CensorshipWatch censorship_;
  pbft::Replica replica_;
  std::deque<pbft::Event> events_;
  bool pumping_ = false;
  std::map<BlockHash, CandidatePtr> candidates_;  ///< executed on head_, the newest kMaxCandidates
  std::deque<BlockHash> candidate_order_;         ///< of these
  std::map<std::pair<Height, BlockHash>, TimeMs>
      arrivals_;             ///< when a proposal came, for timeliness
  std::deque<Ready> ready_;  ///< certified blocks waiting for the gate
  bool applying_ = false;
  bool taking_ = false;            ///< another state is on its way; nothing is applied
  std::map<TxId, Waiting> local_;  ///< own clients' transactions in the pool
  std::vector<ledger::DecodedTransactionPtr>
      outgoing_;  ///< own clients', not yet told to the others
  std::uint64_t ticks_ = 0;
  Forwarding forwarding_;
  BlockSync sync_;
  std::uint64_t committed_ = 0;
  std::uint64_t ignored_ = 0;
  std::int64_t proposal_skew_ms_ = 0;
  std::uint64_t untimely_ = 0;
  std::vector<Height> peer_heights_;
  pbft::Horizon horizon_;
  std::function<void(const pbft::Horizon&)> horizon_watcher_;
};

}  // namespace galen::engine
