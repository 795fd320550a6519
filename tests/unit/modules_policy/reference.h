// decide() once more, written from the text of HEALTH.md 1.4 and 1.4b without looking at the
// shipped code and without care for speed: what the property test compares with. Thread rule: pure
// functions.
#pragma once

#include "modules/policy/decide.h"

namespace galen::policy::reference {

[[nodiscard]] Decision decide(const PolicyTables& tables,
                              const Requester& requester,
                              const RecordFacts& record,
                              const ConsentContext& consent,
                              const Request& request);

}  // namespace galen::policy::reference
