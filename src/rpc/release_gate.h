// May this caller have this record's key now? Only against a committed access entry that permitted
// it, soon after it, at its custodian's node, and after asking decide() again on the head; asked
// again before every chunk (PRIVACY.md 21, 22, 27-29, PAY-1 to PAY-5). Thread rule: pure over a
// backend; any thread.
#pragma once

#include "ledger/operation.h"
#include "modules/audit/entries.h"
#include "rpc/backend.h"
#include "rpc/callers.h"
#include "rpc/committed_operation.h"

#include <string>
#include <vector>

namespace galen::rpc {

/// What the requester names: one record of one operation of a committed transaction.
struct ReleaseRequest {
  OperationName access;
  RecordId record;
};

/// A release that stands.
struct Release {
  ledger::AccessRequest request;
  audit::RecordDecision decision;  ///< of the committed entry
  PayloadAddress address;
  std::vector<std::string> obligations;  ///< as committed, and those of tagged labels
};

/// kUnavailable on a stale node, before anything else is looked at. kNotFound "not found" for every
/// other reason: no such entry, not this caller's, denied, too late, erased, another custodian's.
[[nodiscard]] Result<Release> open_release_gate(const Backend& backend,
                                                const Caller& caller,
                                                const ReleaseRequest& request);

/// decide() again on the newest state, before each chunk. Errors as above.
[[nodiscard]] Status recheck_release(const Backend& backend, const Release& release);

}  // namespace galen::rpc
