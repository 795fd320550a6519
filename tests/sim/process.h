// One node process: the production engine, verifier and vote journal over a virtual disk, clock and
// network. A crash ends what is in memory; disk and ledger stay. Thread rule: one thread.
#pragma once

#include "base/check.h"
#include "byzantine/strategy.h"
#include "engine/application.h"
#include "engine/engine.h"
#include "ledger/evidence_index.h"
#include "modules/audit/consent_memory.h"
#include "sim/bodies.h"
#include "sim/consortium.h"
#include "sim/invariants.h"
#include "sim/trace.h"
#include "sim/virtual_disk.h"
#include "storage/database.h"
#include "storage/journal/vote_journal.h"
#include "support/memory_state.h"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace galen::sim {

/// A message on its way, decoded once for all receivers of the same bytes.
struct Packet {
  engine::Channel channel = engine::Channel::kConsensus;
  engine::SharedBytes bytes;
  std::shared_ptr<const pbft::Message> message;  ///< null: bulk, or bytes that do not decode
};

struct LedgerBlock {
  engine::SharedBytes bytes;  ///< as it came, every body in it
  ledger::Certificate certificate;
  std::vector<ledger::DecodedTransactionPtr> transactions;
  engine::SharedBytes served;  ///< null: not made since bodies went
};

/// The committed part of a node, as one synced batch per block leaves it.
struct Ledger {
  galen::test::MemoryState state;
  engine::Head head;
  std::optional<ledger::Certificate> certificate;
  std::vector<LedgerBlock> blocks;  ///< by height - 1
  std::map<TxId, storage::TransactionPlace> places;
  Bodies bodies;
  std::uint64_t journal_mark = 0;
  std::vector<Bytes> evidence;  ///< rows, each as synced
};

/// Where in a storage operation the process dies.
enum class CrashPoint : std::uint8_t { kNone, kBefore, kWithin, kAfter };

class Process;

/// The cause of a death in start().
inline constexpr const char* kStartFailed = "could not start";

/// What a process needs of the simulation around it.
class Surroundings {
 public:
  virtual ~Surroundings() = default;
  [[nodiscard]] virtual Micros now() const = 0;
  virtual void transmit(Process& from, ValidatorIndex to, Packet packet, Micros delay) = 0;
  /// Something of `process` completes after this long; complete_disk or complete_apply is called.
  virtual void schedule_disk(Process& process) = 0;
  virtual void schedule_apply(Process& process) = 0;
  /// complete_take is called.
  virtual void schedule_take(Process& process) = 0;
  /// Somebody who runs unchanged code, can be reached and has that height; nullptr: nobody now.
  virtual const Process* state_source(const Process& process, Height target) = 0;
  /// The fate of the storage operation about to run. `plannable`: a scenario's plan means it, as it
  /// does votes and blocks, not what is wiped or kept beside them.
  virtual CrashPoint next_crash_point(Process& process, bool is_apply, bool plannable) = 0;
  /// The process is dead and its disk settled; it must be started again some time.
  virtual void died(Process& process, const std::string& cause) = 0;
  virtual Result<engine::VerifiedTransactionPtr> resolve(BytesView bytes) = 0;
  virtual Result<pbft::BlockInfo> inspect(const pbft::SharedBytes& block, Process& process) = 0;
};

