// Consensus messages between validators (CONSENSUS.md 1, 2, 10, 12, 22, 24). FROZEN
// (docs/formats.md, "Consensus messages"). On the wire: u8 type || body. Decoding checks shape,
// limits and canonical signatures; who signed what is checked by pbft::Verifier. Thread rule:
// values; a block's bytes are shared and immutable.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "ledger/block.h"

#include <array>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

namespace galen::pbft {

/// Canonical bytes of a ledger::Block: opaque here. Never null inside a decoded message.
using SharedBytes = std::shared_ptr<const Bytes>;

/// A signed PREPARE or COMMIT. May be relayed by others as stored bytes.
struct Vote {
  ledger::VoteSubject subject;
  ValidatorIndex member;
  Signature signature;
  friend bool operator==(const Vote&, const Vote&) = default;
};

/// The primary's PREPARE, the full block and its parent's commit certificate (CONSENSUS.md 2).
struct Proposal {
  Vote vote;
  SharedBytes block;
  std::optional<ledger::Certificate> parent_certificate;  ///< none when the parent is genesis
  friend bool operator==(const Proposal& a, const Proposal& b);
};

/// CONSENSUS.md 10. One content per (epoch, new view) and member, for ever.
struct ViewChange {
  Epoch epoch;
  View new_view;
  Height height;                                 ///< applied by the member when it signed
  BlockHash hash;                                ///< of the block at `height`
  std::optional<ledger::Certificate> committed;  ///< of `height`; none at genesis
  std::optional<ledger::Certificate> prepared;   ///< highest view at height + 1, view < new_view
  ValidatorIndex member;
  Signature signature;
  friend bool operator==(const ViewChange&, const ViewChange&) = default;
};

/// CONSENSUS.md 12: exactly Q VIEW-CHANGEs for `view`, in ascending member order. Carries no
/// selection.
struct NewView {
  Epoch epoch;
  View view;
  std::vector<ViewChange> view_changes;
  ValidatorIndex member;
  Signature signature;
  friend bool operator==(const NewView&, const NewView&) = default;
};

/// "The primary of `view` fails": unsigned, authenticated by the channel it came through.
struct Suspect {
  Epoch epoch;
  View view;
  friend bool operator==(const Suspect&, const Suspect&) = default;
};

/// View and block of a vote somebody holds.
struct HeldVote {
  View view;
  BlockHash block;
  friend bool operator==(const HeldVote&, const HeldVote&) = default;
};

/// The newest votes of one member somebody holds at one height.
struct HeldVotes {
  std::optional<HeldVote> prepare;
  std::optional<HeldVote> commit;
  friend bool operator==(const HeldVotes&, const HeldVotes&) = default;
};

/// What a replica holds at one height.
struct HeldSlot {
  std::optional<HeldVote> proposal;  ///< newest with its block
  std::vector<HeldVotes> members;    ///< by ValidatorIndex, one for each of the n members
  friend bool operator==(const HeldSlot&, const HeldSlot&) = default;
};

/// CONSENSUS.md 24. Unsigned: claims that ask for what is missing, and cause nothing else.
struct StatusReport {
  Epoch epoch;
  View view;         ///< entered last
  View view_change;  ///< highest own VIEW-CHANGE, 0 for none; the view is active when view_change
                     ///< <= view
  bool timer_expired = false;  ///< a SUSPECT of `view` stands
  Height applied;
  BlockHash applied_hash;
  Height max_commit_height;        ///< highest height a COMMIT was signed for, or applied
  std::vector<bool> suspects;      ///< by ValidatorIndex: whose SUSPECT of `view` is held
  std::vector<View> view_changes;  ///< by ValidatorIndex: highest VIEW-CHANGE held, 0 for none
  /// When its author made it, to the tick, in a way that only he can read; never 0.
  std::uint64_t stamp = 0;
  /// By ValidatorIndex: stamp of the last status that came, 0 for none. What says so was made later
  /// than the one named, however late it comes: a status without its receiver's echo proves nothing
  /// new.
  std::vector<std::uint64_t> echoes;
  std::array<HeldSlot, 2> slots;  ///< applied + 1 and applied + 2
  friend bool operator==(const StatusReport&, const StatusReport&) = default;
};

/// A commit certificate, with its block when the receiver needs it.
struct CommitProof {
  ledger::Certificate certificate;
  SharedBytes block;  ///< may be null
  friend bool operator==(const CommitProof& a, const CommitProof& b);
};

/// Asks for the body of one block, committed or not.
struct BlockRequest {
  Height height;
  BlockHash block;
  friend bool operator==(const BlockRequest&, const BlockRequest&) = default;
};

/// Answers a BlockRequest for a block that is not committed yet.
struct BlockBody {
  SharedBytes block;
  friend bool operator==(const BlockBody& a, const BlockBody& b);
};

using Message = std::variant<Vote,
                             Proposal,
                             ViewChange,
                             NewView,
                             Suspect,
                             StatusReport,
                             CommitProof,
                             BlockRequest,
                             BlockBody>;

/// The envelope: u8 type || body.
[[nodiscard]] Bytes encode(const Message& message);
/// kMalformed, kTooLarge; an unknown type is kMalformed. Sizes are checked before anything is
/// copied.
[[nodiscard]] Result<Message> decode_message(BytesView bytes);

/// What a VIEW-CHANGE signs: everything but the signature.
[[nodiscard]] Bytes view_change_statement(const ChainId& chain, const ViewChange& view_change);
/// What a NEW-VIEW signs: everything but the signature.
[[nodiscard]] Bytes new_view_statement(const ChainId& chain, const NewView& new_view);

/// "proposal", "prepare", ... for logs and traces.
[[nodiscard]] std::string_view name(const Message& message);

}  // namespace galen::pbft
