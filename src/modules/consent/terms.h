// What the terms of a permit or deny must look like, whatever the state (HEALTH.md 1.4, V1-V4,
// V12). Thread rule: pure functions.
#pragma once

#include "ledger/codes.h"
#include "ledger/genesis.h"
#include "ledger/operation.h"
#include "ledger/receipt.h"
#include "modules/policy/terminology.h"

namespace galen::consent {

/// kOk, kInvalidGrantee, kInvalidPurpose, kInvalidActions, kInvalidClasses, kInvalidDataPeriod,
/// kInvalidWindow, kWindowTooLong, kInvalidErase, kInvalidUses, kInvalidOverride, kInvalidFollow,
/// kWrongVersion, kUnknownPolicy. Sorting and counts are checked when the operation is decoded.
[[nodiscard]] ledger::ResultCode check_terms(ledger::Effect effect,
                                             const ledger::GrantTerms& terms,
                                             const ledger::Parameters& parameters);

/// Whether some purpose is covered by both a permit and a deny with these terms.
[[nodiscard]] bool purposes_overlap(const policy::Terminology& terminology,
                                    const ledger::GrantTerms& permit,
                                    const ledger::GrantTerms& deny);

/// Whether both windows share an instant.
[[nodiscard]] bool windows_overlap(const ledger::GrantTerms& a, const ledger::GrantTerms& b);

}  // namespace galen::consent
