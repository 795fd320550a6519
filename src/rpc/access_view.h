// The decisions of an access as this or that side may see them: reasons from the patient's log for
// him, his custodian and auditors; for the submitter what the result told him, which does not tell
// denied from unknown (PRIVACY.md 21, 28). Thread rule: pure functions over a snapshot.
#pragma once

#include "execution/state_view.h"
#include "galen/v1/galen.pb.h"
#include "modules/audit/entries.h"

#include <optional>

namespace galen::rpc {

/// The entry that this access left in the patient's log: of that height, or the one that decided
/// its request before. nullopt when it left none there.
[[nodiscard]] std::optional<audit::AccessEntry> find_entry(const execution::StateReader& state,
                                                           const ledger::AccessRequest& request,
                                                           const AccountId& submitter,
                                                           Height height);

/// The same of an emergency release that reached the log in this block.
[[nodiscard]] std::optional<audit::AccessEntry> find_entry(const execution::StateReader& state,
                                                           const ledger::LogEmergency& released,
                                                           Height height);

/// With rule and grant.
void add_decision(const audit::RecordDecision& decision, v1::AccessDecision& item);

/// Whether each record was permitted, from the result's detail; records already in `event` stay.
void add_outcome(const ledger::AccessRequest& request, BytesView detail, v1::AccessEvent& event);

}  // namespace galen::rpc
