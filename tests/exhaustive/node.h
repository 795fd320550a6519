// One honest member in a search: the real replica with its vote journal and ledger. It plays the
// engine: builds, checks and applies blocks, signs and stores what is asked before it leaves. A
// value.
#pragma once

#include "exhaustive/world.h"

#include <deque>
#include <string>
#include <vector>

namespace galen::pbft::test {

/// What a step caused outside.
struct Effects {
  std::vector<MessageId>
      published;  ///< signed and synced: the network may show it to anybody, any time
  std::vector<std::string> violations;
};

class Node {
 public:
  /// A member at genesis, started and allowed to vote.
  Node(World& world, std::size_t self);

  void step(World& world, const Event& event, Effects& effects);
  /// Syncs the oldest unsynced batch: signed, journalled, sent, fed back.
  void sync(World& world, Effects& effects);
  /// The engine has built or checked the block the core asked about first.
  void answer(World& world, Effects& effects);
  /// The ledger applies the block the core handed over.
  void apply(World& world, Effects& effects);
  /// Power off: only synced records and applied blocks survive. Back with rule 25 satisfied by
  /// stale statuses.
  void crash(World& world, Effects& effects);

  [[nodiscard]] std::string digest() const;

  [[nodiscard]] const Replica& replica() const { return replica_; }

  [[nodiscard]] std::size_t self() const { return self_; }

  [[nodiscard]] unsigned restarts() const { return restarts_; }

  [[nodiscard]] bool has_unsynced() const { return !unsynced_.empty(); }

  [[nodiscard]] bool has_answer() const { return !answers_.empty(); }

  [[nodiscard]] bool is_applying() const { return applying_.has_value(); }

  [[nodiscard]] const std::vector<Certificate>& ledger() const { return ledger_; }

  /// The block of the own synced PREPARE in (view, applied + 1).
  [[nodiscard]] std::optional<BlockHash> prepared_in(View view) const;

  /// Grows with everything that cannot be taken back: what makes a bundle of deliveries an action.
  [[nodiscard]] std::size_t acts() const { return acts_; }

 private:
  [[nodiscard]] static Config config(std::size_t self);
  void wake(World& world, Effects& effects);
  void handle(World& world, Output output, Effects& effects);
  void handle(World& world, const Action& action, Effects& effects);
  void check_send(World& world, const Send& send, Effects& effects) const;
  void check_forced(World& world, const JournalRecord& record, Effects& effects) const;
  void check_bodies(World& world, Effects& effects) const;
  void wipe(const VoteSubject& applied);

  std::size_t self_;
  Replica replica_;
  std::vector<JournalRecord> journal_;
  Height wiped_;
  std::vector<Certificate> ledger_;
  std::deque<std::vector<JournalRecord>> unsynced_;
  std::optional<CommitBlock> applying_;
  std::deque<Event> answers_;  ///< of the engine, not given yet
  std::optional<BuildDeclined> declined_;
  unsigned restarts_ = 0;
  std::size_t acts_ = 0;
};

}  // namespace galen::pbft::test
