// What the Audit service answers: access entries of a patient for his custodian, or of an
// organisation's own log (of unknown records) for that organisation; "not found" for everybody else.
// Auditors and patients themselves come later. Thread rule: any thread.
#pragma once

#include "galen/v1/galen.pb.h"
#include "rpc/backend.h"
#include "rpc/callers.h"

namespace galen::rpc {

/// Access entries as stored. kNotFound.
[[nodiscard]] Status list_access(Backend& backend,
                                 const Caller& caller,
                                 const v1::ListAccessRequest& request,
                                 v1::ListAccessResponse& response);

/// State proof, range path and the first entries of an access statement (modules/audit/statement.h),
/// all of one head. kNotFound as list_access; kUnavailable on a stale node, kInvalidArgument,
/// kTooLarge, kFailedPrecondition before the first block.
[[nodiscard]] Status get_statement(Backend& backend,
                                   const Caller& caller,
                                   const v1::GetStatementRequest& request,
                                   v1::GetStatementResponse& response);

}  // namespace galen::rpc
