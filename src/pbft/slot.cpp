#include "pbft/slot.h"

#include "base/check.h"

#include <utility>

namespace galen::pbft {

using ledger::VoteType;

std::vector<View> Slot::views_of(VoteType type, ValidatorIndex member) const {
  std::vector<View> views;
  for (const auto& [key, votes] : votes_) {
    if (key.first == type && votes.contains(member)) views.push_back(key.second);
  }
  return views;
}

Stored Slot::add_vote(const Vote& vote, std::uint64_t tick) {
  const VoteKey key{vote.subject.type, vote.subject.view};
  if (const Vote* held = this->vote(key.first, key.second, vote.member); held != nullptr) {
    return held->subject == vote.subject ? Stored::kDuplicate : Stored::kEquivocation;
  }
  const std::vector<View> views = views_of(key.first, vote.member);
  if (views.size() >= kMaxViewsHeld) {
    if (vote.subject.view < views.front()) return Stored::kTooOld;
    const auto oldest = votes_.find({key.first, views.front()});
    oldest->second.erase(vote.member);
    if (oldest->second.empty()) votes_.erase(oldest);
  }
  votes_[key].emplace(vote.member, StoredVote{vote, tick});
  return Stored::kNew;
}

Stored Slot::add_proposal(const CheckedProposal& checked, std::uint64_t tick) {
  const Vote& vote = checked.proposal.vote;
  const View view = vote.subject.view;
  const Stored stored = add_vote(vote, tick);
  if (stored == Stored::kEquivocation || stored == Stored::kTooOld) return stored;
  if (proposals_.contains(view)) return Stored::kDuplicate;
  if (proposals_.size() >= kMaxViewsHeld) {
    if (view < proposals_.begin()->first) return Stored::kTooOld;
    proposals_.erase(proposals_.begin());
  }
  proposals_.emplace(view, StoredProposal{checked, tick, CheckState::kUnchecked});
  return Stored::kNew;
}

void Slot::keep_body(const BlockHash& hash, const SharedBytes& block) {
  bodies_.emplace(hash, block);
}

const Vote* Slot::contradicted_by(const Vote& vote) {
  const auto votes = votes_.find({vote.subject.type, vote.subject.view});
  if (votes == votes_.end()) return nullptr;
  const auto held = votes->second.find(vote.member);
  if (held == votes->second.end() || held->second.vote.subject == vote.subject) return nullptr;
  return std::exchange(held->second.contradicted, true) ? nullptr : &held->second.vote;
}

void Slot::forget_blocks() {
  proposals_.clear();
  bodies_.clear();
}

const Vote* Slot::vote(VoteType type, View view, ValidatorIndex member) const {
  const auto votes = votes_.find({type, view});
  if (votes == votes_.end()) return nullptr;
  const auto found = votes->second.find(member);
  return found == votes->second.end() ? nullptr : &found->second.vote;
}

StoredProposal* Slot::proposal(View view) {
  const auto found = proposals_.find(view);
  return found == proposals_.end() ? nullptr : &found->second;
}

const StoredProposal* Slot::proposal(View view) const {
  const auto found = proposals_.find(view);
  return found == proposals_.end() ? nullptr : &found->second;
}

SharedBytes Slot::body(const BlockHash& hash) const {
  if (const auto found = bodies_.find(hash); found != bodies_.end()) return found->second;
  for (const auto& [view, stored] : proposals_) {
    if (stored.checked.block.hash == hash) return stored.checked.proposal.block;
  }
  return nullptr;
}

std::optional<ledger::Certificate> Slot::certificate(const ledger::VoteSubject& subject,
                                                     std::size_t quorum,
                                                     std::optional<ValidatorIndex> needed) const {
  const auto votes = votes_.find({subject.type, subject.view});
  if (votes == votes_.end() || votes->second.size() < quorum) return std::nullopt;
  ledger::Certificate certificate{subject, {}};
  if (needed) {
    const Vote* vote = this->vote(subject.type, subject.view, *needed);
    if (vote == nullptr || vote->subject != subject) return std::nullopt;
    certificate.signatures.emplace(*needed, vote->signature);
  }
  for (const auto& [member, stored] : votes->second) {
    if (certificate.signatures.size() == quorum) break;
    if (stored.vote.subject == subject)
      certificate.signatures.emplace(member, stored.vote.signature);
  }
  if (certificate.signatures.size() < quorum) return std::nullopt;
  return certificate;
}

std::optional<ledger::Certificate> Slot::commit_certificate(std::size_t quorum) const {
  for (const auto& [key, votes] : votes_) {
    if (key.first != VoteType::kCommit || votes.size() < quorum) continue;
    std::map<ledger::VoteSubject, std::size_t> counts;
    for (const auto& [member, stored] : votes) {
      if (++counts[stored.vote.subject] == quorum)
        return certificate(stored.vote.subject, quorum, std::nullopt);
    }
  }
  return std::nullopt;
}

HeldSlot Slot::held(std::size_t validators) const {
  HeldSlot held;
  held.members.resize(validators);
  if (!proposals_.empty()) {
    const auto& [view, stored] = *proposals_.rbegin();
    held.proposal = HeldVote{view, stored.checked.block.hash};
  }
  // Ascending views: the newest overwrites.
  for (const auto& [key, votes] : votes_) {
    for (const auto& [member, stored] : votes) {
      CHECK(member.value < validators, "stored votes are of members");
      HeldVotes& of_member = held.members[member.value];
      auto& newest = key.first == VoteType::kPrepare ? of_member.prepare : of_member.commit;
      newest = HeldVote{key.second, stored.vote.subject.block};
    }
  }
  return held;
}

std::size_t Slot::vote_count() const {
  std::size_t count = 0;
  for (const auto& [key, members] : votes_) count += members.size();
  return count;
}

}  // namespace galen::pbft
