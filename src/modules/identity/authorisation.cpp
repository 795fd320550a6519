#include "modules/identity/authorisation.h"

namespace galen::identity {

using ledger::ResultCode;

SignedOperation signed_operation(const execution::OperationContext& context) {
  return SignedOperation{context.block.chain,
                         context.block.time,
                         context.submitter,
                         context.operation.type,
                         context.operation.subject,
                         context.body.operation};
}

ResultCode check_authorisation(const SignedOperation& signed_operation,
                               const ledger::Authorisation& authorisation,
                               const std::vector<PublicKey>& keys,
                               execution::SignatureVerifier& signatures) {
  const bool for_anyone = authorisation.submitter.is_zero();
  if (!for_anyone && authorisation.submitter != signed_operation.submitter) {
    return ResultCode::kBadAuthorisation;
  }
  if (authorisation.not_after < signed_operation.time) return ResultCode::kAuthorisationExpired;
  if (authorisation.key_index >= keys.size()) return ResultCode::kBadAuthorisation;
  const PublicKey& key = keys[authorisation.key_index];
  if (key.is_zero()) return ResultCode::kBadAuthorisation;
  const Bytes statement = ledger::authorisation_statement(signed_operation.chain,
                                                          authorisation,
                                                          signed_operation.subject,
                                                          signed_operation.type,
                                                          signed_operation.operation);
  return signatures.verify(key, statement, authorisation.signature) ? ResultCode::kOk
                                                                    : ResultCode::kBadSignature;
}

}  // namespace galen::identity
