// Access entries in words, and which of them are shown. Thread rule: functions from any thread.
#pragma once

#include "galen/audit.h"
#include "ledger/genesis.h"
#include "modules/audit/entries.h"

#include <cstdint>

namespace galen::client {

/// Names of organisations and the purposes exempt from accounting are those of the genesis.
[[nodiscard]] AccessView access_view(std::uint64_t index,
                                     const audit::AccessEntry& entry,
                                     const ledger::Genesis& genesis);

}  // namespace galen::client
