// The replicated-log core: one validator's PBFT state as a value (CONSENSUS.md 1-25). Orders opaque
// blocks by hash; knows nothing of transactions, keys, clocks or files. docs/protocol.md says which
// function implements which rule.
// Thread rule: one thread (the engine's strand). Deterministic: equal events give equal outputs.
#pragma once

#include "base/ids.h"
#include "base/limits.h"
#include "ledger/block.h"
#include "pbft/event.h"
#include "pbft/output.h"
#include "pbft/selection.h"
#include "pbft/slot.h"
#include "pbft/token_bucket.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

namespace galen::pbft {

namespace test {
class ReplicaDigest;
}

inline constexpr std::uint64_t kTickMs = 10;

/// What one peer may cost. Statuses and block requests, and likewise old certificates: a burst,
/// then 20 a second; honest peers send about ten. Blocks sent for them: bytes, then 8 MiB a second.
inline constexpr std::uint64_t kAnswerBurst = 20;
inline constexpr std::uint64_t kTicksPerAnswer = 5;
inline constexpr std::uint64_t kBodyBurstBytes = 16 * 1024 * 1024;
inline constexpr std::uint64_t kBodyBytesPerTick = 80 * 1024;

/// Timer lengths in ticks of kTickMs.
struct Timing {
  std::uint32_t request_ticks = 200;  ///< T: doubles per failed view, at most 16 times (rule 21)
  std::uint32_t status_ticks = 80;    ///< between statuses to all (rule 24: at most a second)
  std::uint32_t resend_ticks = 10;    ///< own stored messages are re-sent when older than this
  std::uint32_t relay_ticks = 50;     ///< stored messages of others likewise
  std::uint32_t fetch_ticks = 20;     ///< between attempts to fetch a body or to sync
  std::uint32_t fresh_ticks = 1000;   ///< T_stale
};

struct Config {
  ValidatorIndex self;
  std::size_t validators = 0;  ///< n
  Epoch epoch;
  Timing timing;
  /// Random, another one at every start, at most kMaxSession: answers to statuses of an earlier run
  /// count for nothing in this one.
  std::uint64_t session = 0;
};

/// What an amnesic member says of its COMMITs: nobody counts on it for freshness.
inline constexpr Height kNoCommitKnown{kMaxCounter};

inline constexpr std::uint64_t kMaxSession = ~std::uint64_t{0} >> 1U;

/// Two heights ahead and the applied one: PREPARE and COMMIT of so many views each.
inline constexpr std::size_t kMaxBufferedVotes = 3 * 2 * kMaxViewsHeld;
/// Two heights ahead: proposals of so many views, large blocks that were voted for, and what was
/// certified.
inline constexpr std::size_t kMaxBufferedBlocks =
    2 * (kMaxViewsHeld + limits::kMaxBlocksVotedAtHeight + 2);

/// The ledger's head at start. At genesis: height 0, hash = chain id, no certificate.
struct Head {
  Height height;
  BlockHash hash;
  std::optional<ledger::Certificate> certificate;
};

/// What the vote journal remembers.
struct Restored {
  std::vector<Verified<JournalRecord>> records;
  Height wiped;  ///< votes up to this height existed and are gone: none is ever signed there again
  bool amnesia = false;  ///< the journal is missing or behind the ledger: follow, never vote
};

class Replica {
 public:
  /// REQUIRES: config.self < config.validators; records are self's.
  Replica(const Config& config, const Head& head, Restored restored);

  /// Everything the event causes. Events of one replica are stepped in the order they happened; in
  /// particular Persisted in the order of the persist lists.
  [[nodiscard]] Output step(const Event& event);

  /// The first output: a status to everybody. Stored messages go out again as answers to statuses.
  [[nodiscard]] Output start();

  [[nodiscard]] ValidatorIndex primary(View view) const;

  [[nodiscard]] bool is_primary() const { return primary(view_) == config_.self; }

  /// The view entered last.
  [[nodiscard]] View view() const { return view_; }

  /// The highest view that it is in or has asked for.
  [[nodiscard]] View asked_view() const { return view_ < view_change_ ? view_change_ : view_; }

  /// No own VIEW-CHANGE stands above the view.
  [[nodiscard]] bool active() const { return view_change_ <= view_; }

  [[nodiscard]] Height applied() const { return applied_; }

  [[nodiscard]] BlockHash applied_hash() const { return applied_hash_; }

  /// Highest height a certificate is known for.
  [[nodiscard]] Height certified() const;

  /// Amnesia and rule 25 allow votes. (Being behind or in view change may still forbid them.)
  [[nodiscard]] bool may_vote() const { return !amnesia_ && confirmed_; }

  [[nodiscard]] bool amnesia() const { return amnesia_; }

  /// Whether the body of this block is certified or forced here and missing: any other is ignored,
  /// so look before it is verified.
  [[nodiscard]] bool wants_body(const BlockHash& block) const;

