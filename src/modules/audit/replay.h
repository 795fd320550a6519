// A past decision made again: decide() on what the present state proves about the state as it was
// when an access entry was written. Grants, versions of records and members of groups carry their
// own history; people, organisations and parameters do not, so once they were written again the
// replay says so instead of guessing (docs/consent.md "Explaining a decision"). Thread rule: as the
// state's.
#pragma once

#include "modules/audit/entries.h"
#include "modules/audit/evaluation.h"

#include <functional>
#include <map>
#include <optional>
#include <string>

namespace galen::audit {

/// Height of the block that last wrote a key; nullopt when it is absent, or cannot be told.
using WrittenAt = std::function<std::optional<Height>(const ledger::StateKey&)>;

/// A decision, or why there is none: the first thing that has changed since.
struct Replayed {
  std::optional<policy::Decision> decision;
  std::string changed;
};

/// The state, the entry and `written_at` outlive it.
class Replay {
 public:
  Replay(const execution::StateReader& state,
         const AccessEntry& entry,
         const WrittenAt& written_at);

  /// REQUIRES: the entry decided this record.
  [[nodiscard]] Replayed replay(const RecordId& record) const;

 private:
  [[nodiscard]] std::string requester_changed() const;
  [[nodiscard]] std::string load_grants();
  [[nodiscard]] std::string group_changed(const groups::GroupView& view) const;
  [[nodiscard]] std::string uses_unknown(const GrantId& id, const consent::GrantEntry& grant) const;
  [[nodiscard]] bool wrote_later(const ledger::StateKey& key) const;
  [[nodiscard]] bool ever_granted() const;

  const execution::StateReader& state_;
  const AccessEntry& entry_;
  const WrittenAt& written_at_;
  ledger::Parameters parameters_;
  std::optional<policy::Requester> requester_;
  std::map<GrantId, consent::GrantEntry> grants_;
  policy::ConsentContext context_;  ///< refers to grants_
  std::string changed_;             ///< what stands against every replay of this entry
};

/// Index of the entry of this request in a log, whether it was decided or refused before; `height`
/// is that of the block that executed it.
[[nodiscard]] std::optional<std::uint64_t> find_entry(const execution::StateReader& state,
                                                      const PatientId& log,
                                                      const ledger::AccessRequest& request,
                                                      Height height);

}  // namespace galen::audit
