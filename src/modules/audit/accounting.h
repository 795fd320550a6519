// Whether an access belongs into an accounting of disclosures (45 CFR 164.528; HEALTH.md 3),
// computed from purpose and basis of the stored decision. When in doubt it does: a disclosure
// listed too many harms nobody. Thread rule: values.
#pragma once

#include "modules/audit/entries.h"

namespace galen::audit {

/// False for refusals; for the patient himself and his proxy, what the patient authorised by a
/// grant, and the custodian's own use; and, without any of these, for treatment, payment and
/// operations. True for what the law requires and for break-glass, whatever its purpose. An unknown
/// terminology version exempts no purpose.
[[nodiscard]] bool needs_accounting(const AccessEntry& entry,
                                    const RecordDecision& decision,
                                    std::uint16_t terminology_version);

/// The same of an administrative act: an export to another organisation, unless it is for
/// treatment, payment or operations, or at the patient's request; and of a release that the own log
/// keeps. False for every other entry without decisions.
[[nodiscard]] bool needs_accounting(const AccessEntry& entry, std::uint16_t terminology_version);

}  // namespace galen::audit
