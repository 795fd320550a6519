// CONSENSUS.md 8, 24, 25: statuses and their answers, restart, fetching what is certified.
#include "base/check.h"
#include "pbft/replica.h"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

namespace galen::pbft {

using ledger::Certificate;
using ledger::VoteType;

StatusReport Replica::status() const {
  StatusReport report;
  report.epoch = config_.epoch;
  report.view = view_;
  report.view_change = view_change_;
  report.timer_expired = suspects_.contains(config_.self);
  report.applied = applied_;
  report.applied_hash = applied_hash_;
  report.max_commit_height = max_commit_height_;
  report.suspects.resize(config_.validators);
  for (const ValidatorIndex member : suspects_) report.suspects[member.value] = true;
  report.view_changes.resize(config_.validators);
  for (const auto& [member, held] : view_changes_)
    report.view_changes[member.value] = held.view_change.new_view;
  report.stamp = config_.session + tick_ + 1;
  report.echoes.resize(config_.validators);
  for (const auto& [member, last] : peers_) report.echoes[member.value] = last.status.stamp;
  Height height = applied_;
  for (HeldSlot& held : report.slots) {
    height = height.next();
    const Slot* stored = slot(height);
    held = stored != nullptr ? stored->held(config_.validators) : Slot().held(config_.validators);
  }
  return report;
}

void Replica::send_status(std::optional<ValidatorIndex> to) {
  out_.send.push_back({to, status()});
  if (to) return;
  status_due_ = false;
  status_tick_ = tick_;
}

/// When the own status that this one answers was sent; nullopt: it answers none of this run.
std::optional<std::uint64_t> Replica::tick_of_echo(const StatusReport& status) const {
  const std::uint64_t echo = status.echoes[config_.self.value];
  const std::uint64_t first = config_.session + 1;
  if (echo < first || echo - first > tick_) return std::nullopt;
  return echo - first;
}

/// Counted from when the answered status left, not from when the answer came: no network can make
/// an old answer look new. Q answers of which each was made later than that, and a COMMIT of Q
/// members: one correct member is in both, so what it had not signed by then was not committed by
/// then (docs/adr/0013).
std::uint64_t Replica::fresh_ticks_left() const {
  const std::uint64_t longest = config_.timing.fresh_ticks;
  std::vector<std::uint64_t> left;
  if (max_commit_height_ <= applied_) left.push_back(longest);
  for (const auto& [member, report] : peers_) {
    if (!report.asked_tick || report.max_commit_height > applied_) continue;
    const std::uint64_t age = tick_ - *report.asked_tick;
    if (age < longest) left.push_back(longest - age);
  }
  if (left.size() < quorum_) return 0;
  std::sort(left.begin(), left.end(), std::greater<>());
  return left[quorum_ - 1];
}

void Replica::on(const PeerConnected& event) {
  if (event.peer == config_.self) return;
  eager_.insert(event.peer);
  send_status(event.peer);
}

/// Rule 24. Heights are claims (STX-2): a higher one only gets our own status, which asks for
/// proof.
void Replica::on(const Verified<StatusReport>& event) {
  const ValidatorIndex from = event.from();
  if (from == config_.self) return;
  const StatusReport& status = event.message();
  PeerReport& report = peers_[from];
  report.status = status;
  const auto asked = tick_of_echo(status);
  if (asked && asked >= report.asked_tick) {
    report.asked_tick = asked;
    report.max_commit_height = status.max_commit_height;
  } else {
    // It proves nothing new, but a COMMIT that it speaks of was signed.
    report.max_commit_height = std::max(report.max_commit_height, status.max_commit_height);
  }
  confirm_by(from);
  if (status.timer_expired) on_suspect(status.view, from);
  if (!may_ask(from)) {
    const ledger::VoteSubject slot{
        status.epoch, VoteType::kPrepare, status.view, status.applied, status.applied_hash};
    return ignore("status", IgnoreReason::kAskedTooMuch, slot, from);
  }
  const bool eager = eager_.erase(from) > 0;
  // Who has just connected waits for answers before it calls its state fresh.
  if (eager && status.applied <= applied_) send_status(from);
  answer_views(from, status, eager);
  if (status.applied < applied_) {
    if (status.applied.value > 0)
      out_.deliver.emplace_back(CompareHead{from, status.applied, status.applied_hash});
    return answer_behind(from, status, eager);
  }
  if (status.applied > applied_) {
    const auto [last, first_time] = answered_tick_.emplace(from, tick_);
    if (!eager && !first_time && tick_ - last->second < config_.timing.resend_ticks) return;
    last->second = tick_;
    return send_status(from);
  }
  // What it says proves nothing; the certificate does, to a member that holds another (SAF-15).
  if (status.applied_hash != applied_hash_ && applied_certificate_)
    out_.send.push_back({from, CommitProof{*applied_certificate_, nullptr}});
  Height height = applied_;
  for (const HeldSlot& held : status.slots) {
    height = height.next();
    if (const Slot* own = std::as_const(*this).slot(height)) answer_slot(from, held, *own, eager);
  }
}

/// Every status and request may cost an answer: no peer gets them at line rate.
bool Replica::may_ask(ValidatorIndex peer) {
  return allowances_[peer].answers.take(tick_, kTicksPerAnswer);
}

bool Replica::may_get(ValidatorIndex peer, const SharedBytes& body) {
  return allowances_[peer].body_bytes.take(tick_, body->size());
}

bool Replica::is_due(ValidatorIndex author, std::uint64_t stored_tick, bool eager) const {
  const Timing& timing = config_.timing;
  return eager ||
         tick_ - stored_tick >= (author == config_.self ? timing.resend_ticks : timing.relay_ticks);
}

/// A peer one block behind gets the block; a peer further behind gets the proof that he is.
void Replica::answer_behind(ValidatorIndex to, const StatusReport& status, bool eager) {
  if (!eager && tick_ - applied_tick_ < config_.timing.resend_ticks &&
      status.applied.next() == applied_)
    return;
  if (status.applied.next() == applied_) {
    out_.deliver.emplace_back(AnswerBlock{to, applied_});
  } else {
    out_.send.push_back({to, CommitProof{*applied_certificate_, nullptr}});
  }
}

void Replica::answer_views(ValidatorIndex to, const StatusReport& status, bool eager) {
  const bool enters = status.view < view_ && status.view_change <= view_;
  if (enters && new_view_) out_.send.push_back({to, *new_view_});
  if (enters && !new_view_ && view_certificate_)
    out_.send.push_back({to, CommitProof{*view_certificate_, nullptr}});
  const View known = enters ? view_ : status.view;
  const auto send_newer = [&](const HeldViewChange& held) {
    const ViewChange& change = held.view_change;
    const View shown = status.view_changes[change.member.value];
    if (change.new_view <= std::max(known, shown) || change.member == to) return;
    if (is_due(change.member, held.stored_tick, eager)) out_.send.push_back({to, change});
  };
  for (const auto& [member, held] : view_changes_) {
    if (member != config_.self) send_newer(held);
  }
  for (const auto& [view, held] : own_view_changes_) send_newer(held);
}

/// Exactly what is missing: the newest proposal and the newest votes of each member.
void Replica::answer_slot(ValidatorIndex to, const HeldSlot& held, const Slot& own, bool eager) {
  if (!own.proposals().empty()) {
    const auto& [view, stored] = *own.proposals().rbegin();
    const Proposal& proposal = stored.checked.proposal;
    const bool missing = !held.proposal || held.proposal->view < view;
    if (missing && proposal.vote.member != to &&
        is_due(proposal.vote.member, stored.stored_tick, eager) && may_get(to, proposal.block)) {
      out_.send.push_back({to, proposal});
    }
  }
  std::map<std::pair<VoteType, ValidatorIndex>, const StoredVote*> newest;
  for (const auto& [key, votes] : own.votes()) {
    for (const auto& [member, stored] : votes) newest[{key.first, member}] = &stored;
  }
  for (const auto& [key, stored] : newest) {
    const auto& [type, member] = key;
    const HeldVotes& shown = held.members[member.value];
    const auto& known = type == VoteType::kPrepare ? shown.prepare : shown.commit;
    const bool missing = !known || known->view < stored->vote.subject.view;
    if (missing && member != to && is_due(member, stored->stored_tick, eager))
      out_.send.push_back({to, stored->vote});
  }
}

/// Rule 8. Votes for the block just applied are merely slower than the quorum was: no answer.
void Replica::answer_applied(ValidatorIndex to, Height height) {
  const std::uint64_t patience = config_.timing.resend_ticks;
  if (height == applied_ && tick_ - applied_tick_ < patience) return;
  const auto [last, first_time] = answered_tick_.emplace(to, tick_);
  if (!first_time && tick_ - last->second < patience) return;
  last->second = tick_;
  out_.deliver.emplace_back(AnswerBlock{to, height});
}

void Replica::on(const Verified<CommitProof>& event) {
  const CommitProof& proof = event.message();
  const ledger::VoteSubject& subject = proof.certificate.subject;
  learn_certificate(proof.certificate, event.from());
  if (stopped_ || !proof.block) return;
  if (Slot* held = slot(subject.height)) {
    held->keep_body(subject.block, proof.block);
  } else {
    ignore("commit proof",
           subject.height <= applied_ ? IgnoreReason::kApplied : IgnoreReason::kBeyondBuffer,
           subject,
           event.from());
  }
}

void Replica::on(const Verified<BlockRequest>& event) {
  const BlockRequest& request = event.message();
  const ledger::VoteSubject slot{
      config_.epoch, VoteType::kPrepare, view_, request.height, request.block};
  if (!may_ask(event.from()))
    return ignore("block request", IgnoreReason::kAskedTooMuch, slot, event.from());
  if (request.height <= applied_) {
    out_.deliver.emplace_back(AnswerBlock{event.from(), request.height});
    return;
  }
  const Slot* held = std::as_const(*this).slot(request.height);
  const SharedBytes body = held != nullptr ? held->body(request.block) : nullptr;
  if (body && !may_get(event.from(), body))
    return ignore("block request", IgnoreReason::kAskedTooMuch, slot, event.from());
  if (body) {
    out_.send.push_back({event.from(), BlockBody{body}});
    return;
  }
  ignore("block request", IgnoreReason::kNotWanted, slot, event.from());
}

bool Replica::wants_body(const BlockHash& block) const {
  const auto missing = [&](const ledger::VoteSubject& subject) {
    const Slot* held = slot(subject.height);
    return subject.block == block && (held == nullptr || held->body(block) == nullptr);
  };
  for (const auto& [height, known] : certificates_) {
    if (missing(known.certificate.subject)) return true;
  }
  const auto forced = forced_at(applied_.next());
  return forced && missing(forced->subject);
}

/// Only a certified or a forced block is ever asked for.
void Replica::on(const Verified<CheckedBody>& event) {
  const BlockInfo& info = event.message().info;
  const auto certified = certificates_.find(info.height);
  const auto forced = forced_at(info.height);
  const bool wanted = (certified != certificates_.end() &&
                       certified->second.certificate.subject.block == info.hash) ||
                      (forced && forced->subject.block == info.hash);
  Slot* held = slot(info.height);
  if (!wanted || held == nullptr) {
    const ledger::VoteSubject slot{
        config_.epoch, VoteType::kPrepare, info.origin_view, info.height, info.hash};
    return ignore("block body", IgnoreReason::kNotWanted, slot, event.from());
  }
  held->keep_body(info.hash, event.message().block);
}

/// Rule 25: whether a status shows no own message beyond the journal. A status from ahead counts
/// once the own ledger has reached it: until then votes between the two heights are out of sight.
bool Replica::shows_nothing_unknown(const StatusReport& status) const {
  if (status.applied > applied_) return false;
  // VIEW-CHANGEs up to the applied certificate's view are not kept; none below view_ is ever
  // signed.
  if (status.view_changes[config_.self.value] > asked_view()) return false;
  const auto known = [this](Height height, VoteType type, const std::optional<HeldVote>& vote) {
    if (!vote || height <= applied_ || height <= wiped_) return true;
    const auto own = own_votes_.find({height, vote->view, type});
    return own != own_votes_.end() && own->second == vote->block;
  };
  Height height = status.applied;
  for (const HeldSlot& held : status.slots) {
    height = height.next();
    const HeldVotes& own = held.members[config_.self.value];
    if (!known(height, VoteType::kPrepare, own.prepare) ||
        !known(height, VoteType::kCommit, own.commit))
      return false;
  }
  return true;
}

void Replica::confirm_by(ValidatorIndex member) {
  if (confirmed_ || amnesia_ || !shows_nothing_unknown(peers_[member].status)) return;
  confirmed_by_.insert(member);
  if (confirmed_by_.size() + 1 < quorum_) return;
  confirmed_ = true;
  trace(TraceKind::kVotingEnabled, "restart confirmed", view_, applied_, applied_hash_);
}

void Replica::declare_amnesia(std::string_view cause) {
  if (std::exchange(amnesia_, true)) return;
  max_commit_height_ = kNoCommitKnown;
  trace(TraceKind::kAmnesia, cause, view_, applied_, applied_hash_);
  out_.deliver.emplace_back(RememberAmnesia{});
}

void Replica::request_body(const Certificate& certificate) {
  if (tick_ < next_body_tick_) return;
  next_body_tick_ = tick_ + config_.timing.fetch_ticks;
  std::vector<ValidatorIndex> signers;
  for (const auto& [member, signature] : certificate.signatures) {
    if (member != config_.self) signers.push_back(member);
  }
  if (signers.empty()) return;
  const ValidatorIndex to = signers[fetch_attempts_++ % signers.size()];
  out_.send.push_back({to, BlockRequest{certificate.subject.height, certificate.subject.block}});
}

/// Whoever says he has applied the target, else a signer of its certificate; another one each time.
ValidatorIndex Replica::sync_source(const Certificate& certificate) {
  std::vector<ValidatorIndex> sources;
  for (const auto& [member, report] : peers_) {
    if (report.status.applied >= certificate.subject.height) sources.push_back(member);
  }
  if (sources.empty()) {
    for (const auto& [member, signature] : certificate.signatures) {
      if (member != config_.self) sources.push_back(member);
    }
  }
  CHECK(!sources.empty(), "a certificate has other signers");
  return sources[fetch_attempts_++ % sources.size()];
}

/// STX-2: only a certificate makes a target.
void Replica::try_sync() {
  if (committing_ || certified() <= applied_ || tick_ < next_sync_tick_) return;
  // With the next certificate at hand and nothing far ahead, its body alone is missing
  // (request_body).
  if (certified().value <= applied_.value + 2 && certificates_.contains(applied_.next())) return;
  const CertifiedHeight& target = furthest_ ? *furthest_ : certificates_.rbegin()->second;
  next_sync_tick_ = tick_ + config_.timing.fetch_ticks;
  out_.deliver.emplace_back(
      SyncTo{target.certificate.subject.height, sync_source(target.certificate)});
}

}  // namespace galen::pbft
