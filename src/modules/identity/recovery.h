// New keys for a person who lost his: m of n guardians ask, the owner may veto within the
// cooling-off time, then anybody completes it, by block time. Thread rule: as the state's.
#pragma once

#include "execution/executor.h"
#include "ledger/operation.h"
#include "ledger/receipt.h"

namespace galen::identity {

// All but the first: everything of Authorities::load, kErased, kUnknownAccount, kAccountInactive.

/// Nobody is guardian any more, and an open request is vetoed.
void end_recovery(const execution::OperationContext& context,
                  const AccountId& account,
                  execution::StateOverlay& state);

/// By the account's own key, or submitted by the organisation that holds its keys. kNotAuthorised,
/// kBadIdentifier (a guardian's id), kBadPossession, kUnknownOrganisation, kOrganisationInactive
/// (a guardian), kSequenceUsed.
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::SetRecovery& operation,
                                              execution::StateOverlay& state);

/// By at least the threshold of guardians. kUnknownRecovery (none is set), kAlreadyExists (one is
/// open), kRecoveryEnded (this id), kNotAuthorised (too few, and in the place of everything of
/// Authorities::load: strangers must not learn who is a guardian), kInvalidFlag, kBadPossession,
/// kSequenceUsed.
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::RequestRecovery& operation,
                                              execution::StateOverlay& state);

/// By the account's present key, or submitted by its organisation, until it is completed.
/// kUnknownRecovery, kRecoveryEnded, kNotAuthorised.
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::VetoRecovery& operation,
                                              execution::StateOverlay& state);

/// By any organisation. kUnknownRecovery, kRecoveryEnded, kCoolingOff.
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::CompleteRecovery& operation,
                                              execution::StateOverlay& state);

}  // namespace galen::identity
