// Everything held about one height: proposals by view, votes by (type, view, member), block bodies.
// Bounded per member (DOS-3): one proposal per view, one vote per (type, view), kMaxViewsHeld
// views. Thread rule: values.
#pragma once

#include "base/ids.h"
#include "ledger/block.h"
#include "pbft/message.h"
#include "pbft/verified.h"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace galen::pbft {

/// Views of one member's votes, and of proposals, kept per height: the newest ones.
inline constexpr std::size_t kMaxViewsHeld = 4;

/// How far the engine got with a proposal's block in its view.
enum class CheckState : std::uint8_t { kUnchecked, kChecking, kValid, kRejected };

struct StoredProposal {
  CheckedProposal checked;
  std::uint64_t stored_tick = 0;
  CheckState state = CheckState::kUnchecked;
};

struct StoredVote {
  Vote vote;
  std::uint64_t stored_tick = 0;
  bool contradicted = false;  ///< a vote for another block came, and was told once
};

/// Outcome of storing. kEquivocation: another vote of that member is held in that slot, and stays.
enum class Stored : std::uint8_t { kNew, kDuplicate, kEquivocation, kTooOld };

class Slot {
 public:
  /// First of its view stays. kTooOld when kMaxViewsHeld newer views are held.
  [[nodiscard]] Stored add_proposal(const CheckedProposal& proposal, std::uint64_t tick);
  /// First of (type, view, member) stays.
  [[nodiscard]] Stored add_vote(const Vote& vote, std::uint64_t tick);
  /// Keeps a body until the height is applied, whatever becomes of its proposal: voted for or
  /// fetched.
  void keep_body(const BlockHash& hash, const SharedBytes& block);

  /// The held vote of the same member, type and view for another block; null for every further
  /// contradiction of that vote.
  [[nodiscard]] const Vote* contradicted_by(const Vote& vote);
  /// Leaves the votes: for a height that is applied, where only contradictions still matter.
  void forget_blocks();

  [[nodiscard]] const Vote* vote(ledger::VoteType type, View view, ValidatorIndex member) const;
  [[nodiscard]] StoredProposal* proposal(View view);
  [[nodiscard]] const StoredProposal* proposal(View view) const;
  /// Null when it is not held.
  [[nodiscard]] SharedBytes body(const BlockHash& hash) const;

  /// Exactly `quorum` votes over `subject`, `needed`'s among them when given; none when there are
  /// fewer.
  [[nodiscard]] std::optional<ledger::Certificate> certificate(
      const ledger::VoteSubject& subject,
      std::size_t quorum,
      std::optional<ValidatorIndex> needed) const;
  /// A certificate of COMMITs of any view (CONSENSUS.md 7).
  [[nodiscard]] std::optional<ledger::Certificate> commit_certificate(std::size_t quorum) const;

  /// What a status says about this height.
  [[nodiscard]] HeldSlot held(std::size_t validators) const;

  /// Blocks of proposals and bodies kept; one that is both counts twice.
  [[nodiscard]] std::size_t blocks() const { return proposals_.size() + bodies_.size(); }

  [[nodiscard]] std::size_t vote_count() const;

  using VoteKey = std::pair<ledger::VoteType, View>;

  [[nodiscard]] const std::map<VoteKey, std::map<ValidatorIndex, StoredVote>>& votes() const {
    return votes_;
  }

  [[nodiscard]] const std::map<View, StoredProposal>& proposals() const { return proposals_; }

 private:
  /// Views of which a vote of this type and member is held, ascending.
  [[nodiscard]] std::vector<View> views_of(ledger::VoteType type, ValidatorIndex member) const;

  std::map<View, StoredProposal> proposals_;
  std::map<VoteKey, std::map<ValidatorIndex, StoredVote>> votes_;
  std::map<BlockHash, SharedBytes> bodies_;
};

}  // namespace galen::pbft
