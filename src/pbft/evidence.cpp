// SAF-16: two votes of one member in one slot, wherever the second one shows up. Votes in
// certificates count too: a primary that shows two blocks to two halves is found by the certificate
// of the other half. What is found changes nothing in what the replica does.
#include "pbft/replica.h"

namespace galen::pbft {

using ledger::Certificate;

/// Any verified vote of another member, before anything is said about its use here.
void Replica::watch_vote(const Vote& vote, std::string_view what) {
  if (vote.member == config_.self) return;
  const ledger::VoteSubject& subject = vote.subject;
  Slot* held = &applied_slot_;
  if (subject.height != applied_) {
    const auto found = slots_.find(subject.height);
    if (found == slots_.end()) return;
    held = &found->second;
  }
  const Vote* first = held->contradicted_by(vote);
  if (first == nullptr) return;
  trace(TraceKind::kEvidence, what, subject.view, subject.height, subject.block);
  out_.trace.back().member = vote.member;
  out_.deliver.emplace_back(KeepEvidence{*first, vote});
}

/// REQUIRES: every signature of the certificate was verified.
void Replica::watch_votes(const Certificate& certificate) {
  const Height height = certificate.subject.height;
  if (height != applied_ && !slots_.contains(height)) return;
  for (const auto& [member, signature] : certificate.signatures) {
    watch_vote({certificate.subject, member, signature}, "certificate");
  }
}

/// Two certificates of one view: whoever is in both signed both (SAF-15). Of two views nothing
/// follows from two messages alone.
void Replica::accuse_signers(const Certificate& known, const Certificate& conflicting) {
  const ledger::VoteSubject& a = known.subject;
  const ledger::VoteSubject& b = conflicting.subject;
  if (a.type != b.type || a.view != b.view) return;
  for (const auto& [member, signature] : conflicting.signatures) {
    const auto first = known.signatures.find(member);
    if (first == known.signatures.end() || member == config_.self) continue;
    out_.deliver.emplace_back(KeepEvidence{{a, member, first->second}, {b, member, signature}});
  }
}

}  // namespace galen::pbft
