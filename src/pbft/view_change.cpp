// CONSENSUS.md 10-23: suspecting a primary, changing the view, entering one.
#include "base/check.h"
#include "pbft/replica.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace galen::pbft {

using ledger::Certificate;

namespace {

/// Rule 21 and LIV-2: the timeout doubles at most this often.
constexpr std::uint64_t kMaxDoublings = 4;

}  // namespace

IgnoreReason Replica::ignore_view_change(const ViewChange& view_change) const {
  if (view_change.member == config_.self) return IgnoreReason::kOwnMessage;
  if (view_change.new_view <= view_) return IgnoreReason::kOldView;
  const auto held = view_changes_.find(view_change.member);
  if (held == view_changes_.end()) return IgnoreReason::kNone;
  const ViewChange& highest = held->second.view_change;
  if (view_change.new_view > highest.new_view) return IgnoreReason::kNone;
  if (view_change.new_view < highest.new_view) return IgnoreReason::kOldView;
  return view_change == highest ? IgnoreReason::kDuplicate : IgnoreReason::kEquivocation;
}

void Replica::on(const Verified<ViewChange>& event) {
  const ViewChange& change = event.message();
  if (change.committed) learn_certificate(*change.committed, event.from());
  if (stopped_) return;
  if (change.prepared) watch_votes(*change.prepared);
  if (change.member == config_.self && change.new_view > asked_view()) {
    if (applied_ >= wiped_) return declare_amnesia("an own VIEW-CHANGE unknown to the journal");
    return promise_again(change);
  }
  if (const IgnoreReason reason = ignore_view_change(change); reason != IgnoreReason::kNone) {
    const ledger::VoteSubject slot{
        change.epoch, ledger::VoteType::kPrepare, change.new_view, change.height, change.hash};
    return ignore("view-change", reason, slot, change.member);
  }
  view_changes_[change.member] = {change, tick_};
  status_due_ = true;
}

/// The ledger is older than the journal, which dropped this VIEW-CHANGE with the heights it once
/// applied: no amnesia, but still a promise (rule 11).
void Replica::promise_again(const ViewChange& change) {
  view_change_ = change.new_view;
  own_view_changes_[change.new_view] = {change, tick_};
  view_changes_[config_.self] = {change, tick_};
  status_due_ = true;
}

/// Rule 22: f + 1 members above the own view pull it to the largest view that f + 1 of them reach.
void Replica::try_join() {
  const View own = asked_view();
  std::vector<View> above;
  for (const auto& [member, held] : view_changes_) {
    if (member != config_.self && held.view_change.new_view > own)
      above.push_back(held.view_change.new_view);
  }
  if (above.size() < fault_bound_ + 1) return;
  std::sort(above.begin(), above.end(), std::greater<>());
  start_view_change(above[fault_bound_], "joined");
}

/// Rules 5, 10, 11: from here no vote below `new_view` is ever asked for. A ledger older than the
/// journal is silent: what it once prepared, and committed, is wiped with the heights it has to
/// catch up with, so its VIEW-CHANGE would call a committed block unknown.
void Replica::start_view_change(View new_view, std::string_view cause) {
  if (!may_vote() || applied_ < wiped_ || new_view <= asked_view()) return;
  view_change_ = new_view;
  timer_start_.reset();
  status_due_ = true;
  ViewChange change;
  change.epoch = config_.epoch;
  change.new_view = new_view;
  change.height = applied_;
  change.hash = applied_hash_;
  change.committed = applied_certificate_;
  change.prepared = prepared_;
  change.member = config_.self;
  trace(TraceKind::kViewChange, cause, new_view, applied_, applied_hash_);
  out_.persist.emplace_back(std::move(change));
}

/// Rule 12: the primary of the view that Q members ask for, itself among the candidates.
void Replica::try_new_view() {
  const View view = view_change_;
  if (!may_vote() || applied_ < wiped_ || view <= view_ || primary(view) != config_.self ||
      own_new_views_.contains(view))
    return;
  NewView new_view{config_.epoch, view, {}, config_.self, {}};
  for (const auto& [member, held] : view_changes_) {
    if (held.view_change.new_view == view && new_view.view_changes.size() < quorum_) {
      new_view.view_changes.push_back(held.view_change);
    }
  }
  if (new_view.view_changes.size() < quorum_) return;
  own_new_views_.insert(view);
  trace(TraceKind::kNewView, "sent", view, applied_, applied_hash_);
  out_.persist.emplace_back(std::move(new_view));
}

/// Rule 13. Rule 18: what this replica has prepared plays no part.
IgnoreReason Replica::ignore_new_view(const NewView& new_view) const {
  return new_view.view > view_ && new_view.view >= view_change_ ? IgnoreReason::kNone
                                                                : IgnoreReason::kOldView;
}

