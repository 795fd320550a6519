// Requests, orders and attestations of erasures (PRIVACY.md 12-15, 20). An order removes state and
// leaves a tombstone; the bytes are the business of storage. Thread rule: as the state's.
#pragma once

#include "execution/executor.h"
#include "ledger/operation.h"
#include "ledger/receipt.h"

namespace galen::erasure {

/// kUnknownOrganisation, kOrganisationInactive, kBadIdentifier, kUnknownPatient, kErased (nothing
/// of this scope is left), kUnknownRecord, kNotCustodian, kNotApproved (by the custodian alone, or
/// in the patient's name without him), kBadAuthorisation, kBadSignature, kSequenceUsed,
/// kAlreadyExists.
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::RequestErasure& operation,
                                              execution::StateOverlay& state);

/// kUnknownOrganisation, kOrganisationInactive, kUnknownRequest (none that stands, or of somebody
/// else); of what the patient asked for kBadAuthorisation, kAuthorisationExpired, kBadSignature,
/// kSequenceUsed, kErased; else kBadAuthorisation (none is due), kNotAuthorised (another member
/// asked).
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::WithdrawErasure& operation,
                                              execution::StateOverlay& state);

/// kUnknownOrganisation, kOrganisationInactive, kBadAuthorisation (none is due), kUnknownRequest
/// (none, used, withdrawn, older than ledger::kErasureRequestMs, or of something else),
/// kNotAuthorised (neither the custodian nor who brought the request), kErased, kHeld,
/// kInvalidWindow (a retention that is over), kRetentionNotOver (of the log, or one below the
/// parameter min_audit_retention_ms), kWrongCount.
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::ErasePatient& operation,
                                              execution::StateOverlay& state);

/// As above, without the retentions.
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::EraseRecord& operation,
                                              execution::StateOverlay& state);

/// kUnknownOrganisation, kOrganisationInactive, kBadAuthorisation (none is due), kNotAuthorised
/// (another organisation's node), kUnknownOrder, kAlreadyAttested.
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::AttestErasure& operation,
                                              execution::StateOverlay& state);

}  // namespace galen::erasure