  /// Q members, self included, answered a status sent within fresh_ticks: no COMMIT above applied.
  /// So reads from the applied state are up to date even on an idle chain (TIM-5, PAY-1).
  [[nodiscard]] bool is_fresh() const { return fresh_ticks_left() > 0; }

  /// For how long that is so, unless something new comes: ticks, 0 when it is not.
  [[nodiscard]] std::uint64_t fresh_ticks_left() const;

  /// What others are told (rule 24).
  [[nodiscard]] StatusReport status() const;

  /// What waits in memory for a height to be decided, and votes of the applied one.
  struct Buffered {
    std::size_t votes = 0;
    std::size_t blocks = 0;
  };

  /// Votes: at most kMaxBufferedVotes per member, whatever peers send (DOS-3). Blocks: at most
  /// kMaxBufferedBlocks, and one more for every further view of the height: a small one, or one
  /// that had to be forced and that this member never voted for.
  [[nodiscard]] Buffered buffered() const;

 private:
  /// Reads the state for the exhaustive search (tests/exhaustive); changes nothing.
  friend class test::ReplicaDigest;

  /// What a peer may still ask for (DOS-3).
  struct Allowance {
    TokenBucket answers{kAnswerBurst * kTicksPerAnswer, 1};
    TokenBucket body_bytes{kBodyBurstBytes, kBodyBytesPerTick};
    TokenBucket comparisons{kAnswerBurst * kTicksPerAnswer, 1};
  };

  struct PeerReport {
    StatusReport status;  ///< the last one that came
    /// Of the answer to the newest own status: when that was sent, and what the answer says.
    std::optional<std::uint64_t> asked_tick;
    Height max_commit_height;
  };

  /// A slot of SAF-3: at most one block is ever signed in it.
  struct OwnSlot {
    Height height;
    View view;
    ledger::VoteType type = ledger::VoteType::kPrepare;
    friend auto operator<=>(const OwnSlot&, const OwnSlot&) = default;
  };

  struct HeldViewChange {
    ViewChange view_change;
    std::uint64_t stored_tick = 0;
  };

  struct CertifiedHeight {
    ledger::Certificate certificate;
    ValidatorIndex from;
  };

  // replica.cpp: bookkeeping.
  void restore(const Verified<JournalRecord>& record);
  void on(const Persisted& event);
  void on(const Applied& event);
  void on(const CertifiedBefore& event);
  void on(const PendingTransactions& event);
  void on(const Tick& event);
  void advance();
  void learn_certificate(const ledger::Certificate& certificate, ValidatorIndex from);
  void compare(const ledger::Certificate& certificate, ValidatorIndex from);
  void stop(const ledger::Certificate& known, const ledger::Certificate& conflicting);
  void prune_applied();
  void store_own(const VoteRecord& record);
  [[nodiscard]] Slot* slot(Height height);
  [[nodiscard]] const Slot* slot(Height height) const;
  void trace(
      TraceKind kind, std::string_view what, View view, Height height, const BlockHash& block);
  void ignore(std::string_view what,
              IgnoreReason reason,
              const ledger::VoteSubject& subject,
              ValidatorIndex member);

  // normal_case.cpp: rules 1-9.
  void on(const Verified<Vote>& event);
  void on(const Verified<CheckedProposal>& event);
  void on(const ProposalBuilt& event);
  void on(const BuildDeclined& event);
  void on(const BlockChecked& event);
  [[nodiscard]] IgnoreReason ignore_vote(const ledger::VoteSubject& subject) const;
  [[nodiscard]] IgnoreReason ignore_proposal(const ledger::VoteSubject& subject) const;
  [[nodiscard]] IgnoreReason ignore_built(const ProposalBuilt& event) const;
  [[nodiscard]] IgnoreReason reject_block(const BlockInfo& block, View view) const;
  [[nodiscard]] bool can_vote() const;
  [[nodiscard]] bool has_voted(ledger::VoteType type, View view) const;
  [[nodiscard]] std::size_t blocks_voted() const;
  void try_commit();
  void try_propose();
  void propose_forced(const ledger::Certificate& forced);
  void try_prepare();
  void try_commit_vote();
  void ask_vote(VoteRecord record);
  void on_stored(Stored stored, const Vote& vote, std::string_view what);
  void on_own_vote(const Vote& vote);

  // evidence.cpp: SAF-16.
  void watch_vote(const Vote& vote, std::string_view what);
  void watch_votes(const ledger::Certificate& certificate);
  void accuse_signers(const ledger::Certificate& known, const ledger::Certificate& conflicting);

