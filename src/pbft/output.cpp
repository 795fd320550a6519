#include "pbft/output.h"

namespace galen::pbft {

std::string_view name(IgnoreReason reason) {
  switch (reason) {
    case IgnoreReason::kNone: return "none";
    case IgnoreReason::kApplied: return "applied";
    case IgnoreReason::kBeyondBuffer: return "beyond-buffer";
    case IgnoreReason::kBeyondViews: return "beyond-views";
    case IgnoreReason::kDuplicate: return "duplicate";
    case IgnoreReason::kEquivocation: return "equivocation";
    case IgnoreReason::kWrongParent: return "wrong-parent";
    case IgnoreReason::kWrongOrigin: return "wrong-origin";
    case IgnoreReason::kNotForced: return "not-forced";
    case IgnoreReason::kOldView: return "old-view";
    case IgnoreReason::kOwnMessage: return "own-message";
    case IgnoreReason::kNotWanted: return "not-wanted";
    case IgnoreReason::kStale: return "stale";
    case IgnoreReason::kInvalidBlock: return "invalid-block";
    case IgnoreReason::kUntimelyBlock: return "untimely-block";
    case IgnoreReason::kBadBlocks: return "bad blocks";
    case IgnoreReason::kAskedTooMuch: return "asked-too-much";
    case IgnoreReason::kMayNotVote: return "may-not-vote";
  }
  return "?";
}

std::string_view name(TraceKind kind) {
  switch (kind) {
    case TraceKind::kIgnored: return "ignored";
    case TraceKind::kProposed: return "proposed";
    case TraceKind::kPrepared: return "prepared";
    case TraceKind::kCommitted: return "committed";
    case TraceKind::kApplied: return "applied";
    case TraceKind::kEvidence: return "evidence";
    case TraceKind::kSuspected: return "suspected";
    case TraceKind::kViewChange: return "view-change";
    case TraceKind::kNewView: return "new-view";
    case TraceKind::kViewEntered: return "view-entered";
    case TraceKind::kVotingEnabled: return "voting-enabled";
    case TraceKind::kAmnesia: return "amnesia";
  }
  return "?";
}

}  // namespace galen::pbft
