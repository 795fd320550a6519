// What the Audit service answers to a reading of a log that stands (audit_gate.h): entries as
// stored, and statements. Thread rule: any thread.
#pragma once

#include "galen/v1/galen.pb.h"
#include "rpc/backend.h"
#include "rpc/callers.h"

namespace galen::rpc {

/// Access entries of the reading's range. Everything of open_audit_gate.
[[nodiscard]] Status list_access(Backend& backend,
                                 const Caller& caller,
                                 const v1::ListAccessRequest& request,
                                 v1::ListAccessResponse& response);

/// State proof, range path and the first entries of an access statement
/// (modules/audit/statement.h), all of one head. Everything of open_audit_gate; kInvalidArgument
/// for a range that the reading does not cover, kTooLarge.
[[nodiscard]] Status get_statement(Backend& backend,
                                   const Caller& caller,
                                   const v1::GetStatementRequest& request,
                                   v1::GetStatementResponse& response);

}  // namespace galen::rpc
