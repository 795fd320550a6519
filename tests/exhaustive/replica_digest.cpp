#include "exhaustive/replica_digest.h"

#include <set>

namespace galen::pbft::test {

using codec::Writer;
using ledger::Certificate;
using ledger::VoteSubject;
using ledger::VoteType;

void write(Writer& w, const VoteSubject& s) {
  w.enumeration(s.type).counter(s.view).counter(s.height).raw(s.block);
}

void write(Writer& w, const std::optional<Certificate>& certificate) {
  w.boolean(certificate.has_value());
  if (certificate) write(w, certificate->subject);
}

void write(Writer& w, const Outcome& outcome) {
  w.counter(outcome.base)
      .raw(outcome.base_hash)
      .counter(outcome.base_view)
      .boolean(outcome.forced.has_value());
  if (outcome.forced) write(w, *outcome.forced);
}

void write(Writer& w, const ViewChange& change) {
  w.u16(change.member.value).counter(change.new_view).counter(change.height).raw(change.hash);
  write(w, change.committed);
  write(w, change.prepared);
}

namespace {

/// Votes and proposals below `view` can commit (COMMITs, bodies) but never prepare again.
void write_slot(Writer& w, const Slot& slot, View view) {
  for (const auto& [key, votes] : slot.votes()) {
    if (key.first == VoteType::kPrepare && key.second < view) continue;
    for (const auto& [member, stored] : votes) {
      w.u16(member.value);
      write(w, stored.vote.subject);
    }
  }
  w.u8(0xff);
  for (const auto& [proposed, stored] : slot.proposals()) {
    if (proposed < view) continue;
    w.counter(proposed).raw(stored.checked.block.hash).enumeration(stored.state);
  }
  w.u8(0xff);
}

}  // namespace

std::optional<Outcome> ReplicaDigest::outcome(const Replica& replica) {
  if (!replica.selection_) return std::nullopt;
  return outcome_of(*replica.selection_);
}

void ReplicaDigest::write_to(Writer& w, const Replica& replica) {
  // Every member is named: a new one does not compile until somebody decides whether it is state.
  const auto& [config,
               quorum,
               fault_bound,
               out,
               tick,
               stopped,
               applied,
               applied_hash,
               applied_certificate,
               applied_tick,
               view,
               view_change,
               commit_view,
               new_view,
               new_view_stored,
               selection,
               view_certificate,
               view_changes,
               own_view_changes,
               own_new_views,
               suspects,
               timer_start,
               slots,
               applied_slot,
               certificates,
               furthest,
               prepared,
               own_votes,
               wiped,
               max_commit_height,
               committing,
               pending_transactions,
               build_asked,
               forced_checked,
               peers,
               allowances,
               confirmed_by,
               eager,
               answered_tick,
               confirmed,
               amnesia,
               status_due,
               status_tick,
               next_body_tick,
               next_sync_tick,
               fetch_attempts] = replica;
  // Constant in one search, or when and to whom something is sent again, or only what is told as
  // evidence.
  (void)std::tie(config,
                 quorum,
                 fault_bound,
                 out,
                 tick,
                 applied_tick,
                 commit_view,
                 view_certificate,
                 timer_start,
                 peers,
                 allowances,
                 eager,
                 answered_tick,
                 status_due,
                 status_tick,
                 next_body_tick,
                 next_sync_tick,
                 fetch_attempts,
                 applied_slot);
  w.boolean(stopped).boolean(amnesia).boolean(confirmed).boolean(committing);
  w.counter(applied).raw(applied_hash).counter(wiped).counter(max_commit_height);
  write(w, applied_certificate);
  w.counter(view).counter(view_change).boolean(new_view.has_value()).boolean(new_view_stored);
  w.boolean(selection.has_value());
  if (selection) write(w, outcome_of(*selection));
  w.boolean(pending_transactions).boolean(build_asked == view).boolean(forced_checked == view);
  for (const auto& [member, held] : view_changes) {
    if (held.view_change.new_view > view) write(w, held.view_change);
  }
  w.u8(0xff);
  for (const auto& [new_one, held] : own_view_changes) write(w, held.view_change);
  w.u8(0xff);
  for (const View own : own_new_views) w.counter(own);
  w.u8(0xff);
  if (view_change <= view) {
    for (const ValidatorIndex member : suspects) w.u16(member.value);
  }
  w.u8(0xff);
  for (const auto& [height, slot] : slots) {
    w.counter(height);
    write_slot(w, slot, view);
    // Bodies are fetched when they miss: only whether an own PREPARE's is held matters.
    for (const auto& [own, block] : own_votes) {
      if (own.height == height) w.boolean(slot.body(block) != nullptr);
    }
  }
  w.u8(0xff);
  for (const auto& [height, certified] : certificates)
    write(w, std::optional(certified.certificate));
  write(w, furthest ? std::optional(furthest->certificate) : std::nullopt);
  write(w, prepared);
  for (const auto& [own, block] : own_votes) {
    w.counter(own.height).counter(own.view).enumeration(own.type).raw(block);
  }
  w.u16(static_cast<std::uint16_t>(confirmed ? 0 : confirmed_by.size()));
}

}  // namespace galen::pbft::test
