// What a replica wants done, in one struct in obligatory order: persist, send, deliver, trace.
// Thread rule: values.
#pragma once

#include "base/ids.h"
#include "base/limits.h"
#include "ledger/block.h"
#include "pbft/journal_record.h"
#include "pbft/message.h"

#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace galen::pbft {

/// A message that is stored already or never needs to be. No `to` = to every other member.
struct Send {
  std::optional<ValidatorIndex> to;
  Message message;
};

/// Of fresh blocks one height takes limits::kMaxBlocksVotedAtHeight of any size, in views that came
/// to nothing; after them small ones only, of any number: refusing those would halt it for ever.
inline constexpr std::size_t kSmallBlockBytes = limits::kMaxTransactionBytes + 4096;

/// Build a block of pending transactions at applied + 1 and answer ProposalBuilt or BuildDeclined.
/// Asked once per (view, height) and answer.
struct BuildBlock {
  View view;
  Height height;
  BlockHash parent;
  bool small = false;  ///< at most kSmallBlockBytes
};

/// Decode, validate, execute, compare roots, answer BlockChecked. A forced block (CONSENSUS.md 14)
/// skips proposer, origin view and time; a fresh one is timely or not at the moment it arrived.
struct CheckBlock {
  View view;
  Height height;
  BlockHash hash;
  SharedBytes block;
  bool forced = false;
};

/// The block is final: execute (a root other than certified is fail-stop), apply, answer Applied.
/// Nothing to do when block sync was quicker and the height is applied (SAF-13).
struct CommitBlock {
  ledger::Certificate certificate;
  SharedBytes block;
};

/// A certificate proves blocks up to `target`; fetch [applied + 1, target] from `from` or from
/// anybody, check them fully, apply them in order, feeding Applied for each. Repeated until it is
/// done.
struct SyncTo {
  Height target;
  ValidatorIndex from;
};

/// Send CommitProof{certificate, block} of a committed height to a peer; nothing when pruned.
struct AnswerBlock {
  ValidatorIndex to;
  Height height;
};

/// A certificate of a height below the applied one, which the core has forgotten: look up what was
/// applied there, and answer CertifiedBefore when it was another block.
struct CompareCertificate {
  ledger::Certificate certificate;
};

/// A peer behind says that this is the block at a height below the own head: when the ledger has
/// another one there, send it CommitProof{certificate of that height}.
struct CompareHead {
  ValidatorIndex to;
  Height height;
  BlockHash hash;
};

/// Two valid certificates for different blocks at one height: stop and keep both (SAF-15).
struct FailStop {
  ledger::Certificate known;
  ledger::Certificate conflicting;
};

/// Two votes of one member for different blocks in one slot: store them, in your own time (SAF-16).
/// At most once for each vote held.
struct KeepEvidence {
  Vote first;
  Vote second;
};

/// An own message beyond the journal exists: store durably that no start may vote under this key
/// again (DUR-6, DUR-10).
struct RememberAmnesia {};

using Action = std::variant<BuildBlock,
                            CheckBlock,
                            CommitBlock,
                            SyncTo,
                            AnswerBlock,
                            CompareCertificate,
                            CompareHead,
                            FailStop,
                            KeepEvidence,
                            RememberAmnesia>;

/// Why a message had no effect (DOS-3, DOS-4). Not an error: counted, traced, asserted in tests.
enum class IgnoreReason : std::uint8_t {
  kNone = 0,
  kApplied,        ///< height <= applied: the sender gets block and certificate
  kBeyondBuffer,   ///< height > applied + 2
  kBeyondViews,    ///< view too far above the own one
  kDuplicate,      ///< seen
  kEquivocation,   ///< another vote of the member in that slot is held
  kWrongParent,    ///< does not extend the applied block
  kWrongOrigin,    ///< a fresh block of another origin view
  kNotForced,      ///< not the block this view must decide first
  kOldView,        ///< below the active view or the own VIEW-CHANGE
  kOwnMessage,     ///< an own message, or one that claims to be
  kNotWanted,      ///< a body nobody asked for
  kStale,          ///< an answer to a question of an earlier view or height
  kInvalidBlock,   ///< the engine's verdict
  kUntimelyBlock,  ///< the engine's verdict
  kAskedTooMuch,   ///< the peer has used up what it may ask for: not answered
  kBadBlocks,      ///< a source of missing blocks failed; the engine's
  kMayNotVote,     ///< behind, in view change, amnesia, or restart not confirmed yet
};

[[nodiscard]] std::string_view name(IgnoreReason reason);

enum class TraceKind : std::uint8_t {
  kIgnored = 1,
  kProposed,
  kPrepared,   ///< a prepared certificate formed
  kCommitted,  ///< a commit certificate formed or learned
  kApplied,
  kEvidence,    ///< two conflicting votes of `member`: KeepEvidence holds them
  kSuspected,   ///< own SUSPECT
  kViewChange,  ///< own VIEW-CHANGE asked for
  kNewView,     ///< own NEW-VIEW asked for
  kViewEntered,
  kVotingEnabled,  ///< rule 25 satisfied
  kAmnesia,        ///< an own message beyond the journal exists: never vote again under this key
};

[[nodiscard]] std::string_view name(TraceKind kind);

struct TraceRecord {
  TraceKind kind = TraceKind::kIgnored;
  std::string_view what;  ///< message or cause, static text
  View view;
  Height height;
  BlockHash block;
  ValidatorIndex member;
  IgnoreReason reason = IgnoreReason::kNone;
};

struct Output {
  /// Sign, journal, one sync for all of them, then send `message_of` to all, then step(Persisted)
  /// each. Never send one before the sync, never reorder. A failure to sync ends the process
  /// (DUR-5).
  std::vector<JournalRecord> persist;
  std::vector<Send> send;
  std::vector<Action> deliver;
  std::vector<TraceRecord> trace;
};

}  // namespace galen::pbft