class Process final : public engine::Store,
                      public engine::Transport,
                      public engine::Signer,
                      public engine::Clock,
                      public engine::Transactions {
 public:
  struct Parts {
    Surroundings& surroundings;
    const Consortium& consortium;
    Invariants& invariants;
    Trace& trace;
    std::uint32_t number = 0;
    ValidatorIndex identity;
    Rng rng;
  };

  explicit Process(Parts parts);

  /// Creates journal and ledger of a new node.
  void found();
  void start();
  void crash(const std::string& cause);

  [[nodiscard]] bool up() const { return running_ != nullptr && running_->engine; }

  [[nodiscard]] std::uint32_t number() const { return parts_.number; }

  [[nodiscard]] ValidatorIndex identity() const { return parts_.identity; }

  /// Rises with every crash: what was scheduled before is void.
  [[nodiscard]] std::uint32_t incarnation() const { return incarnation_; }

  [[nodiscard]] engine::EngineStatus status() const { return running_->engine->status(); }

  /// Entered last.
  [[nodiscard]] View view() const { return view_; }

  [[nodiscard]] Height height() const { return ledger_.head.height; }

  [[nodiscard]] const Ledger& ledger() const { return ledger_; }

  /// As node/node_backend.cpp: what the engine said last, while that is not too old.
  [[nodiscard]] bool fresh() const;

  /// What this process remembers of consent for releases.
  [[nodiscard]] audit::ConsentMemory& consents() { return running_->consents; }

  /// Whom its durable evidence names.
  [[nodiscard]] std::set<ValidatorIndex> accused() const;

  [[nodiscard]] VirtualDisk& disk() { return disk_; }

  // Events.
  void tick(std::uint64_t passed);
  void receive(ValidatorIndex from, const Packet& packet);
  void peer_connected(ValidatorIndex peer);
  void submit(const Bytes& transaction, engine::SubmitDone done);
  void complete_disk();
  void complete_apply();
  void complete_take();

  // Faults that outlive a restart.
  void lose_journal() { disk_.lose(); }

  void damage_journal() { disk_.rot(); }

  /// Blocks, evidence and what makes the journal grow find no room.
  void fill_disk(bool full) { disk_.fill(full); }

  void lose_ledger();
  void take_snapshot();
  void restore_snapshot();

  /// Of the ledger alone: the journal stays what it is.
  void keep_ledger() { kept_ledger_ = ledger_; }

  void restore_ledger();
  /// Becomes a copy of another process: same key, same journal, same ledger.
  void clone_from(const Process& other);

  // Store
  [[nodiscard]] const execution::StateReader& state() const override { return state_; }

  [[nodiscard]] const execution::PageReader& pages() const override { return ledger_.state; }

  void append_votes(std::vector<pbft::JournalRecord> records, std::function<void()> done) override;
  void apply(engine::CandidatePtr block,
             ledger::Certificate certificate,
             std::function<void()> done) override;
  void answer_block(ValidatorIndex to, Height height) override;
  [[nodiscard]] std::optional<ledger::Certificate> certificate(Height height) const override;
  /// What node/state/ ends with, taken from one sound source at once: its own messages, and sources
  /// that lie, are tested over RocksDB (StateSyncTest).
  void take_state(Height target, std::function<void(engine::TakenState)> done) override;
  void remember_amnesia() override;
  void keep_evidence(const ledger::Evidence& evidence) override;
  [[noreturn]] void fail_stop(const ledger::FailStopBundle& bundle) override;
  // Transport
  void send(ValidatorIndex to, engine::Channel channel, engine::SharedBytes message) override;

  [[nodiscard]] bool connected(ValidatorIndex) const override { return true; }

  // Signer, Clock
  [[nodiscard]] Signature sign(BytesView statement) override;
  [[nodiscard]] TimeMs now() const override;

  // Transactions
  [[nodiscard]] Result<engine::VerifiedTransactionPtr> resolve(BytesView bytes) override;

  void settle(const std::vector<ledger::DecodedTransactionPtr>&) override {}

  // Set by the simulation.
  std::unique_ptr<byzantine::Strategy> strategy;  ///< null: honest
  std::int64_t clock_offset_ms = 0;
  Micros tick_period = 10'000;  ///< of its monotonic clock
  Micros last_tick = 0;
  Micros paused_until = 0;
  Micros busy_until = 0;  ///< with an event, on a slow processor
  Micros full_until = 0;  ///< its disk has no room

 private:
  struct Running {
    engine::ModuleApplication application;  ///< what it remembers ends with the process
    std::optional<storage::VoteJournal> journal;
    std::optional<pbft::Verifier> verifier;
    std::optional<engine::Engine> engine;
    ledger::EvidenceIndex evidence;  ///< what the rows say
    audit::ConsentCache consents;
    std::map<std::size_t, Micros> erase_at;  ///< by open order
  };

  struct DiskTask {
    std::vector<pbft::JournalRecord> records;  ///< empty: wipe
    std::function<void()> done;
    Height height;  ///< to wipe; for ever: remember amnesia
    View view;
    std::optional<ledger::Evidence> evidence;
  };

  struct ApplyTask {
    engine::CandidatePtr block;
    ledger::Certificate certificate;
    std::function<void()> done;
  };

  struct TakeTask {
    Height target;
    std::function<void(engine::TakenState)> done;
  };

  struct Snapshot {
    Ledger ledger;
    VirtualDisk::Image disk;
  };

  [[nodiscard]] bool open_journal();
  void load_evidence();
  [[nodiscard]] Status write_evidence(const ledger::Evidence& evidence);
  [[nodiscard]] std::optional<pbft::Restored> restore_votes();
  void make_engine(pbft::Restored votes);
  void observe(const pbft::TraceRecord& record);
  void next_disk_task();
  [[nodiscard]] Status run_disk_task(const DiskTask& task);
  void apply_now(const ApplyTask& task);
  void take_now(const Process& source);
  void mark_journal();
  void wipe_votes(const ledger::VoteSubject& subject);
  void erase_due();
  void forget_served();
  [[nodiscard]] engine::SharedBytes block_to_serve(Height height);
  void dispatch(ValidatorIndex to,
                engine::Channel channel,
                const engine::SharedBytes& message,
                Micros delay);
  void dispatch(std::vector<byzantine::Outgoing>& messages);
  void receive_bulk(ValidatorIndex from, BytesView bytes);
  void check_new_view(const pbft::NewView& new_view, ValidatorIndex from);
  void receive_erased(ValidatorIndex from, pbft::CommitProof proof);
  void serve(ValidatorIndex to, const engine::RangeRequest& request);
  void receive_blocks(ValidatorIndex from, engine::RangeReply reply);

  Parts parts_;
  VirtualDisk disk_;
  Ledger ledger_;
  ChainState state_{ledger_.state, ledger_.bodies};
  std::optional<Snapshot> snapshot_;
  std::optional<Ledger> kept_ledger_;
  std::unique_ptr<Running> running_;
  std::uint32_t incarnation_ = 0;
  std::deque<DiskTask> urgent_;
  std::deque<DiskTask> wipes_;  ///< and evidence: behind every vote
  std::optional<DiskTask> at_disk_;
  std::optional<ApplyTask> applying_;
  std::optional<TakeTask> taking_;
  View view_;
  engine::SharedBytes last_bytes_;  ///< a broadcast sends the same bytes to everybody
  std::shared_ptr<const pbft::Message> last_message_;
};

}  // namespace galen::sim
