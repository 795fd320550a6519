#include "storage/evidence_log.h"

#include "storage/rows.h"
#include "storage/store.h"

#include <utility>

namespace galen::storage {

using Verdict = ledger::EvidenceIndex::Verdict;

Status EvidenceLog::load() {
  Status read;
  const auto take = [&](BytesView key, BytesView value) {
    auto row = decode_evidence_row(value);
    if (!row) {
      read = tl::unexpected(row.error());
    } else if (!equal(key, evidence_key(row->evidence.slot)) ||
               index_.judge(row->evidence.slot) != Verdict::kNew) {
      read = fail(ErrorCode::kCorrupt, "an evidence row does not belong where it stands");
    } else {
      index_.add(row->evidence, row->found);
    }
    return read.has_value();
  };
  const std::lock_guard lock(mutex_);
  GALEN_TRY_STATUS(
      store_->ledger->scan(static_cast<std::size_t>(Column::kMeta), evidence_prefix(), take));
  return read;
}

Verdict EvidenceLog::judge(const ledger::VoteSlot& slot) {
  const std::lock_guard lock(mutex_);
  return index_.judge(slot);
}

bool EvidenceLog::wants(const ledger::VoteSlot& slot) {
  const Verdict verdict = judge(slot);
  if (verdict == Verdict::kFull) ++dropped_;
  return verdict == Verdict::kNew;
}

Result<bool> EvidenceLog::keep(const ledger::Evidence& evidence, TimeMs found) {
  if (!wants(evidence.slot)) return false;
  Batch batch(*store_->ledger);
  batch.put(static_cast<std::size_t>(Column::kMeta),
            evidence_key(evidence.slot),
            encode(EvidenceRow{found, evidence}));
  GALEN_TRY_STATUS(store_->ledger->write(batch));
  const std::lock_guard lock(mutex_);
  index_.add(evidence, found);
  return true;
}

std::vector<ledger::StoredEvidence> EvidenceLog::list(const std::optional<ledger::VoteSlot>& after,
                                                      std::optional<ValidatorIndex> member,
                                                      std::size_t limit) const {
  const std::lock_guard lock(mutex_);
  return index_.list(after, member, limit);
}

std::optional<ledger::StoredEvidence> EvidenceLog::find(const ledger::EvidenceId& id) const {
  const std::lock_guard lock(mutex_);
  return index_.find(id);
}

std::size_t EvidenceLog::size() const {
  const std::lock_guard lock(mutex_);
  return index_.size();
}

}  // namespace galen::storage
