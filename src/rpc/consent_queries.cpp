#include "rpc/consent_queries.h"

#include "modules/audit/evaluation.h"
#include "modules/consent/grants.h"
#include "modules/identity/people.h"
#include "modules/records/records.h"
#include "rpc/access_requests.h"
#include "rpc/list_filters.h"
#include "rpc/list_page.h"
#include "rpc/proofs.h"
#include "rpc/release_instant.h"
#include "rpc/visibility.h"
#include "rpc/wire.h"

#include <optional>
#include <string>
#include <utility>

namespace galen::rpc {
namespace {

/// The records one requester may discover; everything for the custodian.
class Discovery {
 public:
  Discovery(const execution::StateReader& state,
            const std::optional<policy::Requester>& requester,
            const ledger::AccessRequest& asked,
            const policy::Instant& at,
            audit::ConsentMemory& memory)
      : parameters_(execution::load_parameters(state)),
        consent_(state, asked.patient, asked.purpose, &memory),
        requester_(requester),
        request_(audit::policy_request(asked, at)) {}

  [[nodiscard]] bool permits(const records::RecordEntry& entry) const {
    return !requester_ ||
           consent_.decide(policy::tables_of(parameters_), *requester_, entry, request_).permit;
  }

 private:
  ledger::Parameters parameters_;
  audit::PatientConsent consent_;
  const std::optional<policy::Requester>& requester_;
  policy::Request request_;
};

}  // namespace

Status list_grants(Backend& backend,
                   const Caller& caller,
                   const v1::ListGrantsRequest& request,
                   v1::ListGrantsResponse& response) {
  GALEN_TRY(const auto patient, fixed_field<PatientId>(request.patient(), "patient"));
  GALEN_TRY(const auto selection, GrantSelection::of(request.filter()));
  const auto snapshot = backend.ledger().snapshot();
  const Height head = snapshot->head().height();
  GALEN_TRY_STATUS(require_head(request.at_height(), head));
  PageAsked asked{{ListKind::kGrants, query_digest(patient, request.filter()), head}, {}, 0};
  GALEN_TRY(asked.cursor, read_cursor(request.page_token(), asked.place));
  asked.size = request.page_size();
  const auto entry = identity::PatientEntry::load(*snapshot, patient);
  if (!entry || entry->custodian != caller.organisation) return not_found();
  const TimeMs now = release_instant(snapshot->head(), backend.now()).latest;
  const auto visit =
      [&](const GrantId& id, const consent::GrantEntry& grant, PageBudget& budget) -> Result<Visited> {
    if (!selection.takes(grant, now)) return Visited::kLeftOut;
    const Bytes bytes = grant.encode();
    if (!budget.take(bytes.size())) return Visited::kFull;
    v1::GrantItem* item = response.add_grants();
    item->set_grant_id(wire(id));
    item->set_entry(wire(bytes));
    return Visited::kShown;
  };
  GALEN_TRY(*response.mutable_page_token(),
            fill_page(consent::list_grants(*snapshot, patient), asked, visit));
  response.set_height(head.value);
  return {};
}

Status check(Backend& backend,
             const Caller& caller,
             const v1::CheckRequest& request,
             v1::CheckResponse& response) {
  GALEN_TRY(const auto asked, decode_access_request(request.request()));
  const auto snapshot = backend.ledger().snapshot();
  const auto patient = identity::PatientEntry::load(*snapshot, asked.patient);
  if (!patient || patient->custodian != caller.organisation) return not_found();
  GALEN_TRY_STATUS(require_fresh(backend));
  const auto parameters = execution::load_parameters(*snapshot);
  const auto requester = supposed_requester(*snapshot, asked);
  const auto policy_request =
      audit::policy_request(asked, release_instant(snapshot->head(), backend.now()));
  response.set_height(snapshot->head().height().value);
  for (const RecordId& record : asked.records) {
    policy::Decision decision;
    decision.reason = policy::Reason::kNotAuthenticated;
    if (requester) {
      const audit::RecordName name{asked.patient, record};
      decision = audit::evaluate(
          *snapshot, parameters, *requester, name, policy_request, &backend.consents());
    }
    fill(*response.add_items(), record, decision);
  }
  return {};
}

Status list_records(Backend& backend,
                    const Caller& caller,
                    const v1::ListRecordsRequest& request,
                    v1::ListRecordsResponse& response) {
  GALEN_TRY_STATUS(require_fresh(backend));
  GALEN_TRY(const auto access, decode_access_request(request.request()));
  if (access.action != ledger::Action::kDiscover) {
    return fail(ErrorCode::kInvalidArgument, "request: a list needs action DISCOVER");
  }
  GALEN_TRY(const auto selection, RecordSelection::of(request.filter()));
  const auto snapshot = backend.ledger().snapshot();
  const Height head = snapshot->head().height();
  GALEN_TRY_STATUS(require_head(request.at_height(), head));
  PageAsked asked{
      {ListKind::kRecords, query_digest(access.patient, request.filter()), head}, {}, 0};
  GALEN_TRY(asked.cursor, read_cursor(request.page_token(), asked.place));
  asked.size = request.page_size();
  GALEN_TRY(const auto requester, list_requester(backend, caller, *snapshot, access, request));
  response.set_height(head.value);
  if (!identity::PatientEntry::load(*snapshot, access.patient)) return {};
  const policy::Instant at = release_instant(snapshot->head(), backend.now());
  const Discovery discovery(*snapshot, requester, access, at, backend.consents());
  const auto visit = [&](const RecordId& id,
                         const records::RecordEntry& entry,
                         PageBudget& budget) -> Result<Visited> {
    if (!selection.takes(entry) || !discovery.permits(entry)) return Visited::kLeftOut;
    const Bytes bytes = entry.encode();
    Bytes proof;
    if (request.with_proofs()) {
      GALEN_TRY(const auto made,
                make_state_proof(*snapshot, records::RecordEntry::key(access.patient, id)));
      proof = ledger::encode(made);
    }
    if (!budget.take(bytes.size() + proof.size())) return Visited::kFull;
    response.add_entries(wire(bytes));
    if (request.with_proofs()) response.add_proofs(wire(proof));
    return Visited::kShown;
  };
  GALEN_TRY(*response.mutable_page_token(),
            fill_page(records::list_records(*snapshot, access.patient), asked, visit));
  return {};
}

}  // namespace galen::rpc
