// Legal holds: who places one stops erasures within its scope until it ends (PRIVACY.md 13).
// Thread rule: as the state's.
#pragma once

#include "execution/executor.h"
#include "ledger/erasure_entries.h"
#include "ledger/operation.h"
#include "ledger/receipt.h"

#include <optional>

namespace galen::erasure {

/// Whether a hold that has not ended stands against an erasure of this scope (and record).
[[nodiscard]] bool is_held(const execution::StateReader& state,
                           const SubjectPath& path,
                           ledger::ErasureScope scope,
                           const std::optional<RecordPath>& record,
                           TimeMs now);

/// kUnknownOrganisation, kOrganisationInactive, kBadIdentifier, kUnknownPatient, kErased (nothing
/// of this scope is left), kNotCustodian, kNotApproved, kBadAuthorisation, kBadSignature,
/// kUnknownRecord, kInvalidWindow (ends in the past), kAlreadyExists, kQuotaExceeded (more than
/// limits::kMaxHoldsPerPatient stand).
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::PlaceHold& operation,
                                              execution::StateOverlay& state);

/// kUnknownOrganisation, kOrganisationInactive, kBadAuthorisation (none is due), kUnknownHold,
/// kNotAuthorised (another member placed it).
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::LiftHold& operation,
                                              execution::StateOverlay& state);

}  // namespace galen::erasure
