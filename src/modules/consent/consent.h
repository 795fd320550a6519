// Giving and ending consent on the chain: permit, deny, revoke (HEALTH.md 1.4 and 1.5 V1-V15,
// PRIVACY.md 7-9, 32; docs/consent.md). A failing operation writes nothing.
// Thread rule: as the state's.
#pragma once

#include "execution/executor.h"
#include "ledger/operation.h"
#include "ledger/receipt.h"

namespace galen::consent {

// All three: kUnknownOrganisation, kOrganisationInactive, kErased, kUnknownPatient,
// kBadAuthorisation, kProxyNotInForce, kAuthorisationExpired, kNotAuthorised (also: a proxy who may
// not grant), kUnknownProxy, kBadSignature.

/// Also kGrantRevoked, kSequenceUsed, everything of check_terms() and check_proxy_terms(),
/// kUnknownGrantee, kInvalidSupersedes, kShadowed, kTooManyGrants. The detail of kOk is the grant's
/// id.
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::GrantAccess& operation,
                                              execution::StateOverlay& state);

[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::DenyAccess& operation,
                                              execution::StateOverlay& state);

/// A dry run: what giving it as the authorisation says would write, and how it would end, its
/// signature aside. The grant's id in the detail is not that of the later grant, which its
/// signature is part of. REQUIRES: the context's operation is this one, with one authorisation that
/// carries a sequence.
[[nodiscard]] ledger::OperationResult preview(const execution::OperationContext& context,
                                              ledger::Effect effect,
                                              const ledger::GrantTerms& terms,
                                              execution::StateOverlay& state);
[[nodiscard]] ledger::OperationResult preview(const execution::OperationContext& context,
                                              const ledger::RevokeAccess& operation,
                                              execution::StateOverlay& state);

/// Idempotent and never refused for order: an unknown grant leaves a tombstone, a second revocation
/// changes nothing. kNotAuthorised when a custodian ends what the patient gave.
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::RevokeAccess& operation,
                                              execution::StateOverlay& state);

/// Takes one use of a permit with max_uses; others stay as they are. REQUIRES: the grant exists.
void count_use(const execution::OperationContext& context,
               execution::StateOverlay& state,
               const PatientId& patient,
               const GrantId& grant);

}  // namespace galen::consent
