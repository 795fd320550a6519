// Proven values about relations, recovery, suspension and emergencies, for describe_value. Thread
// rule: functions from any thread.
#pragma once

#include "base/bytes.h"
#include "ledger/genesis.h"
#include "ledger/state_key.h"

#include <optional>
#include <string>

namespace galen::client {

/// nullopt: a kind of others, or a value that does not decode.
[[nodiscard]] std::optional<std::string> describe_relation(const ledger::StateKey& key,
                                                           BytesView value,
                                                           const ledger::Genesis& genesis);

/// The name that the genesis file has for it, or its id.
[[nodiscard]] std::string organisation_name(const ledger::Genesis& genesis, const AccountId& id);

/// Comma-separated.
[[nodiscard]] std::string joined(const std::vector<std::string>& parts);

}  // namespace galen::client
