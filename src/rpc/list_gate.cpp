#include "rpc/list_gate.h"

#include "rpc/release_instant.h"
#include "rpc/requester_signature.h"
#include "rpc/wire.h"

#include <optional>
#include <utility>
#include <variant>

namespace galen::rpc {
namespace {

/// A list stands or is refused as a whole. Named records are permitted one by one.
bool stands(const audit::AccessEntry& entry, const ledger::AccessRequest& request) {
  if (!request.is_listing()) return true;
  return entry.asked ? entry.asked->permit() : entry.decisions.front().permit();
}

}  // namespace

Result<OperationName> access_name(std::string_view transaction, std::uint32_t operation) {
  return operation_name(transaction, operation, {"access_tx_id", "access_operation"});
}

bool OpenAccess::names(const RecordId& record) const {
  if (!entry) return false;
  if (request.is_listing()) return true;
  const audit::RecordDecision* decision = entry->find(record);
  return decision != nullptr && decision->permit();
}

std::optional<GrantId> OpenAccess::counted_grant(const RecordId& record) const {
  const audit::RecordDecision* decision = entry ? entry->find(record) : nullptr;
  return decision != nullptr && decision->permit() ? decision->grant : std::nullopt;
}

Result<OpenAccess> open_list_gate(const Backend& backend,
                                  const Caller& caller,
                                  const storage::StateSnapshot& state,
                                  const OperationName& name) {
  const auto place = backend.ledger().find_transaction(name.transaction);
  if (!place || state.head().height() < place->height) {
    return fail(ErrorCode::kUnavailable,
                "access_tx_id: not committed at this node; retry, or try another");
  }
  auto committed = find_operation(backend.ledger(), *place, name.operation);
  auto* access = committed ? std::get_if<ledger::LogAccess>(&committed->value) : nullptr;
  if (access == nullptr || committed->authorisations.empty()) return not_found();
  if (access->request.organisation != caller.organisation) return not_found();
  // With an unknown patient it stands in the submitter's own log alone. It goes on showing nothing
  // when he becomes known.
  auto entry = audit::deciding_entry(state, access->request.patient, access->request);
  const PatientId own_log = audit::organisation_log(committed->submitter);
  const auto own = entry ? std::nullopt : audit::deciding_entry(state, own_log, access->request);
  if (!entry && !own) return not_found();
  if (!stands(entry ? *entry : *own, access->request)) return not_found();
  if (access->request.expiry <= release_instant(state.head(), backend.now()).latest) {
    return fail(ErrorCode::kExpired, "this access is over; log another");
  }
  auto requester = audit::load_requester(state, access->request);
  if (!requester) return not_found();
  const ledger::Authorisation& authorisation = committed->authorisations.front();
  if (!still_signed(state, backend.chain(), access->request, committed->value, authorisation))
    return not_found();
  return OpenAccess{
      std::move(access->request), *std::move(requester), std::move(entry), authorisation};
}

}  // namespace galen::rpc
