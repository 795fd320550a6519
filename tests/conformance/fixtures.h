// Users, records, emergencies and parameters of a vector file as values of modules/policy.
// Thread rule: functions of their arguments; they throw BadVector.
#pragma once

#include "conformance/node.h"
#include "ledger/genesis.h"
#include "modules/policy/facts.h"

#include <string>

namespace galen::conformance {

/// Names as ids: ascending names are ascending ids. REQUIRES: at most 32 bytes.
template <class Id>
[[nodiscard]] Id id_of(const std::string& name) {
  Id id;
  for (std::size_t i = 0; i < name.size(); ++i) {
    id.value.at(i) = static_cast<std::uint8_t>(name[i]);
  }
  return id;
}

/// The name at `node` as an id; refused when it is empty or too long to be one.
template <class Id>
[[nodiscard]] Id id_at(const Node& node) {
  const std::string name = node.text();
  if (name.empty() || name.size() > Id::kSize) node.bad("must be a name of 1 to 32 bytes");
  return id_of<Id>(name);
}

[[nodiscard]] TimeMs time_at(const Node& node);
[[nodiscard]] ledger::CalendarDate date_at(const Node& node);
[[nodiscard]] ledger::ActionSet actions_at(const Node& node);
[[nodiscard]] ledger::ClassSet classes_at(const Node& node);

/// users[name], with the organisation of orgs when the file lists them.
[[nodiscard]] policy::Requester requester_of(const Node& file, const Node& name);
/// records[name].
[[nodiscard]] policy::RecordFacts record_of(const Node& file, const Node& name);
[[nodiscard]] policy::EmergencyFacts emergency_of(const Node& declaration);
/// The default parameters, changed by a file's `params`.
void apply_params(const Node& params, ledger::Parameters& parameters);

}  // namespace galen::conformance