void Replica::on(const Verified<NewView>& event) {
  const NewView& new_view = event.message();
  if (new_view.member == config_.self && !own_new_views_.contains(new_view.view) &&
      new_view.view > view_ && applied_ >= wiped_) {
    return declare_amnesia("an own NEW-VIEW unknown to the journal");
  }
  if (const IgnoreReason reason = ignore_new_view(new_view); reason != IgnoreReason::kNone) {
    const ledger::VoteSubject slot{
        new_view.epoch, ledger::VoteType::kPrepare, new_view.view, {}, {}};
    return ignore("new-view", reason, slot, new_view.member);
  }
  for (const ViewChange& change : new_view.view_changes) {
    if (change.prepared) watch_votes(*change.prepared);
  }
  enter_new_view(new_view);
}

/// Rules 13 to 17: a replica below the base enters too, and votes once it has caught up.
void Replica::enter_new_view(const NewView& new_view) {
  enter_view(new_view.view, "new-view");
  new_view_ = new_view;
  selection_ = select(new_view);
  if (selection_->base_certificate)
    learn_certificate(*selection_->base_certificate, new_view.member);
}

void Replica::enter_view(View view, std::string_view cause) {
  CHECK(view > view_ && view >= view_change_,
        "views are entered upwards, never below the own VIEW-CHANGE");
  view_ = view;
  new_view_.reset();
  new_view_stored_ = false;
  selection_.reset();
  view_certificate_.reset();
  suspects_.clear();
  timer_start_.reset();
  build_asked_.reset();
  forced_checked_.reset();
  status_due_ = true;
  trace(TraceKind::kViewEntered, cause, view, applied_, applied_hash_);
}

/// Rule 19. By value: entering a view drops the selection that the certificate may stand in.
void Replica::activate_by_certificate(Certificate certificate) {
  const View view = certificate.subject.view;
  if (certificate.subject.height > applied_ || view <= view_ || view < view_change_) return;
  enter_view(view, "commit certificate");
  view_certificate_ = std::move(certificate);
}

std::optional<Certificate> Replica::forced_at(Height height) const {
  if (!selection_ || height != selection_->base.next()) return std::nullopt;
  return selection_->forced;
}

/// Rule 22: an own SUSPECT stands until a commit or another view.
void Replica::suspect_primary(std::string_view cause) {
  if (!may_vote() || !active() || !suspects_.insert(config_.self).second) return;
  trace(TraceKind::kSuspected, cause, view_, applied_, applied_hash_);
  out_.send.push_back({std::nullopt, Suspect{config_.epoch, view_}});
  status_due_ = true;
  if (suspects_.size() >= fault_bound_ + 1) start_view_change(view_.next(), "suspects");
}

void Replica::on_suspect(View view, ValidatorIndex member) {
  if (view != view_ || !active()) return;
  if (!suspects_.insert(member).second) return;
  if (suspects_.size() >= fault_bound_ + 1) start_view_change(view_.next(), "suspects");
}

void Replica::on(const Verified<Suspect>& event) {
  const View view = event.message().view;
  if (view == view_ && active()) return on_suspect(view, event.from());
  const ledger::VoteSubject slot{
      config_.epoch, ledger::VoteType::kPrepare, view, applied_, applied_hash_};
  ignore("suspect",
         view > view_ ? IgnoreReason::kBeyondViews : IgnoreReason::kOldView,
         slot,
         event.from());
}

void Replica::on(const PrimarySuspected& event) {
  if (event.view == view_) suspect_primary("engine");
}

/// Rotation by block time. Who has more to apply is behind: those views are over already.
void Replica::rotate(View ended) {
  if (ended == view_ && active() && certified() == applied_)
    start_view_change(view_.next(), "rotation");
}

/// Rule 21 in an active view, rule 23 between views: members at or above the own VIEW-CHANGE count.
bool Replica::timer_needed() const {
  if (!may_vote()) return false;
  if (active()) {
    const auto first =
        own_votes_.lower_bound({applied_.next(), View{}, ledger::VoteType::kPrepare});
    const bool own_vote_unapplied =
        first != own_votes_.end() && first->first.height == applied_.next();
    return pending_transactions_ || own_vote_unapplied;
  }
  std::size_t reached = 0;
  for (const auto& [member, held] : view_changes_) {
    if (held.view_change.new_view >= view_change_) ++reached;
  }
  return reached >= quorum_;
}

std::uint64_t Replica::timeout_ticks() const {
  const std::uint64_t views = asked_view().value - std::min(commit_view_, view_).value;
  return std::uint64_t{config_.timing.request_ticks} << std::min(views, kMaxDoublings);
}

void Replica::update_timer() {
  if (!timer_needed()) {
    timer_start_.reset();
  } else if (!timer_start_) {
    timer_start_ = tick_;
  }
}

void Replica::on_timer_expired() {
  if (active()) return suspect_primary("timer");
  start_view_change(view_change_.next(), "no new-view");
}

}  // namespace galen::pbft
