// What the Consent and Records services answer. Grants are for the custodian (auditors and patients
// themselves come later); lists of records go through decide(), record by record, with action
// DISCOVER, so that what is unknown and what is not permitted look the same (PRIVACY.md 27, 28).
// Thread rule: any thread.
#pragma once

#include "galen/v1/galen.pb.h"
#include "rpc/backend.h"
#include "rpc/callers.h"

namespace galen::rpc {

/// kNotFound for an unknown patient and for everybody but the custodian.
[[nodiscard]] Status list_grants(Backend& backend,
                                 const Caller& caller,
                                 const v1::ListGrantsRequest& request,
                                 v1::ListGrantsResponse& response);

/// decide() without an access entry. kNotFound as list_grants; kUnavailable on a stale node.
[[nodiscard]] Status check(Backend& backend,
                           const Caller& caller,
                           const v1::CheckRequest& request,
                           v1::CheckResponse& response);

/// The records that whoever asked in the named access may discover, of those it names; all for the
/// custodian who names none. An empty list for an unknown patient and when nothing is permitted.
/// kUnavailable on a stale node, kUnauthenticated without an access for everybody else, whoever the
/// patient is; errors of open_list_gate.
[[nodiscard]] Status list_records(Backend& backend,
                                  const Caller& caller,
                                  const v1::ListRecordsRequest& request,
                                  v1::ListRecordsResponse& response);

}  // namespace galen::rpc
