// The part of a replica's state that decides what it may still sign, as bytes: two replicas with
// equal digests behave alike in the search. Left out: ticks and timers (they may fire at any time
// there), what is only re-sent or asked for, signer sets of certificates, and messages of views
// that are past.
#pragma once

#include "codec/codec.h"
#include "pbft/replica.h"

#include <optional>

namespace galen::pbft::test {

/// What a NEW-VIEW decided.
struct Outcome {
  Height base;
  BlockHash base_hash;
  View base_view;  ///< of the certificate that proves the base
  std::optional<ledger::VoteSubject> forced;
  friend auto operator<=>(const Outcome&, const Outcome&) = default;
};

[[nodiscard]] inline Outcome outcome_of(const Selection& selection) {
  Outcome outcome{selection.base, selection.base_hash, {}, std::nullopt};
  if (selection.base_certificate) outcome.base_view = selection.base_certificate->subject.view;
  if (selection.forced) outcome.forced = selection.forced->subject;
  return outcome;
}

void write(codec::Writer& writer, const ledger::VoteSubject& subject);
void write(codec::Writer& writer, const std::optional<ledger::Certificate>& certificate);
void write(codec::Writer& writer, const Outcome& outcome);
/// Content without signatures.
void write(codec::Writer& writer, const ViewChange& view_change);

class ReplicaDigest {
 public:
  static void write_to(codec::Writer& writer, const Replica& replica);
  /// Of the NEW-VIEW through which the view was entered; none when it was not.
  [[nodiscard]] static std::optional<Outcome> outcome(const Replica& replica);
};

}  // namespace galen::pbft::test
