// Accounts as the state has them: an organisation's for every member, a person's for whoever
// answers for him, a patient's for himself by his signature; to others he is as unknown as one who
// does not exist (PRIVACY.md 27). Thread rule: any thread.
#pragma once

#include "galen/v1/identity.pb.h"
#include "rpc/backend.h"
#include "rpc/callers.h"

namespace galen::rpc {

/// kInvalidArgument, kNotFound; errors of asking_himself().
[[nodiscard]] Status get_account(Backend& backend,
                                 const Caller& caller,
                                 const v1::GetAccountRequest& request,
                                 v1::GetAccountResponse& response);

}  // namespace galen::rpc