  // view_change.cpp: rules 10-23.
  void on(const Verified<ViewChange>& event);
  void on(const Verified<NewView>& event);
  void on(const Verified<Suspect>& event);
  void on(const PrimarySuspected& event);
  void rotate(View ended);
  [[nodiscard]] IgnoreReason ignore_view_change(const ViewChange& view_change) const;
  [[nodiscard]] IgnoreReason ignore_new_view(const NewView& new_view) const;
  [[nodiscard]] std::optional<ledger::Certificate> forced_at(Height height) const;
  [[nodiscard]] bool timer_needed() const;
  [[nodiscard]] std::uint64_t timeout_ticks() const;
  void on_suspect(View view, ValidatorIndex member);
  void suspect_primary(std::string_view cause);
  void start_view_change(View new_view, std::string_view cause);
  void promise_again(const ViewChange& change);
  void try_join();
  void try_new_view();
  void enter_view(View view, std::string_view cause);
  void enter_new_view(const NewView& new_view);
  void activate_by_certificate(ledger::Certificate certificate);
  void update_timer();
  void on_timer_expired();

  // recovery.cpp: rules 8, 24, 25, fetching and catching up.
  void on(const Verified<StatusReport>& event);
  void on(const Verified<CommitProof>& event);
  void on(const Verified<BlockRequest>& event);
  void on(const Verified<CheckedBody>& event);
  void on(const PeerConnected& event);
  void send_status(std::optional<ValidatorIndex> to);
  void answer_behind(ValidatorIndex to, const StatusReport& status, bool eager);
  void answer_views(ValidatorIndex to, const StatusReport& status, bool eager);
  void answer_slot(ValidatorIndex to, const HeldSlot& held, const Slot& own, bool eager);
  void answer_applied(ValidatorIndex to, Height height);
  [[nodiscard]] bool may_ask(ValidatorIndex peer);
  [[nodiscard]] bool may_get(ValidatorIndex peer, const SharedBytes& body);
  [[nodiscard]] bool is_due(ValidatorIndex author, std::uint64_t stored_tick, bool eager) const;
  [[nodiscard]] std::optional<std::uint64_t> tick_of_echo(const StatusReport& status) const;
  [[nodiscard]] bool shows_nothing_unknown(const StatusReport& status) const;
  void confirm_by(ValidatorIndex member);
  void declare_amnesia(std::string_view cause);
  [[nodiscard]] ValidatorIndex sync_source(const ledger::Certificate& certificate);
  void request_body(const ledger::Certificate& certificate);
  void try_sync();

  Config config_;
  std::size_t quorum_;
  std::size_t fault_bound_;
  Output out_;
  std::uint64_t tick_ = 0;
  bool stopped_ = false;

  // The applied head.
  Height applied_;
  BlockHash applied_hash_;
  std::optional<ledger::Certificate> applied_certificate_;
  std::uint64_t applied_tick_ = 0;

  // Views. Invariant: votes are asked for in view_ only, and only while view_change_ <= view_.
  View view_;
  View view_change_;                    ///< highest own VIEW-CHANGE, asked for or stored; 0 = none
  View commit_view_;                    ///< view_ when the last block was applied
  std::optional<NewView> new_view_;     ///< through which view_ was entered
  bool new_view_stored_ = false;        ///< asked to be synced with a vote (rule 3)
  std::optional<Selection> selection_;  ///< of new_view_
  std::optional<ledger::Certificate>
      view_certificate_;  ///< through which view_ was entered (rule 19)
  std::map<ValidatorIndex, HeldViewChange>
      view_changes_;  ///< highest of each member, own one included
  std::map<View, HeldViewChange>
      own_view_changes_;  ///< stored ones above the applied certificate's view
  std::set<View> own_new_views_;
  std::set<ValidatorIndex> suspects_;  ///< of view_
  std::optional<std::uint64_t> timer_start_;

  // applied + 1 and applied + 2.
  std::map<Height, Slot> slots_;
  Slot applied_slot_;  ///< votes at applied_, for contradictions only: without blocks
  std::map<Height, CertifiedHeight> certificates_;
  std::optional<CertifiedHeight> furthest_;      ///< beyond the buffer
  std::optional<ledger::Certificate> prepared_;  ///< highest view at applied + 1 (rule 4)
  std::map<OwnSlot, BlockHash> own_votes_;       ///< asked for or stored, above applied
  Height wiped_;
  Height max_commit_height_;
  bool committing_ = false;
  bool pending_transactions_ = false;
  std::optional<View> build_asked_;
  std::optional<View> forced_checked_;  ///< the forced block's check was asked for in this view

  // Peers.
  std::map<ValidatorIndex, PeerReport> peers_;
  std::map<ValidatorIndex, Allowance> allowances_;
  std::set<ValidatorIndex> confirmed_by_;
  std::set<ValidatorIndex> eager_;  ///< connected since their last status: answered without delay
  std::map<ValidatorIndex, std::uint64_t> answered_tick_;
  bool confirmed_ = false;
  bool amnesia_ = false;
  bool status_due_ = false;
  std::uint64_t status_tick_ = 0;
  std::uint64_t next_body_tick_ = 0;  ///< no BlockRequest before
  std::uint64_t next_sync_tick_ = 0;  ///< no SyncTo before
  std::uint64_t fetch_attempts_ = 0;  ///< rotates whom to ask
};

}  // namespace galen::pbft
