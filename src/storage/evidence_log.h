// Evidence against members, durable: one synced row for each piece, all of it in memory besides
// (SAF-16; at most limits::kMaxEvidence pieces of some 300 bytes). Thread rule: keep from one
// thread, everything else from any.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "ledger/evidence.h"
#include "ledger/evidence_index.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace galen::storage {

struct Store;

class EvidenceLog {
 public:
  explicit EvidenceLog(std::shared_ptr<const Store> store) : store_(std::move(store)) {}

  /// Reads what earlier runs kept; once, before anything else. kCorrupt, kIo.
  [[nodiscard]] Status load();

  /// Whether keep() would write it; what finds no room is counted. Cheap: no disk.
  [[nodiscard]] bool wants(const ledger::VoteSlot& slot);
  /// One synced write when it is new: true. False when its slot is held or there is no room. kIo:
  /// the process must stop (DUR-5).
  [[nodiscard]] Result<bool> keep(const ledger::Evidence& evidence, TimeMs found);

  /// As ledger::EvidenceIndex::list and find; only what is durable.
  [[nodiscard]] std::vector<ledger::StoredEvidence> list(
      const std::optional<ledger::VoteSlot>& after,
      std::optional<ValidatorIndex> member,
      std::size_t limit) const;
  [[nodiscard]] std::optional<ledger::StoredEvidence> find(const ledger::EvidenceId& id) const;

  [[nodiscard]] std::size_t size() const;

  /// Found since start but not kept, for want of room.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_.load(); }

  /// What did not even come to keep().
  void count_dropped() { ++dropped_; }

 private:
  [[nodiscard]] ledger::EvidenceIndex::Verdict judge(const ledger::VoteSlot& slot);

  std::shared_ptr<const Store> store_;
  std::atomic<std::uint64_t> dropped_ = 0;
  mutable std::mutex mutex_;
  ledger::EvidenceIndex index_;  ///< guarded by mutex_
};

}  // namespace galen::storage
