// How far this node is with erasure orders, and what an order would take (PRIVACY.md 13, 15).
// Thread rule: any thread.
#pragma once

#include "galen/v1/galen.pb.h"
#include "rpc/backend.h"
#include "rpc/callers.h"

#include <optional>

namespace galen::rpc {

/// Who answers for a subject, as owner_of; of an erased patient still his custodian, until the log
/// is gone too.
[[nodiscard]] std::optional<AccountId> custodian_of(const execution::StateReader& state,
                                                    const PatientId& patient);

/// kInvalidArgument for a page token that is none, kIo, kCorrupt.
[[nodiscard]] Status list_erasures(Backend& backend,
                                   const Caller& caller,
                                   const v1::ListErasuresRequest& request,
                                   v1::ListErasuresResponse& response);
/// kNotFound unless the caller is the patient's custodian; kInvalidArgument.
[[nodiscard]] Status count_bodies(Backend& backend,
                                  const Caller& caller,
                                  const v1::CountBodiesRequest& request,
                                  v1::CountBodiesResponse& response);

}  // namespace galen::rpc
