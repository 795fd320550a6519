// The engine's Store over RocksDB and the vote journal. Votes are synced on one thread of their
// own, evidence on another; blocks are applied on the strand, which nothing can use meanwhile
// anyway (one height in flight). Thread rule: as engine::Store (the strand).
#pragma once

#include "engine/ports.h"
#include "node/state/state_sync.h"
#include "node/strand.h"
#include "storage/database.h"
#include "storage/journal/vote_journal.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace galen::node {

/// Ends the process; never returns.
using Fatal = std::function<void(const std::string& reason, bool fail_stop)>;

class NodeStore final : public engine::Store {
 public:
  struct Parts {
    storage::Database& database;
    storage::VoteJournal* journal;  ///< null when there is none to read: the core then never votes
    Strand& strand;
    TaskThreads& sync;
    TaskThreads& evidence;  ///< one thread of its own: no vote waits for evidence
    std::function<void(ValidatorIndex, Height)> answer;  ///< reads and sends off the strand
    /// Takes a state from peers off the strand and hands it over once, on any thread.
    std::function<void(Height target, std::function<void(StateSync::Outcome)>)> take;
    std::function<std::optional<TimeMs>()> view_start;  ///< of the head's origin view
    Fatal fatal;
    std::function<void()> committed;  ///< a block was applied: told on the strand, must be cheap
  };

  explicit NodeStore(Parts parts) : parts_(std::move(parts)) {}

  [[nodiscard]] const execution::StateReader& state() const override { return parts_.database; }

  [[nodiscard]] const execution::PageReader& pages() const override { return parts_.database; }

  void append_votes(std::vector<pbft::JournalRecord> records, std::function<void()> done) override;
  void apply(engine::CandidatePtr block,
             ledger::Certificate certificate,
             std::function<void()> done) override;

  void take_state(Height target, std::function<void(engine::TakenState)> done) override;

  [[nodiscard]] std::optional<ledger::Certificate> certificate(Height height) const override;

  void remember_amnesia() override;

  void answer_block(ValidatorIndex to, Height height) override { parts_.answer(to, height); }

  void keep_evidence(const ledger::Evidence& evidence) override;

  [[noreturn]] void fail_stop(const ledger::FailStopBundle& bundle) override;

  /// Makes durable what the vote journal wiped: an erasure waits for no next vote. Waits for the
  /// sync thread, so not from it; false when that is stopping.
  [[nodiscard]] bool sync_wipes();

 private:
  [[nodiscard]] engine::TakenState take_now(const StateSync::Outcome& outcome);
  [[nodiscard]] std::uint64_t next_mark() const;
  void wipe_votes(const ledger::VoteSubject& applied);
  void apply_now(const engine::Candidate& block, const ledger::Certificate& certificate);
  [[noreturn]] void die(const std::string& reason, bool fail_stop);

  Parts parts_;
  mutable std::uint64_t told_unreadable_ms_ = 0;  ///< when certificate() last had to
};

}  // namespace galen::node
