// A person's signed request outside a block: a patient's event stream, or his list of grants
// (PRIVACY.md 27, 30). Thread rule: any thread.
#pragma once

#include "ledger/own_query.h"
#include "modules/audit/evaluation.h"
#include "rpc/backend.h"
#include "rpc/callers.h"

#include <string_view>

namespace galen::rpc {

/// kInvalidArgument unless these are the bytes of a LogAccess.
[[nodiscard]] Result<ledger::AccessRequest> decode_access_request(std::string_view bytes);

/// kUnavailable unless this node's state is confirmed as current.
[[nodiscard]] Status require_fresh(const Backend& backend);

/// The person who signed `request` (the bytes of `asked`) with `authorisation`. kInvalidArgument,
/// kExpired, kUnauthenticated.
[[nodiscard]] Result<policy::Requester> signed_requester(const Backend& backend,
                                                         const Caller& caller,
                                                         const execution::StateReader& state,
                                                         const ledger::AccessRequest& asked,
                                                         std::string_view request,
                                                         std::string_view authorisation);

/// Whether the key that signed this operation for a person is still his: one that was replaced
/// opens nothing any more.
[[nodiscard]] bool still_signed(const execution::StateReader& state,
                                const ChainId& chain,
                                const ledger::AccessRequest& request,
                                const ledger::Operation& operation,
                                const ledger::Authorisation& authorisation);

/// Whoever signed, and with which of his keys.
struct SignedRequest {
  ledger::AccessRequest request;
  ledger::Authorisation authorisation;
};

/// What a patient asks about himself by his signature alone: others need an entry first. Errors as
/// signed_requester(); kInvalidArgument unless it was signed for this query, kUnauthenticated for
/// anybody else.
[[nodiscard]] Result<SignedRequest> asked_by_patient(const Backend& backend,
                                                     const Caller& caller,
                                                     const execution::StateReader& state,
                                                     ledger::OwnQuery query,
                                                     std::string_view request,
                                                     std::string_view authorisation);

}  // namespace galen::rpc
