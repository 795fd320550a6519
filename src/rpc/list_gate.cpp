#include "rpc/list_gate.h"

#include "rpc/release_instant.h"
#include "rpc/wire.h"

#include <limits>
#include <optional>
#include <utility>
#include <variant>

namespace galen::rpc {
namespace {

struct CommittedAccess {
  ledger::AccessRequest request;
  AccountId submitter;
};

/// nullopt when the operation is another one, or erased.
std::optional<CommittedAccess> committed_access(const LedgerReader& reader,
                                                const storage::TransactionPlace& place,
                                                std::uint16_t operation) {
  const auto transaction = reader.transaction(place);
  if (!transaction || operation >= transaction->operations.size()) return std::nullopt;
  const auto* body = std::get_if<ledger::OperationBody>(&transaction->operations[operation]);
  if (body == nullptr) return std::nullopt;
  const auto decoded = ledger::decode_operation(body->operation);
  if (!decoded) return std::nullopt;
  const auto* access = std::get_if<ledger::LogAccess>(&*decoded);
  if (access == nullptr) return std::nullopt;
  return CommittedAccess{access->request, transaction->header.submitter};
}

std::optional<audit::AccessEntry> deciding_entry(const execution::StateReader& state,
                                                 const PatientId& log,
                                                 const ledger::AccessRequest& request) {
  const auto index = audit::find_request(state, log, request);
  if (!index) return std::nullopt;
  auto entry = audit::load_access(state, log, *index);
  return entry && !entry->act && entry->request == request ? entry : std::nullopt;
}

/// A list stands or is refused as a whole. Named records are permitted one by one.
bool stands(const audit::AccessEntry& entry, policy::Reason reason) {
  return !entry.request.is_listing() || entry.decisions.front().reason == reason;
}

}  // namespace

Result<OperationName> access_name(std::string_view transaction, std::uint32_t operation) {
  OperationName name;
  GALEN_TRY(name.transaction, fixed_field<TxId>(transaction, "access_tx_id"));
  if (operation > std::numeric_limits<std::uint16_t>::max()) {
    return fail(ErrorCode::kInvalidArgument, "access_operation: out of range");
  }
  name.operation = static_cast<std::uint16_t>(operation);
  return name;
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
  auto access = committed_access(backend.ledger(), *place, name.operation);
  if (!access || access->request.organisation != caller.organisation) return not_found();
  // With an unknown patient it was decided in the submitter's own log. It goes on showing nothing when he
  // becomes known.
  auto entry = deciding_entry(state, access->request.patient, access->request);
  const auto own = entry ? std::nullopt
                         : deciding_entry(state, audit::organisation_log(access->submitter), access->request);
  if (!entry && !own) return not_found();
  if (entry && !stands(*entry, policy::Reason::kListed)) return not_found();
  if (own && !stands(*own, policy::Reason::kUnknownRecord)) return not_found();
  if (access->request.expiry <= release_instant(state.head(), backend.now()).latest) {
    return fail(ErrorCode::kExpired, "this access is over; log another");
  }
  auto requester = audit::load_requester(state, access->request);
  if (!requester) return not_found();
  return OpenAccess{std::move(access->request), *std::move(requester), std::move(entry)};
}

}  // namespace galen::rpc
