// Evidence against validators, for every member of the consortium: it names organisations and block
// hashes, nothing personal (PRIVACY.md 16). Thread rule: any thread.
#pragma once

#include "galen/v1/galen.pb.h"
#include "rpc/backend.h"
#include "rpc/callers.h"

namespace galen::rpc {

/// kInvalidArgument for a page token that is none, or a member outside the validator set.
[[nodiscard]] Status list_evidence(Backend& backend,
                                   const Caller& caller,
                                   const v1::ListEvidenceRequest& request,
                                   v1::ListEvidenceResponse& response);
/// kNotFound, kInvalidArgument.
[[nodiscard]] Status get_evidence(Backend& backend,
                                  const Caller& caller,
                                  const v1::GetEvidenceRequest& request,
                                  v1::GetEvidenceResponse& response);

}  // namespace galen::rpc
