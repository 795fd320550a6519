// Checking a person's signature over one operation (PRIVACY.md 7): what every module asks before it
// judges whether that person may do the thing. Thread rule: pure functions.
#pragma once

#include "execution/executor.h"
#include "ledger/receipt.h"
#include "ledger/transaction.h"

#include <vector>

namespace galen::identity {

/// What the signature was given for. `operation` is not owned.
struct SignedOperation {
  ChainId chain;
  TimeMs time;          ///< of the block, or of the head when nothing is executed
  AccountId submitter;  ///< the organisation that brings it
  ledger::OperationType type{};
  PatientId subject;
  BytesView operation;  ///< canonical bytes
};

/// The operation of a context; refers to its body.
[[nodiscard]] SignedOperation signed_operation(const execution::OperationContext& context);

/// Whether the authorisation stands now, for this submitter, under the key it names of `keys`. kOk,
/// kBadAuthorisation (other submitter, no such or a retired key), kAuthorisationExpired,
/// kBadSignature. Role and account are for the caller to judge.
[[nodiscard]] ledger::ResultCode check_authorisation(const SignedOperation& signed_operation,
                                                     const ledger::Authorisation& authorisation,
                                                     const std::vector<PublicKey>& keys,
                                                     execution::SignatureVerifier& signatures);

}  // namespace galen::identity
