// A person's signed request outside a block: what a patient asks about himself (PRIVACY.md 27, 30).
// Thread rule: any thread.
#pragma once

#include "ledger/own_query.h"
#include "modules/audit/evaluation.h"
#include "rpc/backend.h"
#include "rpc/callers.h"

#include <optional>
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

/// What a patient asks, and what a proof he asks for is of.
struct OwnQuestion {
  ledger::OwnQuery query;
  std::string_view about{};
};

/// What a patient asks about himself by his signature alone: others need an entry first. Errors as
/// signed_requester(); kInvalidArgument unless it was signed for this question, kUnauthenticated
/// for anybody else.
[[nodiscard]] Result<SignedRequest> asked_by_patient(const Backend& backend,
                                                     const Caller& caller,
                                                     const execution::StateReader& state,
                                                     const OwnQuestion& question,
                                                     std::string_view request,
                                                     std::string_view authorisation);

/// Of a query that a patient may sign; others carry neither.
template <class Request>
[[nodiscard]] bool is_signed(const Request& request) {
  return !request.request().empty() || !request.authorisation().empty();
}

/// kUnavailable while the node is catching up: what it has of patients may have been erased since
/// (PRIVACY.md 15, a restored backup).
[[nodiscard]] Status require_caught_up(const Backend& backend);

/// To be asked before the state is looked at: kUnavailable for a signed query on a node whose state
/// is not confirmed as current, for the key may have been replaced; for one of the organisation
/// itself as above, so that a node that is cut off still answers its own hospital.
template <class Request>
[[nodiscard]] Status require_current(const Backend& backend, const Request& request) {
  return is_signed(request) ? require_fresh(backend) : require_caught_up(backend);
}

/// Who asks about himself, when the query carries his signature; nullopt when it does not and the
/// caller asks for its organisation. Errors as asked_by_patient(); kInvalidArgument when `named` is
/// neither empty nor his id.
template <class Request>
[[nodiscard]] Result<std::optional<PatientId>> asking_himself(const Backend& backend,
                                                              const Caller& caller,
                                                              const execution::StateReader& state,
                                                              const OwnQuestion& question,
                                                              std::string_view named,
                                                              const Request& request) {
  if (!is_signed(request)) return std::optional<PatientId>{};
  GALEN_TRY(const auto asked,
            asked_by_patient(
                backend, caller, state, question, request.request(), request.authorisation()));
  const PatientId& self = asked.request.patient;
  if (!named.empty() && named != to_string(self)) {
    return fail(ErrorCode::kInvalidArgument, "patient: not the one of the signed request");
  }
  return std::optional(self);
}

}  // namespace galen::rpc
