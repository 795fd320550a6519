#include "pbft/replica.h"

#include "base/check.h"

#include <algorithm>
#include <utility>

namespace galen::pbft {

using ledger::Certificate;
using ledger::VoteType;

namespace {

/// Statuses that report an applied block are at least this far apart.
constexpr std::uint64_t kStatusGapTicks = 10;
/// A certificate just ahead of the applied block needs no bulk transfer: its block is on the way.
constexpr std::uint64_t kSyncPatienceTicks = 5;

}  // namespace

Replica::Replica(const Config& config, const Head& head, Restored restored)
    : config_(config),
      quorum_(ledger::quorum(config.validators)),
      fault_bound_(ledger::fault_bound(config.validators)),
      applied_(head.height),
      applied_hash_(head.hash),
      applied_certificate_(head.certificate),
      wiped_(restored.wiped),
      // What was wiped may have been committed, though the ledger is an older one; who remembers
      // nothing may have signed anything.
      max_commit_height_(restored.amnesia ? kNoCommitKnown : std::max(head.height, restored.wiped)),
      amnesia_(restored.amnesia) {
  CHECK(config.self.value < config.validators, "the replica is a member");
  CHECK(config.session <= kMaxSession, "stamps stay numbers");
  CHECK(head.certificate.has_value() == (head.height.value > 0),
        "every head above genesis is certified");
  if (head.certificate) {
    view_ = head.certificate->subject.view;
    view_certificate_ = head.certificate;
  }
  commit_view_ = view_;
  for (const Verified<JournalRecord>& record : restored.records) restore(record);
  confirmed_ = quorum_ <= 1;
}

void Replica::restore(const Verified<JournalRecord>& verified) {
  CHECK(verified.from() == config_.self, "the journal holds own records");
  const JournalRecord& record = verified.message();
  if (const auto* change = std::get_if<ViewChange>(&record)) {
    view_change_ = std::max(view_change_, change->new_view);
    own_view_changes_[change->new_view] = {*change, 0};
    HeldViewChange& highest = view_changes_[config_.self];
    if (highest.view_change.new_view < change->new_view) highest = {*change, 0};
    return;
  }
  const auto take_new_view = [this](const NewView& new_view) {
    if (new_view.member == config_.self) own_new_views_.insert(new_view.view);
    if (new_view.view < view_ || (new_view.view == view_ && new_view_)) return;
    view_ = new_view.view;
    new_view_ = new_view;
    new_view_stored_ = true;
    selection_ = select(new_view);
    view_certificate_.reset();
  };
  if (const auto* new_view = std::get_if<NewView>(&record)) return take_new_view(*new_view);
  const auto& vote = std::get<VoteRecord>(record);
  if (vote.new_view) take_new_view(*vote.new_view);
  const ledger::VoteSubject& subject = vote.vote.subject;
  if (subject.height <= applied_) return;
  own_votes_[{subject.height, subject.view, subject.type}] = subject.block;
  if (subject.view > view_) {
    view_ = subject.view;  // entered by rule 19: the certificate of that view is not at hand
    new_view_.reset();
    selection_.reset();
    view_certificate_.reset();
  }
  store_own(vote);
}

Output Replica::start() {
  if (selection_ && selection_->base_certificate)
    learn_certificate(*selection_->base_certificate, new_view_->member);
  send_status(std::nullopt);
  advance();
  return std::exchange(out_, Output{});
}

Output Replica::step(const Event& event) {
  if (stopped_) return {};
  std::visit([this](const auto& e) { on(e); }, event);
  advance();
  return std::exchange(out_, Output{});
}

/// Every event may enable every phase: all are tried again (LIV-6).
void Replica::advance() {
  if (stopped_) return;
  try_commit();
  try_join();
  try_new_view();
  try_propose();
  try_prepare();
  try_commit_vote();
  update_timer();
}

ValidatorIndex Replica::primary(View view) const {
  return ValidatorIndex{static_cast<std::uint16_t>(view.value % config_.validators)};
}

Height Replica::certified() const {
  Height highest = applied_;
  if (!certificates_.empty()) highest = std::max(highest, certificates_.rbegin()->first);
  if (furthest_) highest = std::max(highest, furthest_->certificate.subject.height);
  return highest;
}

Slot* Replica::slot(Height height) {
  if (height <= applied_ || height.value > applied_.value + 2) return nullptr;
  return &slots_[height];
}

const Slot* Replica::slot(Height height) const {
  const auto found = slots_.find(height);
  return found == slots_.end() ? nullptr : &found->second;
}

void Replica::store_own(const VoteRecord& record) {
  const ledger::VoteSubject& subject = record.vote.subject;
  if (subject.type == VoteType::kCommit)
    max_commit_height_ = std::max(max_commit_height_, subject.height);
  Slot* held = slot(subject.height);
  if (held == nullptr) return;
  if (record.block) held->keep_body(subject.block, record.block);
  if (record.prepared && (!prepared_ || prepared_->subject.view < record.prepared->subject.view)) {
    if (subject.height == applied_.next()) prepared_ = record.prepared;
  }
  if (!record.is_proposal) {
    (void)held->add_vote(record.vote, tick_);
    return;
  }
  // An own block was checked before it was signed: hash and height are all that is looked at again.
  const BlockInfo info{subject.block, subject.height, applied_hash_, subject.epoch, subject.view};
  (void)held->add_proposal({Proposal{record.vote, record.block, record.parent_certificate}, info},
                           tick_);
  if (StoredProposal* stored = held->proposal(subject.view)) stored->state = CheckState::kValid;
}

void Replica::on(const Persisted& event) {
  const JournalRecord& record = event.record.message();
  if (const auto* vote = std::get_if<VoteRecord>(&record)) {
    store_own(*vote);
  } else if (const auto* change = std::get_if<ViewChange>(&record)) {
    own_view_changes_[change->new_view] = {*change, tick_};
    HeldViewChange& highest = view_changes_[config_.self];
    if (highest.view_change.new_view < change->new_view) highest = {*change, tick_};
    status_due_ = true;
  } else {
    const auto& new_view = std::get<NewView>(record);
    if (ignore_new_view(new_view) == IgnoreReason::kNone) enter_new_view(new_view);
    if (new_view_ && view_ == new_view.view) new_view_stored_ = true;
  }
}

/// The one place that compares certificates with what is known (SAF-13, SAF-15).
void Replica::learn_certificate(const Certificate& certificate, ValidatorIndex from) {
  const Height height = certificate.subject.height;
  watch_votes(certificate);
  const Certificate* known = nullptr;
  if (height == applied_ && applied_certificate_) known = &*applied_certificate_;
  if (furthest_ && furthest_->certificate.subject.height == height) known = &furthest_->certificate;
  if (const auto held = certificates_.find(height); held != certificates_.end())
    known = &held->second.certificate;
  if (known != nullptr && known->subject.block != certificate.subject.block)
    return stop(*known, certificate);
  if (height <= applied_) {
    if (height < applied_) compare(certificate, from);
    activate_by_certificate(certificate);
    return;
  }
  if (height.value > applied_.value + 2) {
    if (!furthest_ || furthest_->certificate.subject.height < height)
      furthest_ = CertifiedHeight{certificate, from};
    return;
  }
  if (known != nullptr && known->subject.view >= certificate.subject.view) return;
  if (known == nullptr) {
    trace(TraceKind::kCommitted,
          "certificate",
          certificate.subject.view,
          height,
          certificate.subject.block);
  }
  certificates_[height] = CertifiedHeight{certificate, from};
}

/// Each costs a look into the ledger, and whoever has old certificates could send them for ever.
void Replica::compare(const Certificate& certificate, ValidatorIndex from) {
  if (!allowances_[from].comparisons.take(tick_, kTicksPerAnswer))
    return ignore("certificate", IgnoreReason::kAskedTooMuch, certificate.subject, from);
  out_.deliver.emplace_back(CompareCertificate{certificate});
}

void Replica::stop(const Certificate& known, const Certificate& conflicting) {
  stopped_ = true;
  accuse_signers(known, conflicting);
  out_.deliver.emplace_back(FailStop{known, conflicting});
}

void Replica::on(const CertifiedBefore& event) {
  stop(event.known, event.conflicting);
}

void Replica::on(const Applied& event) {
  const Certificate& certificate = event.certificate;
  CHECK(certificate.subject.height == applied_.next(), "blocks are applied in order");
  // Block sync and another state come here past learn_certificate.
  const auto contradicts = [&](const Certificate& known) {
    return known.subject.height == certificate.subject.height &&
           known.subject.block != certificate.subject.block;
  };
  if (const auto held = certificates_.find(certificate.subject.height);
      held != certificates_.end() && contradicts(held->second.certificate))
    return stop(held->second.certificate, certificate);
  if (furthest_ && contradicts(furthest_->certificate))
    return stop(furthest_->certificate, certificate);
  applied_ = certificate.subject.height;
  applied_hash_ = certificate.subject.block;
  applied_certificate_ = certificate;
  applied_tick_ = tick_;
  max_commit_height_ = std::max(max_commit_height_, applied_);
  trace(TraceKind::kApplied, "block", certificate.subject.view, applied_, applied_hash_);
  activate_by_certificate(certificate);
  prune_applied();
  committing_ = false;
  commit_view_ = view_;
  build_asked_.reset();
  forced_checked_.reset();
  next_body_tick_ = 0;
  next_sync_tick_ = tick_ + kSyncPatienceTicks;
  suspects_.clear();
  timer_start_.reset();
  status_due_ = true;
  if (event.view_ended) rotate(*event.view_ended);
  // What peers said about higher heights may count now (rule 25).
  if (!confirmed_) {
    for (const auto& [member, report] : peers_) confirm_by(member);
  }
}

void Replica::prune_applied() {
  prepared_.reset();
  applied_slot_ = std::exchange(slots_[applied_], {});
  applied_slot_.forget_blocks();
  slots_.erase(slots_.begin(), slots_.upper_bound(applied_));
  certificates_.erase(certificates_.begin(), certificates_.upper_bound(applied_));
  if (furthest_ && furthest_->certificate.subject.height.value <= applied_.value + 2) {
    const CertifiedHeight found = *std::exchange(furthest_, std::nullopt);
    if (found.certificate.subject.height > applied_)
      learn_certificate(found.certificate, found.from);
  }
  std::erase_if(own_votes_, [this](const auto& vote) { return vote.first.height <= applied_; });
  const View certified_view = applied_certificate_->subject.view;
  std::erase_if(own_view_changes_,
                [&](const auto& change) { return change.first <= certified_view; });
}

void Replica::on(const PendingTransactions& event) {
  pending_transactions_ = event.pending;
}

void Replica::on(const Tick& event) {
  const std::uint64_t offset = std::uint64_t{config_.self.value} * 7;
  const auto period = [&] { return (tick_ + offset) / config_.timing.status_ticks; };
  const std::uint64_t before = period();
  tick_ += event.passed;
  const bool periodic = period() != before;
  if (periodic || (status_due_ && tick_ - status_tick_ >= kStatusGapTicks))
    send_status(std::nullopt);
  if (timer_start_ && tick_ - *timer_start_ >= timeout_ticks()) on_timer_expired();
  try_sync();
}

void Replica::trace(
    TraceKind kind, std::string_view what, View view, Height height, const BlockHash& block) {
  out_.trace.push_back({kind, what, view, height, block, config_.self, IgnoreReason::kNone});
}

void Replica::ignore(std::string_view what,
                     IgnoreReason reason,
                     const ledger::VoteSubject& subject,
                     ValidatorIndex member) {
  out_.trace.push_back(
      {TraceKind::kIgnored, what, subject.view, subject.height, subject.block, member, reason});
}

Replica::Buffered Replica::buffered() const {
  Buffered sum{applied_slot_.vote_count(), applied_slot_.blocks()};
  for (const auto& [height, held] : slots_) {
    sum.votes += held.vote_count();
    sum.blocks += held.blocks();
  }
  return sum;
}

}  // namespace galen::pbft
