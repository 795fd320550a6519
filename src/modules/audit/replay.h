// A past decision made again: decide() on what the present state proves about the state as it was
// when an access was decided: in its block, or, for a late entry, at the height that the journal's
// node had. Grants, proxies, declarations, versions of records and groups, and the standing
// of people and organisations carry their own history, the log tells the uses of grants, and the
// operations of the block that decided tell what it had changed by then; parameters have no
// history, so once they were written again the replay says so instead of guessing
// (docs/consent.md "Dry runs and past decisions").
// Thread rule: as the state's.
#pragma once

#include "modules/audit/block_order.h"
#include "modules/audit/entries.h"
#include "modules/audit/evaluation.h"
#include "modules/identity/standing.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace galen::audit {

/// Height of the block that last wrote a key; nullopt when it is absent, or cannot be told.
using WrittenAt = std::function<std::optional<Height>(const ledger::StateKey&)>;

/// Time of a block; nullopt when it is not kept.
using BlockTime = std::function<std::optional<TimeMs>(Height)>;

/// What a block did, in its order, without what was erased; nothing of one that is not kept.
using BlockOperations = std::function<std::vector<ExecutedOperation>(Height)>;

/// What a state does not tell of itself.
struct History {
  WrittenAt written_at;
  BlockTime block_time;
  BlockOperations operations;
};

/// The state that decided, and the time by which it did.
struct Moment {
  Height height;
  TimeMs time;           ///< of the block at that height
  bool in_block = true;  ///< decided within that block: its order tells what it had written
  policy::Instant at;

  [[nodiscard]] bool shows(Height written) const {
    return in_block ? written < height : written <= height;
  }

  [[nodiscard]] bool is_unclear(Height written) const { return in_block && written == height; }

  [[nodiscard]] bool is_unclear(TimeMs ended) const { return in_block && ended == time; }

  [[nodiscard]] bool is_over(TimeMs ended) const { return ended <= time; }
};

/// A decision, or why there is none: the first thing that has changed since.
struct Replayed {
  std::optional<policy::Decision> decision;
  std::string changed;
};

/// Entries of the log that are looked through for uses of grants.
inline constexpr std::uint64_t kMaxEntriesOfUses = 100'000;

/// The state, the entry and the history outlive it.
class Replay {
 public:
  /// `index` is the entry's, in the log of its patient.
  Replay(const execution::StateReader& state,
         const AccessEntry& entry,
         std::uint64_t index,
         const History& history);

  /// REQUIRES: the entry decided this record.
  [[nodiscard]] Replayed replay(const RecordId& record) const;

 private:
  using Ask = std::function<std::optional<bool>(const BlockOrder&)>;

  [[nodiscard]] std::string moment_unknown();
  [[nodiscard]] std::string load_standing();
  [[nodiscard]] std::string standing_then(const AccountId& account,
                                          const identity::Standings& standings,
                                          bool& active) const;
  [[nodiscard]] Replayed replay_listing() const;
  [[nodiscard]] std::string load_proxies();
  [[nodiscard]] std::string load_emergencies();
  [[nodiscard]] std::string load_grants();
  [[nodiscard]] std::string load_members(const groups::GroupView& view,
                                         policy::GrantFacts& facts) const;
  [[nodiscard]] bool depends_on_uses() const;
  [[nodiscard]] std::string count_uses();
  [[nodiscard]] std::string load_ever_granted();
  [[nodiscard]] bool wrote_later(const ledger::StateKey& key) const;
  /// Whether this was so by then; nullopt when its own block did it and `ask` cannot tell.
  [[nodiscard]] std::optional<bool> was_written(Height written, const Ask& ask) const;
  [[nodiscard]] std::optional<bool> was_over(std::optional<TimeMs> ended, const Ask& ask) const;
  [[nodiscard]] std::optional<bool> was_unjustified(const DeclarationId& id) const;
  [[nodiscard]] std::optional<ledger::RecordStatus> status_then(
      const records::RecordEntry& record) const;
  [[nodiscard]] const BlockOrder& block_order() const;

  const execution::StateReader& state_;
  const AccessEntry& entry_;
  const std::uint64_t index_;
  const History& history_;
  Moment moment_;
  ledger::Parameters parameters_;
  std::optional<policy::Requester> requester_;
  std::map<GrantId, consent::GrantEntry> grants_;
  policy::ConsentContext context_;           ///< refers to grants_
  std::string standing_;                     ///< what stands against telling who asked
  std::string changed_;                      ///< what stands against every replay of this entry
  mutable std::optional<BlockOrder> order_;  ///< read once something depends on it
};

/// Index of the entry of this request in a log, whether it was decided or refused before; `height`
/// is that of the block that executed it.
[[nodiscard]] std::optional<std::uint64_t> find_entry(const execution::StateReader& state,
                                                      const PatientId& log,
                                                      const ledger::AccessRequest& request,
                                                      Height height);

/// The same of a late entry.
[[nodiscard]] std::optional<std::uint64_t> find_late_entry(const execution::StateReader& state,
                                                           const PatientId& log,
                                                           const ledger::LogEmergency& operation,
                                                           Height height);

}  // namespace galen::audit
