// New keys: of an organisation (signing, agreement, TLS) and of a person. The old key ends with the
// block; grants and sequence numbers go on (docs/security.md, "Keys"). Thread rule: as the state's.
#pragma once

#include "execution/executor.h"
#include "ledger/operation.h"
#include "ledger/receipt.h"

namespace galen::identity {

/// By the organisation itself, or, when its keys are lost, by as many others as may suspend it: the
/// submitter and its kOrganisation authorisations, and then a key must go. Everything of
/// Authorities::load, kUnknownOrganisation, kOrganisationInactive (revoked for ever),
/// kBadAuthorisation (others beside the organisation itself), kNotAuthorised, kAlreadyExists (some
/// organisation or validator has the key), kBadPossession, kKeyChanged, kInvalidKeyIndex.
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::RotateKey& operation,
                                              execution::StateOverlay& state);

/// By the account's old key, or submitted by the organisation that holds its keys. Everything of
/// Authorities::load, kErased, kUnknownAccount, kAccountInactive, kNotAuthorised, kInvalidFlag (a
/// holder of other keys than a patient's), kKeyChanged, kAlreadyExists, kInvalidKeyIndex,
/// kBadPossession (also: one key for both uses), kSequenceUsed.
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::RotatePersonKey& operation,
                                              execution::StateOverlay& state);

}  // namespace galen::identity
