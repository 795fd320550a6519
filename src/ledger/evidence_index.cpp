#include "ledger/evidence_index.h"

#include "base/check.h"
#include "base/limits.h"

namespace galen::ledger {

EvidenceIndex::Verdict EvidenceIndex::judge(const VoteSlot& slot) const {
  if (held_.contains(slot)) return Verdict::kKnown;
  if (held_.size() >= limits::kMaxEvidence) return Verdict::kFull;
  const auto share = share_.find({slot.epoch, slot.member});
  const bool full = share != share_.end() && share->second >= limits::kMaxEvidencePerMember;
  return full ? Verdict::kFull : Verdict::kNew;
}

void EvidenceIndex::add(const Evidence& evidence, TimeMs found) {
  CHECK(judge(evidence.slot) == Verdict::kNew, "only what was judged worth keeping is kept");
  held_.emplace(evidence.slot, StoredEvidence{evidence_id(evidence), found, evidence});
  ++share_[{evidence.slot.epoch, evidence.slot.member}];
}

std::vector<StoredEvidence> EvidenceIndex::list(const std::optional<VoteSlot>& after,
                                                std::optional<ValidatorIndex> member,
                                                std::size_t limit) const {
  std::vector<StoredEvidence> found;
  for (auto it = after ? held_.upper_bound(*after) : held_.begin(); it != held_.end(); ++it) {
    if (found.size() == limit) break;
    if (!member || it->first.member == *member) found.push_back(it->second);
  }
  return found;
}

std::optional<StoredEvidence> EvidenceIndex::find(const EvidenceId& id) const {
  for (const auto& [slot, stored] : held_) {
    if (stored.id == id) return stored;
  }
  return std::nullopt;
}

}  // namespace galen::ledger
