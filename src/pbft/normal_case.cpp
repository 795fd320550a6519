// CONSENSUS.md 1-9: proposal, prepare, commit.
#include "base/check.h"
#include "base/limits.h"
#include "pbft/replica.h"

#include <algorithm>
#include <utility>

namespace galen::pbft {

using ledger::Certificate;
using ledger::VoteSubject;
using ledger::VoteType;

/// Rule 2 and DOS-3: heights applied + 1 and + 2; views up to one above the own one. COMMITs of old
/// views may still commit (rule 7); PREPAREs of old views cannot matter any more.
IgnoreReason Replica::ignore_vote(const VoteSubject& subject) const {
  if (subject.height <= applied_) return IgnoreReason::kApplied;
  if (subject.height.value > applied_.value + 2) return IgnoreReason::kBeyondBuffer;
  if (subject.view > asked_view().next()) return IgnoreReason::kBeyondViews;
  if (subject.type == VoteType::kPrepare && subject.view < view_) return IgnoreReason::kOldView;
  return IgnoreReason::kNone;
}

IgnoreReason Replica::ignore_proposal(const VoteSubject& subject) const {
  return ignore_vote(subject);
}

void Replica::on(const Verified<Vote>& event) {
  const Vote& vote = event.message();
  const VoteSubject& subject = vote.subject;
  if (vote.member == config_.self) return on_own_vote(vote);
  watch_vote(vote, "vote");
  if (const IgnoreReason reason = ignore_vote(subject); reason != IgnoreReason::kNone) {
    ignore("vote", reason, subject, vote.member);
    if (reason == IgnoreReason::kApplied && event.from() == vote.member)
      answer_applied(event.from(), subject.height);
    return;
  }
  on_stored(slot(subject.height)->add_vote(vote, tick_), vote, "vote");
}

void Replica::on(const Verified<CheckedProposal>& event) {
  const CheckedProposal& checked = event.message();
  const Vote& vote = checked.proposal.vote;
  if (checked.proposal.parent_certificate)
    learn_certificate(*checked.proposal.parent_certificate, event.from());
  if (stopped_) return;
  if (vote.member == config_.self) return on_own_vote(vote);
  watch_vote(vote, "proposal");
  if (const IgnoreReason reason = ignore_proposal(vote.subject); reason != IgnoreReason::kNone) {
    ignore("proposal", reason, vote.subject, vote.member);
    if (reason == IgnoreReason::kApplied && event.from() == vote.member) {
      answer_applied(event.from(), vote.subject.height);
    }
    return;
  }
  on_stored(slot(vote.subject.height)->add_proposal(checked, tick_), vote, "proposal");
}

void Replica::on_stored(Stored stored, const Vote& vote, std::string_view what) {
  switch (stored) {
    case Stored::kNew: return;
    case Stored::kDuplicate:
      return ignore(what, IgnoreReason::kDuplicate, vote.subject, vote.member);
    case Stored::kTooOld: return ignore(what, IgnoreReason::kOldView, vote.subject, vote.member);
    case Stored::kEquivocation:
      return ignore(what, IgnoreReason::kEquivocation, vote.subject, vote.member);
  }
}

/// DUR-10: an own signature the journal does not know proves a rolled-back journal or a second
/// process with this key.
void Replica::on_own_vote(const Vote& vote) {
  const VoteSubject& s = vote.subject;
  ignore("own vote", IgnoreReason::kOwnMessage, s, vote.member);
  if (s.height <= applied_ || s.height <= wiped_) return;
  const auto known = own_votes_.find({s.height, s.view, s.type});
  if (known == own_votes_.end() || known->second != s.block)
    declare_amnesia("an own vote unknown to the journal");
}

bool Replica::can_vote() const {
  return may_vote() && active() && certified() == applied_ && applied_.next() > wiped_ &&
         !committing_;
}

bool Replica::has_voted(VoteType type, View view) const {
  return own_votes_.contains({applied_.next(), view, type});
}

std::size_t Replica::blocks_voted() const {
  std::set<BlockHash> blocks;
  for (const auto& [slot, block] : own_votes_) {
    if (slot.height == applied_.next()) blocks.insert(block);
  }
  return blocks.size();
}

/// Rule 7: a certificate of any view commits, in any mode; the body may have to be fetched.
void Replica::try_commit() {
  for (const Height height : {applied_.next(), applied_.next().next()}) {
    const Slot* held = std::as_const(*this).slot(height);
    if (held == nullptr || certificates_.contains(height)) continue;
    if (const auto certificate = held->commit_certificate(quorum_))
      learn_certificate(*certificate, config_.self);
  }
  const auto next = certificates_.find(applied_.next());
  if (stopped_ || committing_ || next == certificates_.end()) return;
  const Certificate& certificate = next->second.certificate;
  const SharedBytes body = slot(applied_.next())->body(certificate.subject.block);
  if (!body) return request_body(certificate);
  committing_ = true;
  out_.deliver.emplace_back(CommitBlock{certificate, body});
}

/// Rules 2, 14, 15.
void Replica::try_propose() {
  if (!is_primary() || !can_vote() || has_voted(VoteType::kPrepare, view_)) return;
  if (const auto forced = forced_at(applied_.next())) return propose_forced(*forced);
  if (!pending_transactions_ || build_asked_ == view_) return;
  build_asked_ = view_;
  // Small well before the others take nothing else: their counts may be ahead.
  const bool small = blocks_voted() >= limits::kMaxBlocksVotedAtHeight / 2;
  out_.deliver.emplace_back(BuildBlock{view_, applied_.next(), applied_hash_, small});
}

/// Rule 14: byte-identical; a primary that lacks the body fetches it from the signers.
void Replica::propose_forced(const Certificate& forced) {
  if (forced_checked_ == view_) return;
  const BlockHash& hash = forced.subject.block;
  const SharedBytes body = slot(applied_.next())->body(hash);
  if (!body) return request_body(forced);
  forced_checked_ = view_;
  out_.deliver.emplace_back(CheckBlock{view_, applied_.next(), hash, body, true});
}

IgnoreReason Replica::ignore_built(const ProposalBuilt& event) const {
  const bool current = event.view == view_ && event.info.origin_view == view_ &&
                       event.info.height == applied_.next() && event.info.parent == applied_hash_;
  if (!current || !is_primary() || forced_at(applied_.next())) return IgnoreReason::kStale;
  if (has_voted(VoteType::kPrepare, view_)) return IgnoreReason::kDuplicate;
  if (!can_vote()) return IgnoreReason::kMayNotVote;
  return IgnoreReason::kNone;
}

void Replica::on(const ProposalBuilt& event) {
  const VoteSubject subject{
      config_.epoch, VoteType::kPrepare, event.view, event.info.height, event.info.hash};
  const IgnoreReason reason = ignore_built(event);
  if (build_asked_ == event.view) build_asked_.reset();
  if (reason != IgnoreReason::kNone) return ignore("built block", reason, subject, config_.self);
  trace(TraceKind::kProposed, "fresh", view_, subject.height, subject.block);
  VoteRecord record;
  record.vote.subject = subject;
  record.is_proposal = true;
  record.block = event.block;
  ask_vote(std::move(record));
}

void Replica::on(const BuildDeclined& event) {
  if (build_asked_ != event.view || event.height != applied_.next()) return;
  build_asked_.reset();
  pending_transactions_ = false;
}

/// Checks of a proposal that need no execution: rules 13 to 15.
IgnoreReason Replica::reject_block(const BlockInfo& block, View view) const {
  if (block.parent != applied_hash_) return IgnoreReason::kWrongParent;
  if (const auto forced = forced_at(applied_.next())) {
    return block.hash == forced->subject.block ? IgnoreReason::kNone : IgnoreReason::kNotForced;
  }
  return block.origin_view == view ? IgnoreReason::kNone : IgnoreReason::kWrongOrigin;
}

void Replica::try_prepare() {
  if (is_primary() || !can_vote() || has_voted(VoteType::kPrepare, view_)) return;
  StoredProposal* proposal = slot(applied_.next())->proposal(view_);
  if (proposal == nullptr) return;
  const VoteSubject& subject = proposal->checked.proposal.vote.subject;
  if (proposal->state == CheckState::kUnchecked) {
    if (const auto reason = reject_block(proposal->checked.block, view_);
        reason != IgnoreReason::kNone) {
      proposal->state = CheckState::kRejected;
      ignore("proposal", reason, subject, primary(view_));
      return suspect_primary("bad proposal");
    }
    proposal->state = CheckState::kChecking;
    const bool forced = forced_at(applied_.next()).has_value();
    out_.deliver.emplace_back(
        CheckBlock{view_, subject.height, subject.block, proposal->checked.proposal.block, forced});
    return;
  }
  if (proposal->state != CheckState::kValid) return;
  // The bound is for fresh blocks, and for large ones. A forced one every later view must decide,
  // and without small ones a height that took many views would stand still for ever (LIV-8).
  if (!forced_at(applied_.next()) && blocks_voted() >= limits::kMaxBlocksVotedAtHeight &&
      proposal->checked.proposal.block->size() > kSmallBlockBytes)
    return;
  VoteRecord record;
  record.vote.subject = subject;
  record.block = proposal->checked.proposal.block;
  ask_vote(std::move(record));
}

void Replica::on(const BlockChecked& event) {
  const Height height = applied_.next();
  const VoteSubject subject{config_.epoch, VoteType::kPrepare, event.view, height, event.block};
  const auto forced = forced_at(height);
  if (is_primary() && event.view == view_ && forced && forced->subject.block == event.block) {
    if (event.verdict != BlockVerdict::kValid) {
      return ignore("forced block", IgnoreReason::kInvalidBlock, subject, config_.self);
    }
    if (!can_vote() || has_voted(VoteType::kPrepare, view_)) {
      forced_checked_.reset();
      return ignore("forced block", IgnoreReason::kMayNotVote, subject, config_.self);
    }
    trace(TraceKind::kProposed, "forced", view_, height, event.block);
    VoteRecord record;
    record.vote.subject = subject;
    record.is_proposal = true;
    record.block = slot(height)->body(event.block);
    return ask_vote(std::move(record));
  }
  StoredProposal* proposal = slot(height)->proposal(event.view);
  if (proposal == nullptr || proposal->checked.block.hash != event.block ||
      proposal->state != CheckState::kChecking) {
    return ignore("checked block", IgnoreReason::kStale, subject, config_.self);
  }
  if (event.verdict == BlockVerdict::kValid) {
    proposal->state = CheckState::kValid;
    return;
  }
  proposal->state = CheckState::kRejected;
  const bool untimely = event.verdict == BlockVerdict::kUntimely;
  ignore("proposal",
         untimely ? IgnoreReason::kUntimelyBlock : IgnoreReason::kInvalidBlock,
         subject,
         primary(event.view));
  if (event.view == view_) suspect_primary(untimely ? "untimely proposal" : "invalid proposal");
}

/// Rule 4: with Q PREPAREs, the primary's among them, behind an own synced PREPARE.
void Replica::try_commit_vote() {
  if (!can_vote() || has_voted(VoteType::kCommit, view_)) return;
  const Slot* held = std::as_const(*this).slot(applied_.next());
  if (held == nullptr) return;
  const Vote* own = held->vote(VoteType::kPrepare, view_, config_.self);
  if (own == nullptr) return;
  auto prepared = held->certificate(own->subject, quorum_, primary(view_));
  if (!prepared) return;
  trace(TraceKind::kPrepared, "certificate", view_, applied_.next(), own->subject.block);
  prepared_ = *prepared;
  VoteRecord record;
  record.vote.subject = own->subject;
  record.vote.subject.type = VoteType::kCommit;
  record.prepared = std::move(prepared);
  ask_vote(std::move(record));
}

/// SAF-3: the slot is taken from the moment the vote is asked for.
void Replica::ask_vote(VoteRecord record) {
  record.vote.member = config_.self;
  const VoteSubject& subject = record.vote.subject;
  const bool is_new =
      own_votes_.emplace(OwnSlot{subject.height, subject.view, subject.type}, subject.block).second;
  CHECK(is_new, "one block per slot for ever");
  CHECK(may_vote() && active() && subject.view == view_,
        "votes are signed in the active view only");
  CHECK(subject.height == applied_.next() && subject.height > wiped_,
        "votes are signed at applied + 1 only");
  if (subject.type == VoteType::kPrepare) {
    record.parent_certificate = applied_certificate_;
    if (new_view_ && !new_view_stored_) {
      record.new_view = new_view_;
      new_view_stored_ = true;
    }
  }
  out_.persist.emplace_back(std::move(record));
}

}  // namespace galen::pbft
