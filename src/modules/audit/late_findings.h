// What the chain can say of a late entry: an emergency release that a node decided by itself, on
// the state it had, and told afterwards (PRIVACY.md 25, 26, 36). Sentences for people. Thread rule:
// as the state's.
#pragma once

#include "modules/audit/entries.h"

#include <string>
#include <vector>

namespace galen::audit {

/// Who decided and on what; then whether the journal, the requester's signature and the declaration
/// bear the entry out. Each sentence stands alone. REQUIRES: a late entry.
[[nodiscard]] std::vector<std::string> late_findings(const execution::StateReader& state,
                                                     const ChainId& chain,
                                                     const AccessEntry& entry);

}  // namespace galen::audit
