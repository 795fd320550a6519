// What a replica promises by signing, with all that must survive with the promise (CONSENSUS.md
// 3-5). The core asks for unsigned records; the engine signs, journals, syncs and only then sends
// them. Encoding FROZEN (docs/formats.md, "Vote journal"). Thread rule: values.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "pbft/message.h"

#include <optional>
#include <variant>

namespace galen::pbft {

/// A vote and what rule 3 (PREPARE) or rule 4 (COMMIT) wants synced with it.
struct VoteRecord {
  Vote vote;
  bool is_proposal = false;  ///< the primary's PREPARE: goes out as a Proposal
  SharedBytes block;         ///< with a PREPARE; null with a COMMIT
  std::optional<ledger::Certificate> parent_certificate;  ///< with a PREPARE, none above genesis
  std::optional<ledger::Certificate> prepared;            ///< with a COMMIT
  std::optional<NewView> new_view;  ///< of the vote's view, when it was not stored yet
  friend bool operator==(const VoteRecord& a, const VoteRecord& b);
};

/// A NewView is the replica's own promise, or another primary's that an own vote relied on.
using JournalRecord = std::variant<VoteRecord, ViewChange, NewView>;

/// The bytes the record's author signs.
[[nodiscard]] Bytes statement(const ChainId& chain, const JournalRecord& record);
void set_signature(JournalRecord& record, const Signature& signature);
/// What leaves, to all, once the record is signed and synced.
[[nodiscard]] Message message_of(const JournalRecord& record);
/// The height the record belongs to: it may be wiped when that height is applied (votes), or it is
/// kept while its view is above the applied certificate's (VIEW-CHANGE, NEW-VIEW; height = base).
[[nodiscard]] Height height_of(const JournalRecord& record);

[[nodiscard]] Bytes encode(const JournalRecord& record);
/// kMalformed, kTooLarge.
[[nodiscard]] Result<JournalRecord> decode_journal_record(BytesView bytes);

}  // namespace galen::pbft
