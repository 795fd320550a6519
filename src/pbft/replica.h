// The replicated-log core: one validator's PBFT state as a value (CONSENSUS.md 1-25). Orders opaque
// blocks by hash; knows nothing of transactions, keys, clocks or files. docs/protocol.md says which
// function implements which rule.
// Thread rule: one thread (the engine's strand). Deterministic: equal events give equal outputs.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "base/ids.h"
#include "ledger/block.h"
#include "pbft/event.h"
#include "pbft/output.h"
#include "pbft/slot.h"

namespace galen::pbft {

inline constexpr std::uint64_t kTickMs = 10;

/// Timer lengths in ticks of kTickMs.
struct Timing {
  std::uint32_t request_ticks = 200;      ///< T: doubles per failed view, at most 16 times (rule 21)
  std::uint32_t status_ticks = 80;        ///< between statuses to all (rule 24: at most a second)
  std::uint32_t resend_ticks = 10;        ///< own stored messages are re-sent when older than this
  std::uint32_t relay_ticks = 50;         ///< stored messages of others likewise
  std::uint32_t fetch_ticks = 20;         ///< between attempts to fetch a body or to sync
  std::uint32_t fresh_ticks = 1000;       ///< T_stale
};

struct Config {
  ValidatorIndex self;
  std::size_t validators = 0;  ///< n
  Epoch epoch;
  Timing timing;
};

/// The ledger's head at start. At genesis: height 0, hash = chain id, no certificate.
struct Head {
  Height height;
  BlockHash hash;
  std::optional<ledger::Certificate> certificate;
};

/// What the vote journal remembers.
struct Restored {
  std::vector<Verified<JournalRecord>> records;
  Height wiped;          ///< votes up to this height existed and are gone: none is ever signed there again
  bool amnesia = false;  ///< the journal is missing or behind the ledger: follow, never vote
};

class Replica {
 public:
  /// REQUIRES: config.self < config.validators; records are self's.
  Replica(const Config& config, const Head& head, Restored restored);

  /// Everything the event causes. Events of one replica are stepped in the order they happened; in
  /// particular Persisted in the order of the persist lists.
  [[nodiscard]] Output step(const Event& event);

  /// To be done before the first event: statuses to all and stored messages again (rule 25).
  [[nodiscard]] Output start();

  [[nodiscard]] ValidatorIndex primary(View view) const;

  [[nodiscard]] bool is_primary() const { return primary(view_) == config_.self; }

  /// The view entered last.
  [[nodiscard]] View view() const { return view_; }

  /// No own VIEW-CHANGE stands above the view.
  [[nodiscard]] bool active() const { return view_change_ <= view_; }

  [[nodiscard]] Height applied() const { return applied_; }

  [[nodiscard]] BlockHash applied_hash() const { return applied_hash_; }

  /// Highest height a certificate is known for.
  [[nodiscard]] Height certified() const;

  /// Amnesia and rule 25 allow votes. (Being behind or in view change may still forbid them.)
  [[nodiscard]] bool may_vote() const { return !amnesia_ && confirmed_; }

  [[nodiscard]] bool amnesia() const { return amnesia_; }

  /// Within fresh_ticks Q members, self included, reported a max COMMIT height <= applied: reads from
  /// the applied state are up to date even on an idle chain (TIM-5, PAY-1).
  [[nodiscard]] bool is_fresh() const;

  /// What others are told (rule 24).
  [[nodiscard]] StatusReport status() const;

 private:
  struct PeerReport {
    StatusReport status;
    std::uint64_t tick = 0;
  };

  struct OwnSlot {
    Height height;
    View view;
    ledger::VoteType type = ledger::VoteType::kPrepare;
    friend auto operator<=>(const OwnSlot&, const OwnSlot&) = default;
  };

  // Events (replica.cpp).
  void on(const Verified<Vote>& event);
  void on(const Verified<CheckedProposal>& event);
  void on(const Verified<ViewChange>& event);
  void on(const Verified<NewView>& event);
  void on(const Verified<Suspect>& event);
  void on(const Verified<StatusReport>& event);
  void on(const Verified<CommitProof>& event);
  void on(const Verified<BlockRequest>& event);
  void on(const Verified<CheckedBody>& event);
  void on(const Persisted& event);
  void on(const ProposalBuilt& event);
  void on(const BuildDeclined& event);
  void on(const BlockChecked& event);
  void on(const Applied& event);
  void on(const PendingTransactions& event);
  void on(const PeerConnected& event);
  void on(const PrimarySuspected& event);
  void on(const Tick& event);

  Config config_;
  std::size_t quorum_;
  std::size_t fault_bound_;
  Output out_;
};

}  // namespace galen::pbft
