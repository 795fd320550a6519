// Everything held about one height: proposals by view, votes by (type, view, member), block bodies.
// Bounded per member (DOS-3): one proposal per view, one vote per (type, view), kMaxViewsHeld views.
// Thread rule: values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/ids.h"
#include "ledger/block.h"
#include "pbft/message.h"
#include "pbft/verified.h"

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
};

/// Outcome of storing: the held vote or proposal's vote that the new one repeats or contradicts.
enum class Stored : std::uint8_t { kNew, kDuplicate, kEquivocation, kTooOld };

class Slot {
 public:
  /// First of its view stays. kTooOld when kMaxViewsHeld newer views are held.
  [[nodiscard]] Stored add_proposal(const CheckedProposal& proposal, std::uint64_t tick);
  /// First of (type, view, member) stays.
  [[nodiscard]] Stored add_vote(const Vote& vote, std::uint64_t tick);
  /// A body that is not (or not yet) behind a stored proposal of ours to keep: voted or fetched.
  void keep_body(const BlockInfo& info, const SharedBytes& block);

  [[nodiscard]] const Vote* vote(ledger::VoteType type, View view, ValidatorIndex member) const;
  [[nodiscard]] StoredProposal* proposal(View view);
  [[nodiscard]] const StoredProposal* proposal(View view) const;
  [[nodiscard]] SharedBytes body(const BlockHash& block) const;
  [[nodiscard]] const BlockInfo* info(const BlockHash& block) const;

  /// `quorum` votes over `subject`, `first`'s among them when given; none when there are fewer.
  [[nodiscard]] std::optional<ledger::Certificate> certificate(const ledger::VoteSubject& subject, std::size_t quorum,
                                                               std::optional<ValidatorIndex> first) const;
  /// A certificate of COMMITs of any view (CONSENSUS.md 7).
  [[nodiscard]] std::optional<ledger::Certificate> commit_certificate(std::size_t quorum) const;

  /// What a status says about this height.
  [[nodiscard]] HeldSlot held(std::size_t validators) const;

  using VoteKey = std::pair<ledger::VoteType, View>;

  [[nodiscard]] const std::map<VoteKey, std::map<ValidatorIndex, StoredVote>>& votes() const { return votes_; }

  [[nodiscard]] const std::map<View, StoredProposal>& proposals() const { return proposals_; }

 private:
  struct Body {
    BlockInfo info;
    SharedBytes block;
  };

  void trim(ledger::VoteType type, ValidatorIndex member);

  std::map<View, StoredProposal> proposals_;
  std::map<VoteKey, std::map<ValidatorIndex, StoredVote>> votes_;
  std::map<BlockHash, Body> bodies_;
};

}  // namespace galen::pbft
