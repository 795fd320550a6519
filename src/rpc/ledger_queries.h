// What the Ledger service answers from committed state and blocks. Headers, certificates, receipts
// and organisations are open to every member; bodies and results to submitter and custodian
// (PRIVACY.md 27). Thread rule: any thread.
#pragma once

#include "galen/v1/galen.pb.h"
#include "rpc/backend.h"
#include "rpc/callers.h"

namespace galen::rpc {

/// kNotFound, kInvalidArgument.
[[nodiscard]] Status get_transaction(Backend& backend,
                                     const Caller& caller,
                                     const v1::GetTransactionRequest& request,
                                     v1::GetTransactionResponse& response);
/// kNotFound above the head and at height 0.
[[nodiscard]] Status get_block(Backend& backend,
                               const Caller& caller,
                               const v1::GetBlockRequest& request,
                               v1::GetBlockResponse& response);
[[nodiscard]] Status get_status(Backend& backend,
                                const Caller& caller,
                                const v1::GetStatusRequest& request,
                                v1::GetStatusResponse& response);
/// kInvalidArgument for a lane out of range.
[[nodiscard]] Status get_nonce(Backend& backend,
                               const Caller& caller,
                               const v1::GetNonceRequest& request,
                               v1::GetNonceResponse& response);
/// kNotFound for unknown things and for keys the caller may not have proven: both look the same.
/// kFailedPrecondition before the first block.
[[nodiscard]] Status get_proof(Backend& backend,
                               const Caller& caller,
                               const v1::GetProofRequest& request,
                               v1::GetProofResponse& response);
[[nodiscard]] Status get_directory(Backend& backend,
                                   const Caller& caller,
                                   const v1::GetDirectoryRequest& request,
                                   v1::GetDirectoryResponse& response);

}  // namespace galen::rpc
